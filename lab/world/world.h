// World: a Scenario made concrete. Images at their addresses, g's and m's as the release lays them out, the thread at its first
// instruction.
//
// Models    what the runtime has done by the time a goroutine asks for the time: rt_sigaction for every signal, sigaltstack, the vDSO
//           looked up by the version's own rules, m0 with its g0 and gsignal, a second m, cgo's extra m, spans of the stacks.
// Does not  model how it got there: start-up code is not run.
#pragma once

#include "image/vdso_lookup.h"
#include "kernel_model/syscall.h"
#include "machine/machine.h"
#include "probe/call.h"
#include "world/images.h"

namespace siglab {

struct World {
	Scenario scenario;
	ImagePtr guest;
	ImagePtr vdso;     // null: none is mapped
	ImagePtr sigpage;  // null: the ISA has none
	DataPages pages;   // what the vDSO wants mapped
	ImagePtr clib;     // null: no C code beside the runtime
	std::vector<RegionPlan> plan;
	Thread start;
	Ghost ghost;
	Truth truth;
	kernel::Config kernel;
	uint64_t images = 0;  // what a token remembers

	[[nodiscard]] const Isa& isa() const { return *scenario.isa; }
	// The image that has code at `address`, and where in it (as linked).
	struct Site {
		const Image* image = nullptr;
		uint64_t offset = 0;
	};
	[[nodiscard]] Site site(GuestAddr address) const;
	// "nanotime1+0x10", "vdso:__kernel_clock_gettime+0x8", "0x1234".
	[[nodiscard]] std::string describe(GuestAddr address) const;
	// Whether some image may hold a Thumb IT block.
	[[nodiscard]] bool may_hold_it_blocks() const;
};

// All memory, the thread and the ghost as they are when the walk begins. A state's hash is of what differs from that.
Hash128 first_moment(const World& world);

// Errors    usage: an image that does not fit, a guest without an entry or sigtramp, what find_in_vdso refuses. environment: as ImageStore.
Result<World> build_world(const Scenario& scenario, ImageStore& store);

}  // namespace siglab
