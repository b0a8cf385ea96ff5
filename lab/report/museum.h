// The museum as text: each row with the version that has the bug, its window, the version that mended it, and the mechanism.
#pragma once

#include <string>

#include "record/record.h"
#include "report/text.h"

namespace siglab {

// Empty if the record has no exhibits.
std::string museum_text(const Record& record, TextStyle style);
// The same as a page.
std::string museum_markdown(const Record& record);

}  // namespace siglab
