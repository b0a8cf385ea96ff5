// Explorer: breadth-first search over everything that may happen to one walk: instructions, deliveries, ticks.
//
// Models    next(State, Event) closed to a fixpoint, or up to a budget. docs/exploration.md says why closing over each boundary proves any
//           number of signals, and which events need not be tried one by one.
// Does not  reorder guest memory or run two threads: there is one.
#pragma once

#include <atomic>
#include <bitset>
#include <chrono>

#include "explore/exploration.h"

namespace siglab {

// Deliberate faults of the search, for tests that must catch them. A run of the lab has none.
enum class SearchFault : uint8_t { boundary_skipped, event_skipped, memory_not_hashed, slot_is_dead, count_ };

struct Limits {
	Budget budget;
	uint32_t max_states = 10'000'000;
	size_t max_bytes = size_t{1} << 30;      // of nodes, edges and states to go on from
	uint32_t longest_run = kMaxBoundaries;   // boundaries of one run, a handler's or the walk's
	std::optional<std::chrono::steady_clock::time_point> deadline;
	bool compare_all_memory = false;         // not only the blocks that may have been written
	bool watch_every_handler = false;        // not one of each class that noted the same things from the same ghost
	bool tells_states = true;                // a sweep keeps the closed set, for its record
	std::function<bool(const Exploration&)> enough;  // asked when something has broken: true ends the search, which is then interrupted
	const std::atomic<bool>* interrupted = nullptr;
	std::bitset<static_cast<size_t>(SearchFault::count_)> faults;
};

// Errors    environment: the engines.
Result<Exploration> explore(const World& world, Machine& machine, std::span<const Signal> signals, const Limits& limits);

}  // namespace siglab
