// Delta: memory as the blocks that differ from an immutable base; how a State is kept when there are thousands of them.
//
// Models    whole blocks, in the order of the base's bytes. Two deltas of one base are equal exactly if the memories are.
// Dead      bytes that nobody may rely on (below a stack pointer, an idle signal stack) count as the base's: the caller says what lives.
#pragma once

#include "state/memory.h"

namespace siglab {

class Snapshot;

struct Delta {
	std::vector<uint32_t> blocks;  // their numbers, ascending
	std::vector<std::byte> bytes;  // kBlockSize for each
	bool operator==(const Delta&) const = default;
};

// What of `memory` lies in `live` (ascending, not overlapping) and differs from `base`, which has the same regions. Into `delta`, whose
// storage is used again.
void take_delta(const Memory& memory, const Snapshot& base, std::span<const GuestRange> live, Delta& delta);

// Makes memory what base and delta say.
void restore(Memory& memory, const Snapshot& base, const Delta& delta);

}  // namespace siglab
