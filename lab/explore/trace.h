// Trace: one schedule, run again on the hooked engine, boundary by boundary, handlers included.
//
// Models    every event a schedule can hold. A signal that is masked at its boundary stays pending and is taken by the kernel model where
//           the mask opens: after rt_sigreturn that is at the interrupted PC, with no instruction in between.
//           Several that wait are taken in the kernel's order. Where a mask lets the next one in at once, that is before the first one's
//           handler has run an instruction: its frame lies on top, and its handler runs first.
#pragma once

#include "explore/delivery.h"

namespace siglab {

enum class Told : uint8_t {
	boundary,
	taken,     // a signal, before the instruction of the boundary above
	pending,   // a signal that is masked there
	ticked,
	returned,  // the handler, to the boundary that is told next
	left,      // the handler, by a jump to the boundary that is told next
};

// One boundary as it is told: where it stands and who holds g. Or what happened there.
struct TraceLine {
	Told told = Told::boundary;
	uint8_t depth = 0;                 // handlers that are open
	uint32_t boundary = 0;
	std::optional<Signal> signal;      // taken, pending
	uint64_t pc = 0;
	uint64_t g_register = 0;
	uint64_t owner = 0;                // the true g
	std::optional<uint64_t> slot;      // what the slot holds, if there is one
	std::optional<uint64_t> tls;       // what TLS holds, where this runtime's sigtramp asks it
	bool in_vdso = false;
	State state;                       // as asked: at depth 0 only, dead memory left out; or all of it at every depth
};

struct Trace {
	std::vector<TraceLine> lines;
	std::vector<Finding> findings;
	End end;
	Snapshot base;                     // what the states' memory differs from
};

// One step or event, as a film shows it: from `before` to `after`.
struct TraceMoment {
	Told told;
	std::optional<Signal> signal;
	const Thread& before;
	const Thread& after;
	uint64_t owner_before = 0, owner = 0;
	std::span<const Write> writes;     // a signal frame's too
	const Memory& memory;              // after
};
using OnTrace = std::function<void(const TraceMoment&)>;

enum class Keep : uint8_t { live_of_walk, everything };

// `on_trace` is called for each step and event, in their order; then no boundary is told in the lines.
// Errors    usage: an event lies behind the end of its walk, asks for a handler that is not open, or repeats one that is not there.
//           environment: an engine.
Result<Trace> trace(const World& world, Machine& machine, const Schedule& schedule, Keep keep = Keep::live_of_walk,
                    const OnTrace& on_trace = {});

}  // namespace siglab
