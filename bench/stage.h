// What the benchmarks share: a walk, a machine whose memory is at its first boundary, and a signal at each boundary.
#pragma once

#include "explore/campaign.h"
#include "explore/delivery.h"

namespace siglab::bench {

inline Places places() { return {SIGLAB_IMAGES, SIGLAB_SOURCES}; }

// v6 and clobber-g. SIGPROF is the museum's typical case: its handler asks for the time too; SIGUSR1's handler is shorter.
struct Case {
	const Isa& isa;
	Signal signal = Signal::prof;
	uint32_t calls = 1;
};

struct Stage {
	World world;
	std::unique_ptr<Machine> machine;
	Walk walk;
	std::unique_ptr<Snapshot> start;
};

// Empty if a world, a machine or the walk could not be had, or the walk broke something. `more`: regions that the world does not have.
std::optional<Stage> make_stage(const Case& what, Engines engines, std::span<const RegionPlan> more = {});

// Puts memory back to the walk's start, and delivers at every boundary in order. False if one delivery was not as the lab promises.
// With Hooks::steps it knows of no recorded walk: for each boundary it runs there from the start, and remembers all memory.
bool deliver_everywhere(Stage& stage, Hooks hooks);

}  // namespace siglab::bench
