// Sieve: what of a stranger's assembly reaches the assembler. A list of what is allowed; everything else is refused, by line and reason.
//
// Models    a source as statements: labels, instructions, a few directives with arguments that are looked at one by one. What comes out is
//           written anew from what was understood, a statement a line, so that nothing depends on how the assembler reads comments,
//           continuations, separators or line markers: there are none left but our own.
// Does not  know instructions: what has the form of one is the assembler's to judge. There is no preprocessor and there are no macros of
//           the student's: the line that includes layout.h alone is understood, and its numbers are there in any case.
// Sizes     at most kMaxSource bytes, kMaxStatements statements, kMaxLine bytes a line, kMaxFill bytes of room at once and kMaxRoom in all.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace siglab::grade {

inline constexpr size_t kMaxSource = 64 * 1024, kMaxStatements = 3000, kMaxLine = 300;
inline constexpr uint64_t kMaxFill = 256, kMaxRoom = 2048;

struct Sieved {
	struct Label {
		std::string name;
		std::string instruction;  // the name of the instruction that it stands on; empty: none follows
		uint32_t line = 0;
	};
	std::string text;             // for the assembler; its line markers name the file `mark`
	std::vector<Label> labels;    // those with names, in their order
};

struct SieveRules {
	std::string mark;               // what the source is called in line markers
	std::set<std::string> owned;    // names with a meaning that the source may define, make global and give a type
	std::set<std::string> reserved; // names that it may use but not define: what stands in front of it
};

// Errors    usage: "LINE: what is wrong". The text quotes nothing that is no printable ASCII.
Result<Sieved> sieve(std::string_view source, const SieveRules& rules);

}  // namespace siglab::grade
