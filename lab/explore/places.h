// Places: where a boundary of one walk is in another, such as the next version's.
#pragma once

#include "record/record.h"
#include "state/schedule.h"

namespace siglab {

// For each boundary of `from` the one of `to` before the same instruction, by a longest common subsequence of the instructions' texts; where
// there is none, the one behind its predecessor's.
std::vector<uint32_t> same_places(const std::vector<std::string>& from, const std::vector<std::string>& to);

// The instructions of a walk as texts.
std::vector<std::string> instructions(const Record& record, const WalkRecord& walk);

// The same signals at the same places of another walk. What comes inside handlers stays where it is.
Schedule moved(Schedule schedule, const std::vector<uint32_t>& places);

}  // namespace siglab
