// Explorer: breadth-first search over everything that may happen to one walk: instructions, deliveries, ticks.
//
// Models    next(State, Event) closed to a fixpoint, or up to a budget. docs/exploration.md says why closing over each boundary proves any
//           number of signals, and which events need not be tried one by one.
// Does not  reorder guest memory or run two threads: there is one.
#pragma once

#include <atomic>
#include <chrono>

#include "explore/exploration.h"

namespace siglab {

struct Limits {
	Budget budget;
	uint32_t max_states = 10'000'000;
	size_t max_bytes = size_t{1} << 30;      // of nodes, edges and states to go on from
	std::optional<std::chrono::steady_clock::time_point> deadline;
	bool watch_every_handler = false;        // not one of each class that noted the same things from the same ghost
	const std::atomic<bool>* interrupted = nullptr;
};

// Errors    environment: the engines.
Result<Exploration> explore(const World& world, Machine& machine, std::span<const Signal> signals, const Limits& limits);

}  // namespace siglab
