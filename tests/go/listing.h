// A function's instructions, written so that two programs can be compared: no text depends on where a program or a global lies.
#pragma once

#include "image/image.h"

namespace siglab::go {

// The globals that a trampoline reads.
inline constexpr std::string_view kGlobals[] = {"runtime.iscgo", "runtime.vdsoClockgettimeSym"};

struct Line {
	uint64_t address = 0;
	std::string text;                // "cbz x2, @", "ldr x2, [x27, :lo12:runtime.iscgo]", "ldr fp, =runtime.iscgo"
	std::optional<uint64_t> target;  // of a branch: what '@' stands for
};
using Listing = std::vector<Line>;

// Up to the padding or the literals that follow the code.
// Errors    usage: the image has no such function, or the symbol no size.
Result<Listing> list_function(const Image& image, std::string_view function);

// A stretch of both listings that is not the same text; one side may be empty.
struct Difference {
	size_t first_begin = 0, first_end = 0;
	size_t second_begin = 0, second_end = 0;
};
std::vector<Difference> differences(const Listing& first, const Listing& second);

// "adrp x27, runtime.iscgo; ldrb w22, [x27]"; "-" if there is none.
std::string text_of(const Listing& listing, size_t begin, size_t end);

}  // namespace siglab::go
