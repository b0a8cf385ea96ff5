// Shrinking: the smallest program that still deviates in the same way.
//
// How       pieces of the program's tree are dropped, one after the other, the boldest first, for as long as the same deviation remains on the
//           same version: the same property and kind, in the same direction.
#pragma once

#include "fuzz/judge.h"

namespace siglab {

struct Small {
	Program program;
	Judgement judgement;
	uint32_t tried = 0;   // programs
};

// What makes two deviations the same: all but where and when.
struct Sameness {
	Deviation::What what;
	Verdict verdict;
	Effort found_by;
	[[nodiscard]] bool shown_by(const Judgement& judgement) const;
};
Sameness sameness(const Judgement& judgement);

// Requires  a judgement with deviations, of that program in that scenario. `most`: programs to try.
// Errors    as Judge.
Result<Small> shrink(Judge& judge, const Draw& draw, const Program& program, Judgement first, uint32_t most = 600);

}  // namespace siglab
