#include "explore/campaign.h"

#include <fmt/format.h>

#include <thread>

#include "base/text.h"
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
	if (finished) record.deviations = record.catalogued ? deviations_of(world, walk, run) : run.disagreements;
	return record;
}

Result<Piece> run_job(const Job& job, ImageStore& store, Machines& machines, const CampaignOptions& options) {
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
	return piece;
}

// One thread's share: it takes the next job that nobody has, on machines of its own.
class Worker {
   public:
	Worker(std::span<const Job> jobs, ImageStore& store, const CampaignOptions& options, std::atomic<size_t>& next,
	       std::atomic<size_t>& done, std::vector<std::optional<Result<Piece>>>& results)
		: jobs_(jobs), store_(store), options_(options), next_(next), done_(done), results_(results), machines_(options.engine) {}

	void work(bool reports) {
		for (;;) {
			const size_t i = next_.fetch_add(1);
			if (i >= jobs_.size() || (options_.limits.interrupted != nullptr && options_.limits.interrupted->load())) return;
			results_[i] = run_job(jobs_[i], store_, machines_, options_);
			const size_t done = done_.fetch_add(1) + 1;
			if (reports && options_.progress) options_.progress(done, jobs_.size());
		}
	}

   private:
	std::span<const Job> jobs_;
	ImageStore& store_;
	const CampaignOptions& options_;
	std::atomic<size_t>& next_;
	std::atomic<size_t>& done_;
	std::vector<std::optional<Result<Piece>>>& results_;
	Machines machines_;
};

void add_piece(Piece piece, Record& record) {
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
	std::atomic<size_t> next{0};
	std::atomic<size_t> done{0};
	const auto work = [&](bool reports) { Worker(jobs, store, options, next, done, results).work(reports); };
	std::vector<std::thread> others;
	for (unsigned i = 1; i < options.threads; ++i) others.emplace_back(work, false);
	work(true);
	for (std::thread& other : others) other.join();

	Record record;
	for (std::optional<Result<Piece>>& result : results) {
		if (!result) {
			record.outcome = outcome_name(Outcome::interrupted);
			continue;
		}
		if (!*result) return result->error();
		add_piece(std::move(**result), record);
	}
	return record;
}

}  // namespace siglab
