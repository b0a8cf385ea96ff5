// Two texts side by side where they differ, in any width: long comments are wrapped, not cut.
#pragma once

#include <string>
#include <string_view>

#include "cli/terminal.h"

namespace siglab::cli {

struct NamedText {
	std::string name;
	std::string text;
};

// A width of 0 is taken for 160. Empty where the texts are the same.
std::string side_by_side(const NamedText& left, const NamedText& right, const Terminal& terminal);

}  // namespace siglab::cli
