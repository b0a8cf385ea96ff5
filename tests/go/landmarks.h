// Where the landmarks of guest_asm/README.md stand in a trampoline of Go's, found by what its instructions do.
#pragma once

#include "listing.h"
#include "world/go_layout.h"

namespace siglab::go {

struct Landmark {
	std::string_view mark;  // "slot_store"
	uint64_t address = 0;
	bool operator==(const Landmark&) const = default;
};

// `offsets` are those of the release: they tell a store into vdsoPC from any other.
// Errors    usage: an instruction is there more or less often than once for each landmark that it stands for.
Result<std::vector<Landmark>> find_landmarks(const Isa& isa, const Listing& function, const GoOffsets& offsets);

}  // namespace siglab::go
