// Capstone, one handle for each thread and instruction set. Internal to the room.
#pragma once

#include <capstone/capstone.h>

#include <span>

#include "isa/isa.h"

namespace siglab {

// A Capstone handle with room for one instruction.
class Disassembler {
   public:
	Disassembler(cs_arch arch, cs_mode mode, bool details);
	Disassembler(const Disassembler&) = delete;
	Disassembler& operator=(const Disassembler&) = delete;
	~Disassembler();

	// Null where the bytes are no instruction. Valid until the next call.
	const cs_insn* decode(std::span<const std::byte> bytes, uint64_t address);
	[[nodiscard]] csh handle() const { return handle_; }

   private:
	csh handle_ = 0;
	cs_insn* instruction_ = nullptr;
};

// Handles are dear to open and must not be shared between threads. `details`: with operands.
Disassembler& disassembler(const Isa& isa, bool thumb, bool details = false);

}  // namespace siglab
