// One table of the report as lines of text.
#pragma once

#include <string>

#include "report/matrix.h"
#include "report/text.h"

namespace siglab {

// No line is wider than style.width, unless a single column is: then the columns come in blocks, one below the other.
std::string grid_text(const Table& table, TextStyle style);

}  // namespace siglab
