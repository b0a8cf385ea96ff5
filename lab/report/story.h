// The story of one finding: where the signal came, in the disassembly; what broke; how; and the command that shows it again.
#pragma once

#include <string>

#include "report/matrix.h"
#include "report/text.h"

namespace siglab {

std::string story_text(const Record& record, const FindingRef& finding, TextStyle style);

}  // namespace siglab
