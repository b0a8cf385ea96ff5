// Twin: two engines as one, each run made by both and compared.
//
// Models    what the first engine does. The second runs in memory of its own.
// Compares  hooked: registers, flags and what was written at every boundary, all memory at the end, and how it ends. Un-hooked: all registers
//           and all memory when it comes back with a system call; a run that ends otherwise is stepped through by a hooked twin.
// Errors    environment: they part. The line names the instruction and what differs.
#pragma once

#include "machine/engine.h"

namespace siglab {

struct TwinSide {
	std::string_view name;
	Result<std::unique_ptr<Engine>> (*open)(const Isa& isa, Hooks hooks);
};

Result<std::unique_ptr<Engine>> open_twin(const Isa& isa, Hooks hooks, TwinSide first, TwinSide second);

}  // namespace siglab
