// What a film is played on: the machine, and memory before the first step with the names of its words.
#pragma once

#include "record/film.h"
#include "world/world.h"

namespace siglab {

MachineRecord machine_of(const Isa& isa);
StageRecord stage_of(const World& world);

}  // namespace siglab
