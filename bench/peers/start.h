// The first moment of a world, for a process that a kernel starts by its own rules.
#pragma once

#include "world/world.h"

namespace siglab::peers {

// The action for the world's signal. It names the vDSO's __kernel_rt_sigreturn as its restorer: Linux finds that by itself, and qemu-user
// would take a page of its own instead.
Action action_for_peers(const World& world);

// Adds start.S to the plan, filled in with the world's thread, and says where it starts.
// Errors    start.S does not assemble, or does not have what is to be filled in.
Result<GuestAddr> add_start(const World& world, std::vector<RegionPlan>& plan);

}  // namespace siglab::peers
