#include "record/closed_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace siglab {
namespace {

// 0: all signals. Else the column of the run's own; none if the set has no such signal.
std::optional<size_t> column_of(const RunRecord& run, const ClosedSet& set) {
	if (is_explored(run)) return run.signal == set.signals ? std::optional<size_t>{0} : std::nullopt;
	const std::vector<std::string> names = split(set.signals, '+');
	const auto name = std::find(names.begin(), names.end(), run.signal);
	if (name == names.end()) return std::nullopt;
	return 1 + static_cast<size_t>(name - names.begin());
}

bool leads_outside(const ClosedSet& set) {
	const auto outside = [](const Way& way) { return way.leads == Leads::outside; };
	return std::any_of(set.states.begin(), set.states.end(), [&](const ClosedState& state) {
		return std::any_of(state.ways.begin(), state.ways.end(), outside);
	});
}

std::string nonsense(const RunRecord& run, const WalkRecord& walk, const ClosedSet& set) {
	if (set.search != search_of(run)) return fmt::format("is the search '{}', and its closed set is of '{}'", search_of(run), set.search);
	if (run.boundaries != walk.pc.size()) return fmt::format("has {} boundaries, and its walk {}", run.boundaries, walk.pc.size());
	if (set.states.size() < walk.pc.size()) return "its walk has more boundaries than its closed set has states";
	if (is_explored(run) && run.states != set.states.size()) return fmt::format("has {} states, and its closed set {}", run.states, set.states.size());
	const std::optional<size_t> column = column_of(run, set);
	if (!column) return fmt::format("signal '{}' is not what its closed set has, '{}'", run.signal, set.signals);
	const size_t columns = 1 + split(set.signals, '+').size() + (run.ticks != 0 ? 1 : 0);
	if (!set.states.empty() && set.states[0].ways.size() != columns) return "its ticks are not what its closed set has";
	if (run.outcome == "exhausted" && leads_outside(set)) return "is exhausted, and its closed set is not closed";
	const Deliveries made = deliveries(set, *column);
	if (made.injections == run.injections && made.fired == run.fired) return {};
	return fmt::format("{} of {} deliveries fired, and {} of {} in its closed set", run.fired, run.injections, made.fired, made.injections);
}

// Runs that share a walk share its set: it must be the same search.
bool same_search(const RunRecord& a, const RunRecord& b) {
	return !is_explored(a) && !is_explored(b) && a.budget == b.budget && a.nesting == b.nesting && a.ticks == b.ticks && a.outcome == b.outcome;
}

}  // namespace

std::string search_of(const RunRecord& run) {
	return fmt::format("{}:{}:{}:{}:{}:{}:{}, budget {}, nesting {}, ticks {}", run.isa, run.variant, run.function, run.caller, run.vdso, run.world,
	                   run.calls, run.budget, run.nesting, run.ticks);
}

std::string closed_nonsense(const Record& record) {
	if (record.closed.size() != record.walks.size()) {
		return fmt::format("{} closed sets for {} walks", record.closed.size(), record.walks.size());
	}
	for (size_t i = 0; i < record.closed.size(); ++i) {
		if (const std::string why = nonsense(record.closed[i]); !why.empty()) return fmt::format("closed[{}]: {}", i, why);
	}
	std::vector<const RunRecord*> first(record.walks.size());
	for (size_t i = 0; i < record.runs.size(); ++i) {
		const RunRecord& run = record.runs[i];
		const std::string why = nonsense(run, record.walks[run.walk], record.closed[run.walk]);
		if (!why.empty()) return fmt::format("runs[{}]: {}", i, why);
		const RunRecord*& other = first[run.walk];
		if (other != nullptr && !same_search(*other, run)) return fmt::format("runs[{}]: another run of walk {} was another search", i, run.walk);
		other = &run;
	}
	for (size_t i = 1; i < record.runs.size(); ++i) {
		if (record.runs[i].walk < record.runs[i - 1].walk) return fmt::format("runs[{}]: its walk comes before that of the run before it", i);
	}
	const auto nobodys = std::find(first.begin(), first.end(), nullptr);
	if (nobodys != first.end()) return fmt::format("walks[{}] is no run's", nobodys - first.begin());
	return {};
}

}  // namespace siglab
