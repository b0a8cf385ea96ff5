// Sweep: one signal at every boundary of a walk, and the walk to its end where the return changed something.
//
// Models    an exploration with a budget of one signal: the walk, each delivery, and each walk that goes on differently, to its end.
// Does not  deliver a second signal, tick, or deliver inside a handler: those are larger budgets.
#pragma once

#include <atomic>

#include "explore/explorer.h"

namespace siglab {

struct Run {
	Scenario scenario;
	uint32_t boundaries = 0;
	uint32_t injections = 0;
	uint32_t fired = 0;
	uint32_t masked = 0;
	Outcome outcome = Outcome::exhausted;
	std::vector<Finding> findings;          // without a signal first, then by boundary
	std::vector<std::string> disagreements; // where the blob's labels and the walk differ on when the g register is dirty
};

// All runs that share one walk: they differ in the signal only.
struct Sweep {
	World world;
	Walk walk;
	std::vector<Run> runs;
};

struct SweepOptions {
	// Judge every handler's run step by step, not one of each class that noted the same things from the same ghost: slower, for tests.
	bool judge_every_handler = false;
	const std::atomic<bool>* interrupted = nullptr;   // set from a signal handler: what is not done yet is left undone
};

// Errors    as build_world and Machine::load; environment: an engine.
Result<Sweep> sweep(World world, std::span<const Signal> signals, Machine& machine, const SweepOptions& options = {});

}  // namespace siglab
