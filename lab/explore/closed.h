// An exploration as a closed set: what the record keeps of it.
#pragma once

#include "explore/exploration.h"
#include "record/closed_set.h"

namespace siglab {

// Without its search and its digest: they come from the run that tells of it.
ClosedSet closed_set(const Exploration& found, const World& world, std::span<const Signal> signals, const Budget& budget);

}  // namespace siglab
