// Trials: the scenarios in which mutants are run, and what the unchanged guest shows in each.
//
// Rule      a mutant is tried only where the unchanged guest executes what it changes: everywhere else both do the same, step by step.
#pragma once

#include <bitset>

#include "explore/explorer.h"
#include "mutants.h"
#include "reached.h"

namespace siglab::mutants {

using Verdicts = std::set<Verdict>;

struct Trial {
	std::string name;            // of the scenario, without ISA and version
	World world;
	Verdicts shows;              // what breaks in the unchanged guest, as the catalogue says
	uint32_t states = 0;
	std::set<uint64_t> executed; // addresses; of everything that the exploration runs
	[[nodiscard]] bool reaches(const Mutant& mutant) const;
};

// For one version on one ISA, those that kill most first.
// Errors    environment. deviation: the unchanged guest is not as the catalogue says, by name.
Result<std::vector<Trial>> trials_for(const Isa& isa, std::string_view variant, ImageStore& store, Machine& machine);

enum class Fate : uint8_t { killed, survived };

struct Outcome {
	Fate fate = Fate::survived;
	std::string trial;           // that killed it
	std::optional<Verdict> by;   // none: it does not come to an end
	bool missing = false;        // `by` should have broken, and held
	uint32_t tried = 0;          // trials
};

// Explored in one trial after the other, any number of signals, up to the first that kills it.
// Errors    environment: the engine.
Result<Outcome> judge(const Mutant& mutant, std::span<const Trial> trials, Machine& machine);

}  // namespace siglab::mutants
