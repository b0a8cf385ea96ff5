// Film again: a record's films, taken once more, and the first thing in which they are not the record's.
//
// Models    every walk and story that the record has a film of. That something has none is no claim.
// Rule      what is filmed does not depend on the engine, but for boundaries inside IT blocks, at which Unicorn cannot stop: a walk whose
//           record says that none were tried is filmed on Unicorn.
#pragma once

#include <atomic>
#include <span>

#include "explore/machines.h"
#include "record/record.h"

namespace siglab {

// What a walk of the record was swept with.
struct Swept {
	Scenario scenario;
	std::vector<Signal> signals;
};

struct FilmAgain {
	EngineKind engine = EngineKind::unicorn;
	const std::atomic<bool>* interrupted = nullptr;
};

// One for each walk of the record, in order. Empty if nothing differs.
// Errors    usage: a story's token that makes no sense. environment: an engine. interrupted.
Result<std::string> film_difference(const Record& record, std::span<const Swept> walks, ImageStore& store, const FilmAgain& how);

}  // namespace siglab
