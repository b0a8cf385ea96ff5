// Sweep: an exploration told as runs, held against the labels of its images.
//
// Models    with a budget of one signal, a run for each signal: what it breaks at each boundary, to the end of the walk. With any other
//           budget, one run for all signals in any mixture: what breaks, by the shortest schedule that shows it.
#pragma once

#include "explore/explorer.h"
#include "record/closed_set.h"

namespace siglab {

struct Run {
	Scenario scenario;
	std::vector<Signal> signals;
	Budget budget;
	uint32_t boundaries = 0;                // of the undisturbed walk
	uint32_t injections = 0;
	uint32_t fired = 0;
	uint32_t masked = 0;
	uint32_t ticks = 0;
	uint32_t states = 0;                    // 0 with a budget of one signal: each boundary is one, and each way to go on
	std::vector<uint32_t> not_injected;     // boundaries of the walk that the engine could not stop at: inside an IT block
	std::vector<uint64_t> beside;           // in the vDSO: PCs that only a walk with ticks comes to
	bool nested = false, nesting_cut = false;
	Outcome outcome = Outcome::exhausted;
	std::string left;
	size_t bytes = 0;
	std::vector<Finding> findings;          // one signal: without a signal first, then by boundary. Else by the number of events
	std::vector<std::string> disagreements; // where the blob's labels and the walk differ on when the g register is dirty
};

// All runs that share one walk.
struct Sweep {
	World world;
	Walk walk;
	ClosedSet closed;
	std::vector<Run> runs;
};

// Errors    as build_world and Machine::load; environment: an engine.
// `together`: one run for all signals, also with a budget of one.
Result<Sweep> sweep(World world, std::span<const Signal> signals, Machine& machine, Limits limits = {}, bool together = false);

}  // namespace siglab
