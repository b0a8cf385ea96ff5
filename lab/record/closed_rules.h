// What the closed sets of a record and its runs must agree on, whoever wrote them.
#pragma once

#include "record/record.h"

namespace siglab {

// Whether the run tells of all its signals together, as an exploration does; else of one of them. An exploration that was interrupted at
// once has no states.
inline bool is_explored(const RunRecord& run) {
	return run.states != 0 || run.budget != "1" || run.ticks != 0 || run.signal.find('+') != std::string::npos;
}

// What a closed set says of the search that made it: everything but the signals, which it has anyway.
std::string search_of(const RunRecord& run);

// A line that names the first place where they don't, or empty. Requires  each run's walk is in the record.
std::string closed_nonsense(const Record& record);

}  // namespace siglab
