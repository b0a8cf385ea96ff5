// Memory as a state has it: which bytes live, and what of them has changed.
//
// Models    AAPCS: nothing below a stack pointer is anybody's, and nothing of an idle signal stack but its lowest word, the slot.
// How       the definition, block by block and word by word; nothing is remembered from one state to the next.
#pragma once

#include "properties/property.h"
#include "world/world.h"

namespace siglab::verify {

// Of `memory`, with what is dead as the world began. `sps`: the stack pointer, and those of the code that open handlers interrupted.
Delta live_memory(const World& world, const Memory& memory, const Snapshot& base, std::span<const uint64_t> sps);

// The words that code which was interrupted with that stack pointer finds changed. The observer page is nobody's.
std::vector<Change> changes_since(const World& world, const Memory& memory, const Snapshot& before, uint64_t sp);

}  // namespace siglab::verify
