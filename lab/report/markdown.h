// The matrix, and the windows: in which stretches of which walks each property breaks.
#pragma once

#include <string>

#include "record/record.h"

namespace siglab {

std::string report_markdown(const Record& record);

}  // namespace siglab
