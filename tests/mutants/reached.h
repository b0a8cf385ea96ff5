// Which instructions an exploration executes, and at which of them a signal came.
#pragma once

#include <set>

#include "explore/explorer.h"

namespace siglab::mutants {

struct Reached {
	std::set<uint64_t> executed;  // PCs of boundaries whose instruction retired, or tried to
	std::set<uint64_t> injected;  // PCs of boundaries at which a signal was delivered, and was seen by the guest
	bool complete = false;        // `executed` has everything: each return leads back to where its signal came
	void merge(const Reached& other);
};

// Runs the handlers once more, at each boundary of the walk.
// Errors    environment: the engine.
Result<Reached> reached_by(const World& world, Machine& machine, const Exploration& found, std::span<const Signal> signals);

}  // namespace siglab::mutants
