// What tests of the explorer share: one exploration, and what it says in short.
#pragma once

#include <map>
#include <set>

#include "explore/explorer.h"
#include "explore/findings.h"
#include "explore/trace.h"
#include "lab_fixture.h"

namespace siglab::test {

inline const std::vector<Signal> kProfAlone = {Signal::prof};
inline const std::vector<Signal> kProfAndUsr1 = {Signal::prof, Signal::usr1};
inline constexpr Budget kAnyNumber{.signals = std::nullopt};

inline Exploration explored(const World& world, std::span<const Signal> signals, Limits limits) {
	limits.watch_every_handler = true;
	Result<Exploration> found = explore(world, machine_of(world), signals, limits);
	if (!found) ADD_FAILURE() << found.error().text;
	return found ? *std::move(found) : Exploration{};
}
inline Exploration explored(const World& world, std::span<const Signal> signals, const Budget& budget = kAnyNumber) {
	return explored(world, signals, Limits{.budget = budget});
}

inline std::set<Verdict> verdicts_of(const std::vector<Finding>& findings) {
	std::set<Verdict> verdicts;
	for (const Finding& finding : findings) verdicts.insert(finding.verdict);
	return verdicts;
}
inline std::set<Verdict> verdicts_of(const Exploration& found) { return verdicts_of(shortest_findings(found)); }

inline Trace traced(const World& world, const Schedule& schedule) {
	Result<Trace> trace = siglab::trace(world, machine_of(world), schedule);
	if (!trace) ADD_FAILURE() << print_scenario(world.scenario) << " '" << print_schedule(schedule) << "': " << trace.error().text;
	return trace ? *std::move(trace) : Trace{};
}

// As many letters as properties break, in the order of the tables; '*' for g-in-register.
inline std::string letters(const std::set<Verdict>& verdicts) {
	std::string text;
	for (const char letter : std::string{"RASPTMG"}) {
		const auto is = [&](const Verdict& verdict) { return property_letter(verdict.property) == letter; };
		if (std::any_of(verdicts.begin(), verdicts.end(), is)) text += letter == 'G' ? '*' : letter;
	}
	return text;
}

}  // namespace siglab::test
