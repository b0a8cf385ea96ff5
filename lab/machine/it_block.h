// Where in a Thumb IT block the CPU is, for an emulator that knows it when it translates and does not say so: CPSR says nothing, and an
// instruction whose condition fails has no boundary.
#pragma once

#include "isa/isa.h"
#include "state/memory.h"

namespace siglab {

class ItBlock {
   public:
	explicit ItBlock(const Isa& isa) : isa_(isa) {}

	// A run begins, maybe inside a block.
	void begin(const Cpu& cpu) { next_ = {cpu.pc, cpu.flags}; }
	// Puts the bits right of the CPU at the boundary that the emulator shows. True if that is behind one that it has not shown: then the CPU is put
	// back there, which differs in PC alone, for such an instruction does nothing. To be called again with the same PC.
	bool follow(Cpu& cpu, const Memory& memory) {
		if (isa_.it_bits == 0) return false;
		cpu.flags = (cpu.flags & ~isa_.it_bits) | (next_.flags & isa_.it_bits);
		const bool stepped_over = (cpu.flags & isa_.it_bits) != 0 && cpu.pc != next_.pc;
		if (stepped_over) cpu.pc = next_.pc;
		next_.flags = 0;
		if (isa_.start_address(cpu) == cpu.pc) return stepped_over;
		// Inside a block only the last instruction branches.
		const std::span<const std::byte> code = memory.view({cpu.pc}, 2);
		next_.pc = cpu.pc + (code.size() == 2 && code[1] >= std::byte{0xe8} ? 4 : 2);
		next_.flags = isa_.it_after(cpu.flags, code);
		return stepped_over;
	}

   private:
	const Isa& isa_;
	struct Next {
		uint64_t pc = 0, flags = 0;
	} next_;  // boundary
};

}  // namespace siglab
