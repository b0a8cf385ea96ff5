// Claim: what a record says was looked at from one walk, as values that can be run again.
#pragma once

#include "record/record.h"
#include "world/scenario.h"

namespace siglab::verify {

struct Claim {
	size_t walk = 0;              // index into the record's walks and closed sets
	std::vector<size_t> runs;     // into its runs, in order
	Scenario scenario;            // its signal is the first of `signals`
	std::vector<Signal> signals;
	Budget budget;
	bool together = false;        // one run tells of all signals; else a run for each, which comes once
	bool skips_it_blocks = false; // the engine that made it could not stop inside Thumb's IT blocks, and nothing was tried there
	bool exhausted = true;
	bool interrupted = false;
};

// One for each walk, in order.
// Errors    usage: a scenario, signal or budget that does not parse.
Result<std::vector<Claim>> claims_of(const Record& record);

// How a person names it: "arm64:v2:nanotime1:curg:clobber-g:go:USR1+PROF:1".
std::string name_of(const RunRecord& run);

}  // namespace siglab::verify
