// One delivery: the signal at one boundary, the handler's run, the return, and what of live memory has changed.
#pragma once

#include "explore/walk.h"

namespace siglab {

struct Delivery {
	End end;
	Thread entered;
	Thread leaving;
	Thread after;                  // if completed
	Observed observed;
	std::vector<Change> changes;   // live memory that is not as before
	bool lasting = false;          // completed, but the state after differs from the state before: the walk goes on differently
};

// Delivers over the machine's memory, which equals `shadow`, and leaves memory equal to `shadow` again.
// Into `delivery`, whose storage is used again.
// Requires  the signal is not blocked.
// Errors    environment: the engine.
Status deliver_at(const World& world, Machine& machine, const Snapshot& shadow, const Thread& thread, const Ghost& ghost, Signal signal,
                  Delivery& delivery);

// Live memory that differs from the shadow, for code that was interrupted with that SP.
std::vector<Change> live_changes(const World& world, const Memory& memory, const Snapshot& shadow, uint64_t sp);

End killed_on_delivery(const Thread& thread, uint8_t by);

// The ghost inside a handler: nobody is in the vDSO, the interrupted call stays open.
Ghost handler_ghost(const Ghost& interrupted);

}  // namespace siglab
