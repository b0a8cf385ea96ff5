// What a schedule changed, as text: its run against the undisturbed walk, boundary by boundary.
#pragma once

#include <string>

#include "cli/terminal.h"
#include "explore/trace.h"

namespace siglab::cli {

// Only where the set of what differs changes. Boundaries of the walk alone: in a handler's there is nothing to compare with.
std::string difference_text(const World& world, const Trace& undisturbed, const Trace& traced, const Terminal& terminal);

}  // namespace siglab::cli
