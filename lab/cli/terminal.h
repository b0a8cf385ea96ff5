// What stdout is: how wide, and whether it may have colour.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "report/text.h"

namespace siglab::cli {

enum class Ink : int { bold = 1, dim = 2, red = 31, green = 32, yellow = 33 };

class Terminal {
   public:
	// Stdout's: a terminal's width, colour unless NO_COLOR is set. A file or a pipe has neither.
	static Terminal of_stdout();

	size_t width = 0;     // 0: unknown, nothing has to fit
	bool colour = false;

	[[nodiscard]] std::string in(Ink ink, std::string_view text) const;
};

// Of a report: 120 columns where nothing is known.
TextStyle text_style();

}  // namespace siglab::cli
