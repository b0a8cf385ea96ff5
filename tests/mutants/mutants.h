// All mutants of a guest: one instruction of one function changed, as bytes.
#pragma once

#include "operators.h"

namespace siglab::mutants {

struct Mutant {
	const Isa* isa = nullptr;
	std::string variant;
	std::string function;          // without "runtime."
	uint64_t at = 0;               // of the first instruction that is changed
	uint64_t offset = 0;           // from the function's start
	Operator which = Operator::nop;
	std::vector<Line> was, is;     // one instruction; of a swap both
	std::string change;            // "mov x1, sp -> nop", as a reader wants it

	[[nodiscard]] uint64_t end() const { return at + is.size() * kSize; }
	// "arm64 v6 nanotime1+0x10: mov x1, sp -> nop": names it, for as long as the source is as it is.
	[[nodiscard]] std::string name() const;
};

// The functions that are mutated, where a guest has them.
std::span<const std::string_view> mutated_functions();

// In the order of functions, addresses and operators. What the lab's own notes are made of (the macros `note` and `count`) is left alone: that
// is how the guest is looked at, and no part of the runtime.
// Errors    environment: the tools; an instruction that GNU as and Capstone do not agree on.
Result<std::vector<Mutant>> mutants_of(const Image& guest, const std::string& variant);

}  // namespace siglab::mutants
