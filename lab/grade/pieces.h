// Pieces: what a submission is put together with. Text cut from the lab's own sources, before any tool sees it.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace siglab::grade {

// What stands in front of a submission: numbers as symbols, the macros of the version that it becomes a part of.
struct Prelude {
	std::string text;
	std::set<std::string> names;  // that it defines
};

// `layout` is guest_asm/layout.h; `version` a runtime's source, or empty.
Prelude prelude_of(std::string_view layout, std::string_view version);

// A runtime's source without those functions: from ".globl NAME" to ".size NAME", both included.
// Errors    environment: one of them is not in it.
Result<std::string> without_functions(std::string_view version, std::span<const std::string> functions);

}  // namespace siglab::grade
