// Trace: one schedule, run again on the hooked engine, boundary by boundary, handlers included.
#pragma once

#include "explore/delivery.h"

namespace siglab {

// One boundary as it is told: where it stands and who holds g.
struct TraceLine {
	bool in_handler = false;
	uint32_t boundary = 0;
	std::optional<Signal> delivered;   // a signal is taken here, before the next instruction
	uint64_t pc = 0;
	uint64_t g_register = 0;
	uint64_t owner = 0;                // the true g
	std::optional<uint64_t> slot;      // what the slot holds, if there is one
	std::optional<uint64_t> tls;       // what TLS holds, where this runtime's sigtramp asks it
	bool in_vdso = false;
};

struct Trace {
	std::vector<TraceLine> lines;
	std::vector<Finding> findings;
	End end;
};

// Errors    usage: an event of the schedule is not modelled yet (ticks, a second signal, signals inside a handler), lies behind the walk's end, or
//           is masked there. environment: an engine.
Result<Trace> trace(const World& world, Machine& machine, const Schedule& schedule);

}  // namespace siglab
