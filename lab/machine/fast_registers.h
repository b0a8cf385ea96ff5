// Fast registers: general registers, SP and vector registers straight from and to Unicorn's CPU, where its library lets us.
//
// Why       its public API takes one call for each register: 63 for arm64, in and out of every run, and at each boundary of a recorded walk.
// How       where the registers lie in the library's CPU is found by looking for values that the public API has put there, and proved by
//           values that are put there and read by the public API, before the first run. Nothing about the layout is known in advance.
// Without   the library's symbol for its CPU, with another version of Unicorn than 2.0, or where a value is found twice or not at all, all of
//           this does nothing: the public API alone does the work.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "isa/isa.h"

namespace siglab {

class FastRegisters {
   public:
	FastRegisters() = default;
	// `cpu`: the bytes of the library's CPU, for as long as this lives; empty where nobody knows them. `gprs`: the numbers of the general registers;
	// SP and all of the ISA's Cpu::vec are looked for too. `write` and `read` are the public API's, of these registers at least; false: it failed.
	FastRegisters(std::span<std::byte> cpu, const Isa& isa, std::span<const uint8_t> gprs, const std::function<bool(Cpu&)>& write,
	              const std::function<bool(Cpu&)>& read);

	[[nodiscard]] bool on() const { return cpu_ != nullptr; }
	// Requires  on().
	void write(const Cpu& cpu) const;
	void read(Cpu& cpu) const;
	// General registers and SP alone.
	void read_general(Cpu& cpu) const;

   private:
	// Where registers that lie together on both sides stand in a Cpu and in the library's, in bytes. One of 4 is the lower half of a Cpu's.
	struct Piece {
		uint32_t ours, theirs, size;
	};
	using Pieces = std::vector<Piece>;
	[[nodiscard]] bool find(std::span<const std::byte> cpu, const Cpu& shown, std::span<const uint8_t> gprs, const Isa& isa);

	std::byte* cpu_ = nullptr;
	Pieces general_, vectors_;
};

}  // namespace siglab
