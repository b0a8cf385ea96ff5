// Disassembly of one instruction, by Capstone.
#pragma once

#include "image/image.h"

namespace siglab {

struct Instruction {
	std::string text;  // "ldp x28, x30, [sp], #0x10"; ".word 0x..." where it is none
	uint8_t size = 4;
};

// The instruction at `address`, as linked. `thumb` selects the instruction set on arm.
Instruction disassemble(const Image& image, uint64_t address, bool thumb);
// The instruction that `bytes` begin with, as if it stood at `address`.
Instruction disassemble(const Isa& isa, std::span<const std::byte> bytes, uint64_t address, bool thumb);

}  // namespace siglab
