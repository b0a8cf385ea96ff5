// Trials: the scenarios in which mutants are run, and what the unchanged guest shows in each.
//
// Rule      a mutant is tried only where the unchanged guest executes what it changes: everywhere else both do the same, step by step.
#pragma once

#include <bitset>

#include "explore/explorer.h"
#include "mutants.h"
#include "reached.h"

namespace siglab::mutants {

// One way in which something breaks: by which signal (none: without one), what, and the words that a process ends with or the wrong time.
struct Sign {
	std::optional<Signal> signal;
	Verdict verdict;
	std::string words;
	auto operator<=>(const Sign&) const = default;
};
using Signs = std::set<Sign>;

struct Trial {
	std::string name;            // the scenario's text
	World world;
	std::vector<Signal> signals;
	Budget budget;
	bool watched = false;        // every handler is judged step by step, not one of each class
	Signs shows;                 // what breaks without a change
	uint32_t states = 0;
	std::set<uint64_t> executed; // addresses, of everything that the exploration runs; empty: not known
	[[nodiscard]] bool reaches(const Mutant& mutant) const;
};

// What no scenario has, because no release does it.
enum class Twist : uint8_t {
	none,
	wall_in_handler,  // SIGPROF's handler asks for the wall clock: its time is then not what the catalogue says, in every run
	carry,            // it is so late that the sum of nanoseconds carries out of its low word. Only for the system call: vvar is left as it is
	low_altstack,     // the signal stack lies below all others; only where SA_ONSTACK is not set, for there is no memory
	autodisarm,       // the signal stack has SS_AUTODISARM: it is off while a handler runs on it
};

// How a scenario is explored.
struct How {
	std::vector<Signal> signals = {Signal::prof, Signal::usr1, Signal::urg};
	Budget budget = {.signals = std::nullopt};
	bool watched = false;
	Twist twist = Twist::none;
};

// Explores the scenario as it is.
// Errors    environment: the engine, the images. deviation: it is not as the catalogue says, by name; or with a vDSO from a file, something breaks.
Result<Trial> make_trial(const Scenario& scenario, const How& how, ImageStore& store, Machine& machine);

// Those of the mutants, for one version on one ISA. Every path of the mutated functions lies on one of them.
Result<std::vector<Trial>> trials_for(const Isa& isa, std::string_view variant, ImageStore& store, Machine& machine);

enum class Fate : uint8_t { killed, survived };

struct Outcome {
	Fate fate = Fate::survived;
	std::string trial;           // that killed it
	std::optional<Verdict> by;   // none: it does not come to an end
	bool missing = false;        // `by` should have broken, and held
	uint32_t tried = 0;          // trials
};

// A changed world, explored up to the first sign that the trial does not show; or to the end, and then none of its signs may be missing.
// Errors    environment: the engine.
Result<Outcome> judge_world(const World& world, const Trial& trial, Machine& machine);

// In one trial after the other, up to the first that kills it.
Result<Outcome> judge(const Mutant& mutant, std::span<const Trial> trials, Machine& machine);

}  // namespace siglab::mutants
