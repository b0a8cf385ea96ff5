// The grid: which scenarios a sweep runs, by default or by the user's choice.
#pragma once

#include "world/scenario.h"

namespace siglab {

// Scenarios that differ in the signal only: they share one walk.
struct Job {
	Scenario scenario;             // its signal is the first of `signals`
	std::vector<Signal> signals;
	Budget budget;
	bool together = false;         // one run for all signals in any mixture, not one for each; always so with another budget than one signal
};

// Values per axis that the user asked for; an empty axis was not named.
struct Selection {
	std::vector<const Isa*> isas;
	std::vector<GuestChoice> guests;
	std::vector<Function> functions;
	std::vector<Caller> callers;
	std::vector<VdsoChoice> vdsos;
	std::vector<WorldKind> worlds;
	std::vector<Signal> signals;
	uint32_t calls = 1;

	[[nodiscard]] bool empty() const {
		const bool no_images = guests.empty() && vdsos.empty();
		return no_images && isas.empty() && functions.empty() && callers.empty() && worlds.empty() && signals.empty() && calls == 1;
	}
};

// With an empty selection, the catalogue's own grid: every version with every vDSO, then functions, callers, worlds and native code with
// the blobs that tell most. Otherwise every combination of what was named; an axis that was not named is: both ISAs, all versions, all vDSOs of
// the ISA, all signals, nanotime1, curg, the world "go". A vDSO that does not exist on an ISA is left out there.
std::vector<Job> grid(const Selection& selection);

// With an empty selection, what the catalogue says of any number of signals: each kind of signal alone and all together, with and without a
// vDSO that hides g, in every world. Otherwise as grid(), all named signals together.
std::vector<Job> exploration_grid(const Selection& selection, const Budget& budget);

}  // namespace siglab
