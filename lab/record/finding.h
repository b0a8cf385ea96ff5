// Finding: one broken property, in one run, by one schedule.
#pragma once

#include <string>

#include "base/types.h"
#include "state/schedule.h"
#include "state/verdict.h"

namespace siglab {

struct Finding {
	Verdict verdict;
	std::optional<uint32_t> boundary;  // where the signal was delivered; none: it breaks without any signal
	uint32_t at = 0;                   // the boundary of the walk at which it shows
	GuestAddr pc;                      // of `at`
	std::string expected;
	std::string observed;
	bool cause = true;                 // false: it follows from an earlier finding of the same schedule
};

}  // namespace siglab
