// A handler's run as one event: from the frame to the return, every step of it watched, nothing else happening in it.
#pragma once

#include "verify/course.h"

namespace siglab::verify {

struct Interruption {
	Signal signal;
	const Thread& thread;
	const Ghost& ghost;
};

struct Handled {
	End end;
	Thread after;                  // if completed
	std::vector<Change> changes;   // live memory that is not as before
	Violations broken;             // in the order in which it shows
	bool missed = false;           // the guest never saw it
	bool opens_mask = false;       // one of `signals` could have come in it
	uint64_t steps = 0;
};

// Over the machine's memory, which it leaves as the handler did.
// Requires  the signal is let through. Errors    environment: the engine.
Result<Handled> handle(const World& world, Machine& machine, const Interruption& interruption, std::span<const Signal> signals);

// The ghost inside a handler: the interrupted call stays open, and nobody is in the vDSO.
Ghost ghost_inside(const Ghost& interrupted);

// What a delivery broke, and whether the guest saw it.
Violations judge_delivery(const DeliveryView& view, bool& missed);

}  // namespace siglab::verify
