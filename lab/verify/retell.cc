#include "verify/retell.h"

#include <fmt/format.h>

#include "base/text.h"
#include "image/disassemble.h"
#include "record/closed_rules.h"
#include "verify/catalogue.h"
#include "verify/findings.h"

namespace siglab::verify {
namespace {

CodeLine line_at(const World& world, GuestAddr pc) {
	CodeLine line{.symbol = world.describe(pc), .text = {}, .line = 0, .source = {}};
	const World::Site site = world.site(pc);
	if (site.image == nullptr) return line;
	line.text = disassemble(*site.image, site.offset, site.image->thumb(site.offset)).text;
	const SourceLine* source = site.image->line(site.offset);
	if (source == nullptr || source->number == 0) return line;
	line.line = source->number;
	line.source = source->text;
	return line;
}

void tell_walk(const Derivation& all, Retold& retold) {
	const Scenario& scenario = all.world.scenario;
	retold.walk.code = fmt::format("{}:{}:{}", scenario.isa->name, guest_text(scenario.guest), vdso_text(scenario.vdso));
	for (uint32_t i = 0; i < all.boundaries; ++i) {
		const Derived& state = all.states[i];
		retold.walk.pc.push_back(state.pc);
		if (state.dirty) retold.walk.dirty.push_back(i);
		if (state.inside_it) retold.walk.inside_it.push_back(i);
		retold.code.emplace(state.pc, line_at(all.world, {state.pc}));
	}
}

std::string names_of(std::span<const Signal> signals) {
	std::vector<std::string> names;
	for (const Signal signal : signals) names.emplace_back(signal_name(signal));
	return join(names, "+");
}

ViolationRecord told(const World& world, const Scenario& scenario, const Finding& finding) {
	return {.verdict = finding.verdict, .boundary = finding.boundary, .at = finding.at, .pc = finding.pc.value, .symbol = world.describe(finding.pc),
	        .expected = finding.expected, .observed = finding.observed, .cause = finding.cause, .window = finding.window,
	        .token = print_token({world.images, scenario, finding.schedule})};
}

// What a run has, whatever came of it.
RunRecord run_of(const Derivation& all, const Claim& claim) {
	const Scenario& s = all.world.scenario;
	return {.isa = std::string{s.isa->name}, .variant = guest_text(s.guest), .function = std::string{function_name(s.function)},
	        .caller = std::string{caller_name(s.caller)}, .vdso = vdso_text(s.vdso), .world = std::string{world_name(s.world)}, .signal = {},
	        .calls = s.calls, .walk = static_cast<uint32_t>(claim.walk),
	        .budget = claim.budget.signals ? fmt::to_string(*claim.budget.signals) : "any", .nesting = claim.budget.nesting, .ticks = claim.budget.ticks,
	        .boundaries = all.boundaries, .not_injected = all.not_injected, .outcome = "exhausted", .left = {},
	        .catalogued = s.guest.variant != nullptr && s.vdso.file.empty(), .relaxed = is_relaxed(s.world),
	        .not_applicable = not_applicable(all.world.truth), .violations = {}, .deviations = {}};
}

void count(const Derivation& all, const ClosedSet& closed, size_t way, RunRecord& run) {
	const Deliveries made = deliveries(closed, way);
	run.injections = made.injections;
	run.fired = made.fired;
	if (way != 0) {
		for (uint32_t i = 0; i < all.boundaries; ++i) {
			const bool left_out = std::binary_search(run.not_injected.begin(), run.not_injected.end(), i);
			run.masked += left_out || all.states[i].lets_through[way - 1] ? 0 : 1;
		}
		return;
	}
	uint64_t events = made.injections;
	if (run.ticks != 0) {
		for (const ClosedState& state : closed.states) events += delivered(state.ways.back()) ? 1 : 0;
	}
	run.states = static_cast<uint32_t>(closed.states.size());
	run.bytes = static_cast<uint32_t>(std::min<uint64_t>(uint64_t{run.states} * kBytesOfState + events * kBytesOfEvent, UINT32_MAX));
	run.masked = all.masked;
	run.nested = all.nested;
	run.nesting_cut = all.nesting_cut;
}

// ---- what is taken from the record as it stands ----

Finding trusted(const ViolationRecord& violation, const Schedule& schedule) {
	return {.verdict = violation.verdict, .boundary = violation.boundary, .at = violation.at, .pc = {violation.pc}, .expected = violation.expected,
	        .observed = violation.observed, .cause = violation.cause, .schedule = schedule, .window = violation.window};
}

// Of the deliveries that were not run, what the record says they broke.
std::vector<Finding> with_trusted(const Derivation& all, const Claim& claim, size_t way, std::vector<Finding> run, const RunRecord& claimed) {
	std::vector<Finding> findings;
	const auto take = [&](std::optional<uint32_t> boundary) {
		for (Finding& finding : run) {
			if (finding.boundary == boundary) findings.push_back(std::move(finding));
		}
	};
	take(std::nullopt);
	for (uint32_t id = 0; id < all.states.size(); ++id) {
		const uint32_t boundary = all.states[id].boundary;
		if (!delivered(all.states[id].closed.ways[way])) continue;
		if (!all.trusted[id][way]) {
			take(boundary);
			continue;
		}
		for (const ViolationRecord& violation : claimed.violations) {
			if (violation.boundary == boundary) findings.push_back(trusted(violation, schedule_over(all, claim, id, way)));
		}
	}
	return findings;
}

// Some deliveries that would show it again may not have been run.
void widen_windows(std::vector<Finding>& findings, const RunRecord& claimed) {
	for (Finding& finding : findings) {
		for (const ViolationRecord& violation : claimed.violations) {
			const std::vector<uint32_t>& window = violation.window;
			if (violation.verdict != finding.verdict) continue;
			if (std::includes(window.begin(), window.end(), finding.window.begin(), finding.window.end())) finding.window = window;
		}
	}
}

// How a search was cut short is its own business: what it found is held against the derivation all the same.
void as_it_was_cut(const Claim& claim, const RunRecord& claimed, RunRecord& run) {
	run.outcome = claimed.outcome;
	run.left = claimed.left;
	run.bytes = claimed.bytes;
	if (!claim.interrupted) return;
	run.masked = claimed.masked;
	run.nested = claimed.nested;
	run.nesting_cut = claimed.nesting_cut;
}

RunRecord tell_run(const Derivation& all, const Claim& claim, const ClosedSet& closed, size_t way, const RunRecord& claimed) {
	RunRecord run = run_of(all, claim);
	run.signal = way == 0 ? names_of(claim.signals) : std::string{signal_name(claim.signals[way - 1])};
	count(all, closed, way, run);
	std::vector<Finding> findings = way == 0 ? findings_of_all(all, claim) : findings_of_signal(all, claim, way);
	if (all.effort.trusted != 0) {
		if (way != 0) findings = with_trusted(all, claim, way, std::move(findings), claimed);
		if (way == 0) widen_windows(findings, claimed);
		run.nesting_cut = run.nesting_cut || claimed.nesting_cut;
	}
	if (!claim.exhausted) as_it_was_cut(claim, claimed, run);
	Scenario scenario = all.world.scenario;
	scenario.signal = way == 0 ? claim.signals.front() : claim.signals[way - 1];
	for (const Finding& finding : findings) run.violations.push_back(told(all.world, scenario, finding));
	if (!claim.interrupted) run.deviations = run.catalogued ? deviations(all, claim, run, way, findings) : disagreements(all);
	return run;
}

}  // namespace

Retold retell(const Derivation& all, const Claim& claim, const Record& record) {
	Retold retold;
	tell_walk(all, retold);
	if (!retold.walk.inside_it.empty() && !claim.skips_it_blocks) retold.walk.inside_it_by = engine_name(EngineKind::dynarmic);
	retold.closed.images = all.world.images;
	retold.closed.start = first_moment(all.world);
	retold.closed.signals = names_of(claim.signals);
	for (const Derived& state : all.states) retold.closed.states.push_back(state.closed);
	const size_t first = claim.together ? 0 : 1;
	const size_t last = claim.together ? 0 : claim.signals.size();
	for (size_t way = first; way <= last; ++way) {
		const size_t place = way - first;
		const RunRecord& claimed = record.runs[claim.runs[std::min(place, claim.runs.size() - 1)]];
		retold.runs.push_back(tell_run(all, claim, retold.closed, way, claimed));
	}
	retold.closed.search = search_of(retold.runs.front());
	retold.closed.digest = digest_of(retold.closed);
	return retold;
}

}  // namespace siglab::verify
