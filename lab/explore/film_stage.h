// What a film is played on: the machine, memory before the first step with the names of its words, and the images' functions.
#pragma once

#include <set>

#include "record/film.h"
#include "world/world.h"

namespace siglab {

MachineRecord machine_of(const Isa& isa);
StageRecord stage_of(const World& world);

// The images of that world by their names in a film, each with the functions that these addresses lie in. `sources`: the lab/ folder; a
// source that cannot be read is left out.
std::map<std::string, ListingRecord> listings_of(const World& world, const std::set<uint64_t>& addresses, const std::string& sources);

}  // namespace siglab
