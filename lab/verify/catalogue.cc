#include "verify/catalogue.h"

#include <fmt/format.h>

#include <set>

#include "world/expectation.h"

namespace siglab::verify {

std::vector<std::string> disagreements(const Derivation& all) {
	const World& world = all.world;
	const bool native = world.scenario.function == Function::native;
	std::vector<std::string> lines;
	if (!world.truth.dirty_declared && !native) return lines;
	for (uint32_t i = 0; i < all.boundaries; ++i) {
		const Derived& state = all.states[i];
		const bool declared = world.truth.declared_dirty({state.pc});
		if ((!state.in_vdso && !native) || state.dirty == declared) continue;
		lines.push_back(fmt::format("boundary {} ({}): the g register is {}, the labels declare it {}", i, world.describe({state.pc}),
		                            state.dirty ? "dirty" : "clean", declared ? "dirty" : "clean"));
	}
	return lines;
}

namespace {

using Verdicts = std::set<Verdict>;
constexpr Verdict kLeak{Property::abi, Kind::vdso_registers};

Verdicts set_of(const std::vector<Verdict>& verdicts) { return {verdicts.begin(), verdicts.end()}; }

void compare(std::string_view where, const Verdicts& expected, const Verdicts& observed, std::vector<std::string>& lines) {
	const auto line = [&](const Verdict& verdict, std::string_view was, std::string_view is) {
		const std::string name = fmt::format("{} ({})", property_name(verdict.property), kind_name(verdict.kind));
		lines.push_back(fmt::format("{}: {} was expected to {}, and {}", where, name, was, is));
	};
	for (const Verdict& verdict : expected) {
		if (!observed.contains(verdict)) line(verdict, "break", "holds");
	}
	for (const Verdict& verdict : observed) {
		if (!expected.contains(verdict)) line(verdict, "hold", "breaks");
	}
}

// What labels tell of each boundary of the walk.
std::vector<Place> places_of(const Derivation& all) {
	const World& world = all.world;
	const bool found = finds_vdso(world.scenario);
	std::vector<Place> places;
	bool slot_was_set = false;
	for (uint32_t i = 0; i < all.boundaries; ++i) {
		const Derived& state = all.states[i];
		const GuestAddr pc{state.pc};
		places.push_back({.in_page = found && world.truth.vdso_page.contains(pc), .in_image = found && world.truth.vdso.contains(pc),
		                  .dirty = world.truth.declared_dirty(pc), .sp_switched = state.sp_switched, .pc_stored = state.pc_stored,
		                  .sp_stored = state.sp_stored, .slot_set = state.slot_set, .slot_was_set = slot_was_set});
		slot_was_set = slot_was_set || state.slot_set;
	}
	return places;
}

void add_unseen(const RunRecord& run, std::vector<std::string>& lines) {
	if (run.injections == run.fired) return;
	lines.push_back(fmt::format("{} of {} deliveries were not seen by the guest", run.injections - run.fired, run.injections));
}

// All schedules together. What was not looked at does not hold; what follows from a vDSO's own fault is nobody's promise.
void by_schedules(const Derivation& all, const Claim& claim, const RunRecord& run, size_t way, const std::vector<Finding>& findings,
                  std::vector<std::string>& lines) {
	const std::span<const Signal> all_signals = claim.signals;
	const std::span<const Signal> signals = way == 0 ? all_signals : all_signals.subspan(way - 1, 1);
	Verdicts observed;
	for (const Finding& finding : findings) observed.insert(finding.verdict);
	std::vector<Place> open;
	const std::vector<Place> places = places_of(all);
	for (size_t i = 0; i < places.size(); ++i) {
		const std::vector<bool>& lets = all.states[i].lets_through;
		const bool any = way == 0 ? std::find(lets.begin(), lets.end(), true) != lets.end() : lets[way - 1];
		if (any) open.push_back(places[i]);
	}
	Scenario scenario = all.world.scenario;
	scenario.signal = signals.front();
	Verdicts expected = set_of(expected_on_walk(scenario));
	if (claim.budget.signals == 1u) {
		for (const Place& place : open) {
			for (const Signal signal : signals) {
				scenario.signal = signal;
				expected.merge(set_of(expected_on_delivery(scenario, place)));
			}
		}
	} else {
		expected.merge(set_of(expected_on_sequences(scenario, signals, open)));
	}
	if (expected.contains(kLeak) && observed.contains(kLeak)) return;
	if (!claim.exhausted) std::erase_if(expected, [&](const Verdict& verdict) { return !observed.contains(verdict); });
	compare("by some schedule", expected, observed, lines);
	if (claim.exhausted) add_unseen(run, lines);
}

// From the boundary on at which the walk shows that the vDSO breaks its contract, only what is named as a cause counts.
struct Observed {
	std::optional<uint32_t> leak;
	Verdicts on_walk;
	std::vector<Verdicts> at;
};
Observed observed_of(const Derivation& all, const std::vector<Finding>& findings) {
	Observed seen{.leak = {}, .on_walk = {}, .at = std::vector<Verdicts>(all.boundaries)};
	for (const Finding& finding : findings) {
		if (!finding.boundary && finding.cause && finding.verdict.property == Property::abi) seen.leak = finding.at;
		Verdicts& verdicts = finding.boundary ? seen.at[*finding.boundary] : seen.on_walk;
		const bool behind = seen.leak && finding.boundary.value_or(finding.at) >= *seen.leak;
		if (finding.cause || !(behind || verdicts.contains(kLeak))) verdicts.insert(finding.verdict);
	}
	return seen;
}

void by_boundaries(const Derivation& all, const Claim& claim, const RunRecord& run, size_t way, const std::vector<Finding>& findings,
                   std::vector<std::string>& lines) {
	Scenario scenario = all.world.scenario;
	scenario.signal = claim.signals[way - 1];
	const Observed seen = observed_of(all, findings);
	compare("without a signal", set_of(expected_on_walk(scenario)), seen.on_walk, lines);
	const std::vector<Place> places = places_of(all);
	for (uint32_t i = 0; i < all.boundaries && !(seen.leak && i >= *seen.leak); ++i) {
		const World& world = all.world;
		const Derived& state = all.states[i];
		if (std::binary_search(run.not_injected.begin(), run.not_injected.end(), i)) continue;
		Verdicts expected = state.lets_through[way - 1] ? set_of(expected_on_delivery(scenario, places[i])) : Verdicts{};
		if (expected.contains(kLeak)) std::erase_if(expected, [&](const Verdict& v) { return v != kLeak && !seen.at[i].contains(v); });
		compare(fmt::format("boundary {} ({})", i, world.describe({state.pc})), expected, seen.at[i], lines);
	}
	add_unseen(run, lines);
	if (run.fired + run.masked + run.not_injected.size() != run.boundaries) {
		lines.push_back(fmt::format("{} fired and {} masked deliveries do not make {} boundaries", run.fired, run.masked, run.boundaries));
	}
}

}  // namespace

std::vector<std::string> deviations(const Derivation& all, const Claim& claim, const RunRecord& run, size_t way,
                                    const std::vector<Finding>& findings) {
	std::vector<std::string> lines = disagreements(all);
	if (is_relaxed(all.world.scenario.world)) return lines;
	if (claim.together || !claim.exhausted) {
		by_schedules(all, claim, run, way, findings, lines);
	} else {
		by_boundaries(all, claim, run, way, findings, lines);
	}
	return lines;
}

}  // namespace siglab::verify
