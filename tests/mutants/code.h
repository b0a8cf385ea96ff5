// Machine code as the mutants see it: an instruction is its address, its four bytes and Capstone's text, and text becomes bytes again through
// GNU as. So two tools that know nothing of each other must agree on what an instruction is.
//
// Models    A64 and A32. Thumb has no place here: no guest of the catalogue is Thumb.
#pragma once

#include <optional>

#include "image/image.h"

namespace siglab::mutants {

inline constexpr uint64_t kSize = 4;  // bytes of an instruction

struct Line {
	uint64_t at = 0;
	uint32_t word = 0;
	std::string text;  // canonical
};

// Text in which one instruction is always written the same: numbers in one way, no offset of 0, no "ldur" for a short "ldr".
std::string canonical(std::string_view text);
std::string text_of(const Isa& isa, uint64_t at, uint32_t word);

// The instructions of a function. Empty: there is no such function.
std::vector<Line> lines_of(const Image& image, std::string_view function);
// The text for a reader, which stays the same when code elsewhere grows: "bl save_g", "b.ne nanotime1+0x48", "ldr fp, =0x20000".
std::string shown(const Image& image, const Line& line);

// What stands where. A branch is written with the address that it goes to, as text_of() writes it.
struct Wanted {
	uint64_t at = 0;
	std::string text;
};
// All of them in one run of the assembler. None: there is no such instruction.
// Errors    environment: the tools; an instruction that comes out as another one than what was written, by both texts.
Result<std::vector<std::optional<uint32_t>>> encode(const Isa& isa, std::span<const Wanted> wanted);

}  // namespace siglab::mutants
