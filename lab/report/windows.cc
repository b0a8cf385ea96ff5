#include "report/windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace siglab {
namespace {

bool goes_on(const Window& window, const ViolationRecord& next) {
	if (window.verdict != next.verdict || window.cause != next.cause || !window.last->boundary || !next.boundary) return false;
	return *next.boundary - *window.last->boundary <= 1;
}

}  // namespace

std::vector<Window> windows(const RunRecord& run) {
	std::vector<const ViolationRecord*> sorted;
	for (const ViolationRecord& violation : run.violations) sorted.push_back(&violation);
	const auto key = [](const ViolationRecord* v) { return std::tuple(v->verdict, !v->cause, v->boundary); };
	std::stable_sort(sorted.begin(), sorted.end(), [&](const ViolationRecord* a, const ViolationRecord* b) { return key(a) < key(b); });
	std::vector<Window> found;
	for (const ViolationRecord* violation : sorted) {
		if (found.empty() || !goes_on(found.back(), *violation)) found.push_back({violation->verdict, violation->cause, violation, violation});
		found.back().last = violation;
	}
	return found;
}

std::string range_text(const Window& window) {
	if (!window.first->boundary) return "no signal";
	if (window.first->boundary == window.last->boundary) return fmt::to_string(*window.first->boundary);
	return fmt::format("{}..{}", *window.first->boundary, *window.last->boundary);
}

}  // namespace siglab
