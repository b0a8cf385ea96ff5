// Tape: a run as a row of moments that can be looked at in any order.
//
// Models    registers and all memory at each boundary, handlers included; which signal is taken between a moment and the next.
#pragma once

#include "explore/trace.h"

namespace siglab::gdb {

class Tape {
   public:
	// `trace` was told with Keep::everything. `memory`: the machine's that made it, for what can't change; it outlives this.
	Tape(Trace trace, const Memory& memory);

	[[nodiscard]] size_t size() const { return moments_.size(); }
	[[nodiscard]] const Cpu& cpu(size_t at) const { return line(at).state.thread.cpu; }
	// The signal that is taken at this moment, before its instruction.
	[[nodiscard]] std::optional<Signal> taken(size_t at) const { return moments_[at].taken; }
	// As much of [from, from + size) as is mapped, up to the first byte that is not.
	[[nodiscard]] std::vector<std::byte> read(size_t at, GuestAddr from, size_t size) const;

   private:
	struct Moment {
		size_t line;
		std::optional<Signal> taken;
	};
	[[nodiscard]] const TraceLine& line(size_t at) const { return trace_.lines[moments_[at].line]; }
	[[nodiscard]] std::byte byte(size_t at, const Region& region, GuestAddr from) const;

	Trace trace_;
	const Memory& memory_;
	std::vector<Moment> moments_;
};

}  // namespace siglab::gdb
