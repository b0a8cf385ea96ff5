// Closed set: what a search looked at, state by state, so that somebody else can look again.
//
// Models    each state as a hash, with where every event leads from there. What leads somewhere leads into the set: that is what "always" is
//           made of. docs/record.md has the text form, docs/verify.md says what it proves.
// Does not  hold the states: whoever wants one runs to it.
#pragma once

#include <string>
#include <vector>

#include "state/hash.h"

namespace siglab {

// What came of one event in one state.
enum class Leads : uint8_t {
	to,         // `to` is a state of the set
	ends,       // the run is over
	masked,     // the kernel keeps it back
	untried,    // the budget has none left, or handlers would nest too deep
	outside,    // the search ended before it knew
};

struct Way {
	Leads leads = Leads::untried;
	uint32_t to = 0;
	bool found = false;   // that state was met over this way for the first time
	bool missed = false;  // a signal that the guest never saw
	bool operator==(const Way&) const = default;
};

struct ClosedState {
	Hash128 hash;
	std::vector<Way> ways;  // the next instruction; each signal; where there are any, a tick
	bool operator==(const ClosedState&) const = default;
};

// Of one walk, shared by the runs that share it. State 0 is the walk's first; they stand in the order in which they were met.
struct ClosedSet {
	std::string search;     // which: scenario and budget, as a text that no other search has
	uint64_t images = 0;    // hash of the guest's and the vDSO's bytes, as in a token
	Hash128 start;          // of the world's first moment: states are what differs from it
	std::string signals;    // "USR1+PROF": one column each, in this order
	std::vector<ClosedState> states;
	std::string digest;     // of all of this
	bool operator==(const ClosedSet&) const = default;
};

// What a state and an event take in a search, in bytes: a run's `bytes` is made of them.
inline constexpr uint32_t kBytesOfState = 88, kBytesOfEvent = 12;

// "0123456789abcdef0123456789abcdef +=>74<12-", as state number `index` of its set.
std::string print_state(const ClosedState& state, uint32_t index);
// False: not of that form.
bool parse_state(std::string_view text, uint32_t index, ClosedState& state);

std::string digest_of(const ClosedSet& set);

// What a set says that no set can: a line, or empty. Ways, where each is found, the digest.
std::string nonsense(const ClosedSet& set);

// Deliveries of the signal in that column (0: of all signals; else 1, 2, ...), and how many of them the guest saw.
struct Deliveries {
	uint32_t injections = 0, fired = 0;
};
Deliveries deliveries(const ClosedSet& set, size_t column);

}  // namespace siglab
