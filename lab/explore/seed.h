// Seed: a state to go on from, with what its future depends on beside it: the handlers that are open, and what has been spent.
#pragma once

#include <memory>

#include "explore/exploration.h"

namespace siglab {

// A handler under way: whom it interrupted, and in which state.
struct Interrupted {
	Signal signal;
	uint32_t edge = kNone;
	State state;
	Thread entered;
	Observed observed;
};
using Open = std::vector<std::shared_ptr<const Interrupted>>;

// A state to go on from.
struct Seed {
	State state;
	Open open;
	uint32_t boundary = 0;
	uint32_t signals = 0;     // delivered on the way here
	NodeId parent = kNone;
	uint32_t edge = kNone;    // none: the parent is a handler's last boundary
};

inline size_t bytes_of(const Seed& seed) { return sizeof(Seed) + seed.state.memory.bytes.size(); }

}  // namespace siglab
