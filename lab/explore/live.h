// Live memory: what code that was interrupted, or goes on, may still read.
//
// Models    AAPCS: nothing below a stack pointer is anybody's (neither ISA's has a red zone), and nothing of an idle signal stack but its
//           lowest word, the slot.
#pragma once

#include "world/world.h"

namespace siglab {

// Of all memory that can change. `sps`: the stack pointer, and those of the code that open handlers have interrupted.
std::vector<GuestRange> live_ranges(const World& world, const Memory& memory, std::span<const uint64_t> sps);

// Only the kernel writes the vvar page. What a tick did there while a handler ran is not the handler's doing: the shadow takes it over.
void keep_clock(const Memory& memory, Snapshot& shadow);

// What the guest noted, as the world begins: after a jump nobody is left who has notes to be judged by.
void wipe_notes(Memory& memory, const Snapshot& base);

}  // namespace siglab
