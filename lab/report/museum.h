// The museum as text: each row with the version that has the bug, its window, the version that mended it, and the mechanism.
#pragma once

#include <string>

#include "record/record.h"
#include "report/text.h"

namespace siglab {

// One exhibit on one ISA, in words.
struct Pair {
	std::string head;      // "arm64  v2 with clobber-g"
	std::string fails;     // the schedule, or that it was not seen
	std::string window;
	std::string holds;
	std::string token;
	bool as_stated = false;
};
Pair pair_of(const Record& record, const ExhibitRecord& exhibit);

// Empty if the record has no exhibits.
std::string museum_text(const Record& record, TextStyle style);
// The same as a page.
std::string museum_markdown(const Record& record);

}  // namespace siglab
