// Retell: what a record should say of one claim, made from its derivation.
#pragma once

#include "verify/derive.h"

namespace siglab::verify {

struct Retold {
	Code code;                     // the instructions that its walk stands before
	WalkRecord walk;
	ClosedSet closed;
	std::vector<RunRecord> runs;   // one for all signals, or one for each
};

// `record`: what is trusted in it, because it was not run, stands as it is: the deliveries that a sampled verification leaves out, and of a
// search that was cut short how it was.
Retold retell(const Derivation& all, const Claim& claim, const Record& record);

}  // namespace siglab::verify
