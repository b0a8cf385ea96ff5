// What an Image takes from an ELF file: its segments and its symbols, after everything that can be wrong with them. Internal to the room.
#pragma once

#include "image/image.h"

namespace siglab {

struct ElfContents {
	bool position_independent = false;
	std::vector<Segment> segments;
	std::vector<GuestRange> code;  // of sections with instructions; empty without section headers
	std::vector<Symbol> symbols;  // mapping symbols too; in the file's order
};

// Errors    usage, as Image::parse lists them, without a name in front.
Result<ElfContents> parse_elf(const Isa& isa, std::span<const std::byte> bytes);

}  // namespace siglab
