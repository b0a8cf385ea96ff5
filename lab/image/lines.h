// The line map: which instruction came from which line of the source.
//
// Models    the text form beside an image (NAME.lines), and what objdump prints of a linked ELF's .debug_line.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace siglab {

// One line of a source. An entry holds up to the next address in the map: a macro may make many instructions from one line.
struct SourceLine {
	uint32_t number = 0;  // 0: from here on no line of this source (its end, or an included file)
	std::string text;     // without leading blanks

	bool operator==(const SourceLine&) const = default;
};

using LineMap = std::map<uint64_t, SourceLine>;

// "0x2c0 26 stp x28, x30, [sp, #-16]!", a line each.
std::string print_lines(const LineMap& lines);
// Errors    usage: a line that is none of these. `name` begins the text.
Result<LineMap> parse_lines(std::string_view name, std::string_view text);

// From the output of `objdump --dwarf=decodedline`: the rows of the file `mark` (a name without blanks), with the text of `source`.
LineMap decode_lines(std::string_view objdump, std::string_view mark, std::string_view source);

}  // namespace siglab
