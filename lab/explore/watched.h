// A watched delivery: the same as deliver_at, on the hooked engine, with every step inside the handler judged.
#pragma once

#include "explore/delivery.h"

namespace siglab {

struct Watched {
	Delivery delivery;
	Violations inside;
	bool opens_mask = false;   // one of `signals` could have been taken inside the handler
};

// As deliver_at. `signals`: those that may come. `longest`: as run_course.
Result<Watched> watch_delivery(const World& world, Machine& machine, const Snapshot& shadow, const Thread& thread, const Ghost& ghost,
                               Signal signal, std::span<const Signal> signals, uint32_t longest = kMaxBoundaries);

}  // namespace siglab
