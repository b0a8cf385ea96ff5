// The report for a terminal: the matrix, what it adds up to, and the first finding told in full.
#pragma once

#include <string>

#include "record/record.h"

namespace siglab {

struct TextStyle {
	bool colour = false;
	size_t width = 120;  // tables that need more are cut into blocks of columns; lines are shortened
};

std::string report_text(const Record& record, TextStyle style);

}  // namespace siglab
