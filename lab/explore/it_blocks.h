// Boundaries inside Thumb IT blocks, along a walk: this engine does not show the state there exactly (docs/engine.md), so nothing is delivered
// there, and the run says so.
#pragma once

#include "explore/exploration.h"

namespace siglab {

class ItBlocks {
   public:
	explicit ItBlocks(const Isa& isa) : isa_(isa) {}

	// A walk begins; none begins inside of one.
	void begin() { left_ = 0; }
	// Called for the boundaries of a walk in order.
	bool inside(const Cpu& cpu, const Memory& memory) {
		if (left_ != 0) {
			--left_;
			++passed_;
			return true;
		}
		if (const std::optional<uint32_t> word = memory.load<uint32_t>({cpu.pc})) left_ = isa_.it_block(*word, cpu);
		return false;
	}
	// What was passed over was not exhausted.
	void tell(Exploration& found) const;

   private:
	const Isa& isa_;
	uint8_t left_ = 0;
	uint32_t passed_ = 0;
};

}  // namespace siglab
