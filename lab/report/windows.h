// Windows: contiguous boundaries of one run at which the same thing breaks.
#pragma once

#include <string>
#include <vector>

#include "record/record.h"

namespace siglab {

struct Window {
	Verdict verdict;
	bool cause = true;
	const ViolationRecord* first = nullptr;
	const ViolationRecord* last = nullptr;
};

// By verdict, then by boundary; what breaks without a signal is a window of its own.
std::vector<Window> windows(const RunRecord& run);

// "17", "17..23", or "no signal".
std::string range_text(const Window& window);

}  // namespace siglab
