// What an instruction does to registers and memory, by Capstone's tables: the view of the code, beside which the lab holds what it saw run.
//
// Models    general registers and the callee-saved FP/SIMD words that an instruction writes; the address that a load or store with one
//           memory operand touches.
// Does not  model the memory that push, pop, ldm and stm touch, nor flags. Where Capstone is wrong, so is this: tests hold it against walks.
#pragma once

#include <optional>

#include "image/image.h"

namespace siglab {

struct WrittenRegisters {
	std::vector<uint8_t> gprs;  // by number, ascending
	std::vector<uint8_t> vecs;  // indices of Cpu::vec words, of those that are callee-saved
	uint8_t size = 4;           // of the instruction
	bool known = true;          // false: no instruction (data)
	bool operator==(const WrittenRegisters&) const = default;
};

// The instruction at `address`, as linked.
WrittenRegisters written_registers(const Image& image, uint64_t address, bool thumb);

// The first byte that the load or store before which the CPU stands will touch; the image lies at `base`. None: it is none, or its
// operand is of a kind that is not modelled.
std::optional<GuestAddr> memory_operand(const Image& image, uint64_t base, const Cpu& cpu);

}  // namespace siglab
