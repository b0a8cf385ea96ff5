#include "explore/campaign.h"

#include <fmt/format.h>

#include "base/text.h"
#include "explore/deviations.h"
#include "explore/film.h"
#include "image/disassemble.h"
#include "record/closed_rules.h"

namespace siglab {
namespace {

// Everything that one job contributes to the record.
struct Piece {
	std::string code_key;
	Code code;
	WalkRecord walk;
	ClosedSet closed;
	std::vector<RunRecord> runs;
	std::optional<FilmRecord> film;
};

CodeLine code_line(const World& world, GuestAddr pc) {
	CodeLine line{.symbol = world.describe(pc)};
	const World::Site site = world.site(pc);
	if (site.image == nullptr) return line;
	line.text = disassemble(*site.image, site.offset, site.image->thumb(site.offset)).text;
	if (const SourceLine* source = site.image->line(site.offset); source != nullptr && source->number != 0) {
		line.line = source->number;
		line.source = source->text;
	}
	return line;
}

std::string code_key(const Scenario& scenario) {
	return fmt::format("{}:{}:{}", scenario.isa->name, guest_text(scenario.guest), vdso_text(scenario.vdso));
}

void record_walk_of(const World& world, const Walk& walk, Piece& piece) {
	piece.code_key = code_key(world.scenario);
	piece.walk.code = piece.code_key;
	for (uint32_t i = 0; i < walk.boundaries(); ++i) {
		const Cpu& cpu = walk.cpu(i);
		piece.walk.pc.push_back(cpu.pc);
		if (cpu.gpr[world.isa().g] != walk.ghost(i).owner) piece.walk.dirty.push_back(i);
		if ((cpu.flags & world.isa().it_bits) != 0) piece.walk.inside_it.push_back(i);
		if (!piece.code.contains(cpu.pc)) piece.code[cpu.pc] = code_line(world, {cpu.pc});
	}
}

ViolationRecord record_of(const World& world, const Scenario& scenario, const Finding& finding) {
	return {finding.verdict, finding.boundary, finding.at, finding.pc.value, world.describe(finding.pc), finding.expected,
	        finding.observed, finding.cause, finding.window,   print_token({world.images, scenario, finding.schedule})};
}

std::string signals_text(std::span<const Signal> signals) {
	std::vector<std::string> names;
	for (const Signal signal : signals) names.emplace_back(signal_name(signal));
	return join(names, "+");
}

std::string budget_text(const Budget& budget) { return budget.signals ? fmt::to_string(*budget.signals) : "any"; }

RunRecord record_of(const World& world, const Walk& walk, const Run& run) {
	const Scenario& s = run.scenario;
	RunRecord record{.isa = std::string{s.isa->name}, .variant = guest_text(s.guest), .function = std::string{function_name(s.function)},
	                 .caller = std::string{caller_name(s.caller)}, .vdso = vdso_text(s.vdso), .world = std::string{world_name(s.world)},
	                 .signal = signals_text(run.signals), .calls = s.calls, .budget = budget_text(run.budget),
	                 .nesting = run.budget.nesting, .ticks = run.budget.ticks, .boundaries = run.boundaries, .states = run.states,
	                 .bytes = static_cast<uint32_t>(std::min<size_t>(run.bytes, UINT32_MAX)), .injections = run.injections,
	                 .fired = run.fired, .masked = run.masked, .nested = run.nested, .nesting_cut = run.nesting_cut,
	                 .outcome = std::string{outcome_name(run.outcome)}, .left = run.left};
	record.not_injected = run.not_injected;
	record.catalogued = s.guest.variant != nullptr && s.vdso.file.empty();
	record.relaxed = is_relaxed(s.world);
	record.not_applicable = not_applicable(world.truth);
	for (const Finding& finding : run.findings) record.violations.push_back(record_of(world, s, finding));
	const bool finished = run.outcome != Outcome::interrupted;
	if (!finished) return record;
	if (!record.catalogued) record.deviations = run.disagreements;
	for (Deviation& deviation : record.catalogued ? deviations_of(world, walk, run) : Deviations{}) record.deviations.push_back(std::move(deviation.text));
	return record;
}

Result<Piece> run_job(const Job& job, ImageStore& store, ListingStore& listings, Machines& machines, const CampaignOptions& options) {
	Result<World> world = build_world(job.scenario, store);
	if (!world) return world.error();
	world->kernel.faults = options.faults;
	Result<Machine*> machine = machines.of(*world);
	if (!machine) return machine.error();
	Limits limits = options.limits;
	limits.budget = job.budget;
	Result<Sweep> swept = sweep(std::move(*world), job.signals, **machine, limits, job.together);
	if (!swept) return Error{swept.error().exit, fmt::format("{}: {}", print_scenario(job.scenario), swept.error().text)};
	Piece piece;
	record_walk_of(swept->world, swept->walk, piece);
	// Of `both`, dynarmic leads; so the record is the same.
	if (!piece.walk.inside_it.empty() && stops_anywhere((*machine)->recorder_kind())) {
		piece.walk.inside_it_by = engine_name(EngineKind::dynarmic);
	}
	piece.closed = std::move(swept->closed);
	for (const Run& run : swept->runs) piece.runs.push_back(record_of(swept->world, swept->walk, run));
	piece.closed.search = search_of(piece.runs.front());
	piece.closed.digest = digest_of(piece.closed);
	if (options.film && options.film(job.scenario) && swept->runs.front().outcome != Outcome::interrupted) {
		Result<FilmRecord> film = film_walk(swept->world, **machine, job.signals, listings);
		if (!film) return film.error();
		piece.film = std::move(*film);
	}
	return piece;
}

void add_piece(Piece piece, Record& record, FilmCutter& cutter) {
	if (piece.film) cutter.add_walk(std::move(*piece.film), static_cast<uint32_t>(record.walks.size()));
	record.code[piece.code_key].merge(piece.code);
	record.walks.push_back(std::move(piece.walk));
	record.closed.push_back(std::move(piece.closed));
	for (RunRecord& run : piece.runs) {
		run.walk = static_cast<uint32_t>(record.walks.size() - 1);
		if (run.outcome != "exhausted" && record.outcome != "interrupted") record.outcome = run.outcome;
		record.runs.push_back(std::move(run));
	}
}

}  // namespace

Result<Record> run_campaign(std::span<const Job> jobs, ImageStore& store, const CampaignOptions& options) {
	std::vector<std::optional<Result<Piece>>> results(jobs.size());
	ListingStore listings(store.places().sources);
	const auto make_worker = [&] {
		return [&, machines = Machines(options.engine)](size_t i) mutable {
			if (options.limits.interrupted != nullptr && options.limits.interrupted->load()) return false;
			results[i] = run_job(jobs[i], store, listings, machines, options);
			return true;
		};
	};
	share_out(jobs.size(), options.threads, make_worker, options.progress);

	Record record;
	FilmCutter cutter;
	for (std::optional<Result<Piece>>& result : results) {
		if (!result) {
			record.outcome = outcome_name(Outcome::interrupted);
			continue;
		}
		if (!*result) return result->error();
		add_piece(std::move(**result), record, cutter);
	}
	record.film = cutter.take(listings);
	return record;
}

}  // namespace siglab
