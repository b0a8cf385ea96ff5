// What each run must show, stated before it is run: which property breaks, how, and at which boundaries.
//
// Models    one signal at one boundary; any number at any boundaries. Not: nested signals, which no mask of Go's lets through.
// Follows   docs/expectations.md; derived from the versions' instructions and from the labels that declare windows, never from a run.
#pragma once

#include "state/verdict.h"
#include "world/scenario.h"

namespace siglab {

// What labels alone tell about one boundary of a walk.
struct Place {
	bool in_page = false;     // PC is in the page of the vDSO's clock_gettime, as the runtime found it
	bool in_image = false;    // PC is in the vDSO that the runtime found
	Dirt dirt = Dirt::none;   // what the g register is declared to hold instead of g
	bool sp_switched = false; // between the SP switch and its restore
	bool pc_stored = false;   // vdsoPC is this call's
	bool sp_stored = false;   // vdsoSP is this call's
	bool slot_set = false;    // from the store into the slot to the clear
	bool slot_was_set = false; // the first store is behind us
};

// What a signal at such a boundary breaks, in no order. Requires a scenario of the catalogue (no user's files).
std::vector<Verdict> expected_on_delivery(const Scenario& scenario, const Place& place);

// What breaks at some boundary by some schedule of two or more of these signals: all that one of them breaks at some of the places, and what it
// takes two for.
std::vector<Verdict> expected_on_sequences(const Scenario& scenario, std::span<const Signal> signals, std::span<const Place> places);

// What the walk breaks without any signal.
std::vector<Verdict> expected_on_walk(const Scenario& scenario);

// Whether the runtime finds the vDSO's function at all.
bool finds_vdso(const Scenario& scenario);

}  // namespace siglab
