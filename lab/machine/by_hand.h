// Instructions that the lab carries out in an emulator's place.
#pragma once

#include "isa/isa.h"
#include "state/memory.h"

namespace siglab {

// If the CPU stands before a read of the virtual counter, carries it out: cpu.counter goes into its registers, PC behind it. Else false,
// nothing done.
inline bool read_counter(const Isa& isa, const Memory& memory, Cpu& cpu) {
	const std::optional<uint32_t> word = memory.load<uint32_t>({cpu.pc});
	const std::optional<CounterRead> read = word ? isa.counter_read(*word, cpu) : std::nullopt;
	if (!read) return false;
	const auto put = [&](uint8_t reg, uint64_t value) {
		if (reg < cpu.gpr.size()) cpu.gpr[reg] = value;
	};
	put(read->low, read->high ? static_cast<uint32_t>(cpu.counter) : cpu.counter);
	if (read->high) put(*read->high, cpu.counter >> 32);
	cpu.pc += sizeof *word;
	return true;
}

// Whether the CPU has just passed a yield, which asks for nothing here.
inline bool passed_yield(const Isa& isa, const Memory& memory, const Cpu& cpu) {
	const std::optional<uint32_t> word = memory.load<uint32_t>({cpu.pc - 4});
	return word && isa.yields(*word, cpu);
}

}  // namespace siglab
