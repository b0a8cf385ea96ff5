// Finding: one broken property, in one run, by one schedule.
#pragma once

#include <optional>
#include <string>
#include <vector>

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
	Schedule schedule;                 // the events that show it
	std::vector<uint32_t> window;      // boundaries of the walk at which the last event of some schedule shows it; empty: at `boundary` alone
};

}  // namespace siglab
