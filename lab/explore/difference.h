// Difference: what two states of one world do not share, by name.
#pragma once

#include "world/world.h"

namespace siglab {

struct Difference {
	std::string name;      // "x22", "slot", "vdsoSP", "0x31330"
	uint64_t first = 0;
	uint64_t second = 0;
	bool operator==(const Difference&) const = default;
};

// Registers first, then the kernel's state, then memory by address. `base` is what both memories differ from.
std::vector<Difference> differences(const World& world, const Snapshot& base, const State& first, const State& second);

}  // namespace siglab
