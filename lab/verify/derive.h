// Derive: every state that a claim speaks of, made again from the first one on; where each event leads, and what breaks on the way.
//
// Models    docs/exploration.md: which events there are in a state, when a handler's inside is states of its own, in which order a search
//           meets states (fewest events first; of equals, the one that was left first; a return before all else).
// Does not  look at what the record says came of it: that is compared afterwards. Only a sampled, or a cut, search is told what to leave out.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>

#include "record/closed_set.h"
#include "verify/claim.h"
#include "world/world.h"
#include "properties/property.h"

namespace siglab::verify {

// A state, as far as a record tells of it.
struct Derived {
	ClosedState closed;                 // its hash, and where each event leads
	uint64_t pc = 0;
	uint32_t boundary = 0;              // of the walk, or of the handler's own
	uint8_t depth = 0;                  // handlers that are open
	uint32_t signals = 0;               // delivered on the way here
	uint32_t from = 0;                  // the state and the way that led here first (0: an instruction, or a return)
	size_t over = 0;
	bool dirty = false;                 // the g register does not hold the owner's g
	bool in_vdso = false;
	bool inside_it = false;             // between two instructions of an IT block
	bool sp_switched = false, pc_stored = false, sp_stored = false, slot_set = false;  // of the innermost open call
	std::vector<bool> lets_through;     // by signal
};

// Where something broke: in a state alone, or on one of its ways.
struct Broke {
	uint32_t state = 0;
	std::optional<size_t> way;          // none: in the state alone
	Violation violation;
};

// What was done, to be told to a person.
struct Effort {
	uint64_t states = 0, steps = 0, deliveries = 0, trusted = 0, ticks = 0, inside = 0;
	void add(const Effort& other);
};

struct Derivation {
	World world;
	std::vector<Derived> states;
	uint32_t boundaries = 0;            // of the undisturbed walk: the first states
	std::vector<Broke> broken;          // in the order in which a search sees it
	uint32_t masked = 0;
	std::vector<uint32_t> not_injected; // boundaries of the walk with a state at which nothing was to be tried; rising
	bool nested = false, nesting_cut = false;
	std::vector<std::vector<bool>> trusted;  // by state and way: taken from the record, not run
	Effort effort;
};

// What a derivation is told beforehand.
struct Guide {
	uint32_t max_states = UINT32_MAX;   // no more than these: one that is led to beyond them is outside
	// The way of a signal that is not to be run, but taken as the record has it; none: run it.
	std::function<std::optional<Way>(const Derivation& so_far, uint32_t state, size_t way)> trusts;
	const std::atomic<bool>* interrupted = nullptr;
	std::optional<std::chrono::steady_clock::time_point> deadline;
};

// Errors    usage: as build_world. environment: the engine; one that cannot stop where the record did. interrupted, inconclusive: the guide's limits.
Result<Derivation> derive(World world, const Claim& claim, Machine& machine, const Guide& guide);

}  // namespace siglab::verify
