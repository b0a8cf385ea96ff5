// FpChanges: whether the instruction that has retired may have changed the vectors, or what is seldom changed. Most do not, and then nobody need
// read these at the boundary behind it.
#pragma once

#include <cstring>

#include "isa/isa.h"
#include "machine/bus.h"

namespace siglab {

class FpChanges {
   public:
	explicit FpChanges(const Isa& isa) : isa_(isa) {}

	void map(std::span<const Region> regions) { bus_.map(regions); }
	// A run begins: what is there has just been written.
	void begin() { may_ = false; }
	// At each boundary: the instruction here is the next one to retire.
	void note(const Cpu& cpu) {
		uint32_t word = 0;
		const std::byte* at = bus_.host(cpu.pc, Perm::exec);
		const bool whole = at != nullptr && cpu.pc % kPageSize <= kPageSize - sizeof word;
		if (whole) std::memcpy(&word, at, sizeof word);
		may_ = !whole || isa_.may_change_fp(word, cpu);
	}
	[[nodiscard]] bool may() const { return may_; }

   private:
	const Isa& isa_;
	Bus bus_;
	bool may_ = false;
};

}  // namespace siglab
