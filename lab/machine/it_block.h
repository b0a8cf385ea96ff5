// Where in a Thumb IT block the CPU is, for an emulator that knows it when it translates and does not say so in CPSR.
#pragma once

#include "isa/isa.h"
#include "state/memory.h"

namespace siglab {

class ItBlock {
   public:
	explicit ItBlock(const Isa& isa) : isa_(isa) {}

	// A run begins: what its first CPU says is true.
	void begin() { last_ = {}; }
	// Puts the bits right of the CPU at the next boundary.
	void follow(Cpu& cpu, const Memory& memory) {
		if (isa_.it_bits == 0) return;
		if (isa_.start_address(last_) != last_.pc) set(cpu, last_.flags, memory.view({last_.pc}, 2));
		last_.pc = cpu.pc;
		last_.flags = cpu.flags;
	}
	// The same behind an svc, where CPSR says what it said before it.
	void leave_svc(Cpu& cpu, const Memory& memory) const {
		if ((cpu.flags & isa_.it_bits) != 0) set(cpu, cpu.flags, memory.view({cpu.pc - isa_.svc_size(cpu)}, 2));
	}

   private:
	void set(Cpu& cpu, uint64_t flags, std::span<const std::byte> code) const {
		cpu.flags = (cpu.flags & ~isa_.it_bits) | isa_.it_after(flags, code);
	}

	const Isa& isa_;
	Cpu last_;  // its PC and flags
};

}  // namespace siglab
