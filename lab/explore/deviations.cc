#include <fmt/format.h>

#include <set>

#include "explore/deviations.h"
#include "world/expectation.h"

namespace siglab {
namespace {

using Verdicts = std::set<Verdict>;

Place place_at(const World& world, const Walk& walk, uint32_t i, bool slot_was_set) {
	const GuestAddr pc{walk.cpu(i).pc};
	const Ghost& ghost = walk.ghost(i);
	const bool found = finds_vdso(world.scenario);
	Place place{.in_page = found && world.truth.vdso_page.contains(pc),
	            .in_image = found && world.truth.vdso.contains(pc),
	            .dirt = world.dirt_at(pc),
	            .slot_was_set = slot_was_set};
	if (const OpenCall* open = ghost.open()) {
		place.sp_switched = open->sp_switched;
		place.pc_stored = open->pc_stored;
		place.sp_stored = open->sp_stored;
		place.slot_set = open->slot_set;
	}
	return place;
}

std::string name(Verdict verdict) { return fmt::format("{} ({})", property_name(verdict.property), kind_name(verdict.kind)); }

// `where` is asked for only if there is something to say.
template <class Where>
void compare(const Where& where, std::optional<uint32_t> boundary, const Verdicts& expected, const Verdicts& observed, Deviations& deviations) {
	for (const Verdict& verdict : expected) {
		if (observed.contains(verdict)) continue;
		deviations.push_back({Deviation::What::holds, verdict, boundary, fmt::format("{}: {} was expected to break, and holds", where(), name(verdict))});
	}
	for (const Verdict& verdict : observed) {
		if (expected.contains(verdict)) continue;
		deviations.push_back({Deviation::What::breaks, verdict, boundary, fmt::format("{}: {} was expected to hold, and breaks", where(), name(verdict))});
	}
}

void compare_counts(const Run& run, bool each_boundary, Deviations& deviations) {
	const auto say = [&](std::string text) { deviations.push_back({Deviation::What::count, {}, {}, std::move(text)}); };
	if (run.injections != run.fired) say(fmt::format("{} of {} deliveries were not seen by the guest", run.injections - run.fired, run.injections));
	if (each_boundary && run.fired + run.masked + run.not_injected.size() != run.boundaries) {
		say(fmt::format("{} fired and {} masked deliveries do not make {} boundaries", run.fired, run.masked, run.boundaries));
	}
}

// What was not looked at does not hold: only what breaks and should not is then a deviation.
bool cut_short(const Run& run) { return run.outcome != Outcome::exhausted; }
void keep_only(const Verdicts& observed, Verdicts& expected) {
	std::erase_if(expected, [&](const Verdict& verdict) { return !observed.contains(verdict); });
}

Verdicts set_of(const std::vector<Verdict>& verdicts) { return {verdicts.begin(), verdicts.end()}; }

// What a run broke: without a signal, and by each delivery. Once a vDSO has broken its own contract nothing more is promised, but that this is
// named as the cause: what follows from it is left out. So it is where the register holds an address of something that is no g: that it is
// taken for one is foretold, and what reading through it shows is not.
struct BrokenThings {
	std::optional<uint32_t> leak;  // the walk's boundary from which on that is so
	Verdicts on_walk;
	std::vector<Verdicts> on_delivery;
};

BrokenThings broken_by(const World& world, const Walk& walk, const Run& run) {
	BrokenThings broken{.on_delivery = std::vector<Verdicts>(walk.boundaries())};
	for (const Finding& finding : run.findings) {
		if (!finding.boundary && finding.verdict.property == Property::abi && finding.cause) broken.leak = finding.at;
		Verdicts& into = finding.boundary ? broken.on_delivery[*finding.boundary] : broken.on_walk;
		const bool leaked_inside = into.contains({Property::abi, Kind::vdso_registers});
		const bool leaked = leaked_inside || (broken.leak && finding.boundary.value_or(finding.at) >= *broken.leak);
		const bool address = finding.boundary && world.dirt_at({walk.cpu(*finding.boundary).pc}) == Dirt::address;
		const bool unforetold = address && into.contains({Property::recovers_g, Kind::wrong});
		if (finding.cause || (!leaked && !unforetold)) into.insert(finding.verdict);
	}
	return broken;
}

// With a leak inside the handler, only what came before it is sure to show.
Verdicts without_consequences(Verdicts expected, const Verdicts& observed) {
	const Verdict leak{Property::abi, Kind::vdso_registers};
	if (!expected.contains(leak)) return expected;
	std::erase_if(expected, [&](const Verdict& verdict) { return verdict != leak && !observed.contains(verdict); });
	return expected;
}

// The places at which some signal of the run is let through.
std::vector<Place> open_places(const World& world, const Walk& walk, const Run& run) {
	std::vector<Place> places;
	bool slot_was_set = false;
	for (uint32_t i = 0; i < walk.boundaries(); ++i) {
		const Place place = place_at(world, walk, i, slot_was_set);
		slot_was_set = slot_was_set || place.slot_set;
		const auto open = [&](Signal signal) { return kernel::deliverable(walk.signals(i), signal); };
		if (std::any_of(run.signals.begin(), run.signals.end(), open)) places.push_back(place);
	}
	return places;
}

// Besides, in the vDSO, where only a clock that moves leads to. There the call has come as far as it has everywhere in the vDSO.
void add_places_beside(const World& world, const Run& run, std::vector<Place>& places) {
	const auto in_vdso = [&](const Place& place) { return place.in_image; };
	const auto like = std::find_if(places.begin(), places.end(), in_vdso);
	if (like == places.end()) return;
	Place beside = *like;
	for (const uint64_t pc : run.beside) {
		beside.in_page = world.truth.vdso_page.contains({pc});
		beside.dirt = world.dirt_at({pc});
		places.push_back(beside);
	}
}

Verdicts of_one_signal(const Run& run, const Place& place) {
	Verdicts verdicts;
	for (const Signal signal : run.signals) {
		Scenario alone = run.scenario;
		alone.signal = signal;
		verdicts.merge(set_of(expected_on_delivery(alone, place)));
	}
	return verdicts;
}

// Of all schedules together. What follows from a vDSO's own fault is nobody's promise.
void compare_sequences(const World& world, const Walk& walk, const Run& run, Deviations& deviations) {
	const Verdict leak{Property::abi, Kind::vdso_registers};
	std::vector<Place> places = open_places(world, walk, run);
	add_places_beside(world, run, places);
	const bool unforetold = std::any_of(places.begin(), places.end(), [](const Place& place) { return place.dirt == Dirt::address; });
	Verdicts expected = set_of(expected_on_walk(run.scenario));
	const bool one = run.budget.signals == 1u;
	if (one) {
		for (const Place& place : places) expected.merge(of_one_signal(run, place));
	} else {
		expected.merge(set_of(expected_on_sequences(run.scenario, run.signals, places)));
	}
	// Behind a tick inside a handler nothing is known of what broke before it: what follows from a g that is none then looks like a cause.
	const Verdict taken{Property::recovers_g, Kind::wrong};
	const auto may_follow = [&](Verdict verdict) { return run.budget.ticks != 0 && expected.contains(taken) && follows(taken, verdict); };
	Verdicts observed;
	for (const Finding& finding : run.findings) {
		const bool open_matter = unforetold && (!finding.cause || may_follow(finding.verdict));
		if (!open_matter || expected.contains(finding.verdict)) observed.insert(finding.verdict);
	}
	if (expected.contains(leak) && observed.contains(leak)) return;
	if (cut_short(run)) keep_only(observed, expected);
	compare([] { return std::string_view{"by some schedule"}; }, std::nullopt, expected, observed, deviations);
	if (!cut_short(run)) compare_counts(run, false, deviations);
}

void compare_boundaries(const World& world, const Walk& walk, const Run& run, Deviations& deviations) {
	const BrokenThings broken = broken_by(world, walk, run);
	compare([] { return std::string_view{"without a signal"}; }, std::nullopt, set_of(expected_on_walk(run.scenario)), broken.on_walk, deviations);
	bool slot_was_set = false;
	for (uint32_t i = 0; i < walk.boundaries(); ++i) {
		const Place place = place_at(world, walk, i, slot_was_set);
		slot_was_set = slot_was_set || place.slot_set;
		if (broken.leak && i >= *broken.leak) continue;
		if (std::binary_search(run.not_injected.begin(), run.not_injected.end(), i)) continue;
		const bool masked = !kernel::deliverable(walk.signals(i), run.scenario.signal);
		const Verdicts& observed = broken.on_delivery[i];
		const Verdicts expected = masked ? Verdicts{} : without_consequences(set_of(expected_on_delivery(run.scenario, place)), observed);
		if (expected == observed) continue;
		compare([&] { return fmt::format("boundary {} ({})", i, world.describe({walk.cpu(i).pc})); }, i, expected, observed, deviations);
	}
	compare_counts(run, true, deviations);
}

}  // namespace

Deviations deviations_of(const World& world, const Walk& walk, const Run& run) {
	Deviations deviations;
	for (const std::string& text : run.disagreements) deviations.push_back({Deviation::What::labels, {}, {}, text});
	if (is_relaxed(run.scenario.world)) return deviations;
	if (run.states != 0 || cut_short(run)) {
		compare_sequences(world, walk, run, deviations);
	} else {
		compare_boundaries(world, walk, run, deviations);
	}
	return deviations;
}

}  // namespace siglab
