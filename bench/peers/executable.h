// A static program for arm64 out of regions: what a kernel, or qemu-user, maps as the lab's machine does.
#pragma once

#include "machine/machine.h"

namespace siglab::peers {

struct Executable {
	std::vector<std::byte> bytes;
	std::vector<uint64_t> offsets;  // where each region's bytes begin in it, in the plan's order
};

// One PT_LOAD for each region, all of its bytes in the file. ELF64 for AArch64.
Executable make_executable(std::span<const RegionPlan> plan, GuestAddr entry);

}  // namespace siglab::peers
