// What a mutation does to one instruction, as text.
//
//   nop        nothing is done in its place
//   register   one operand is another register: the next one that the instruction does not name; one for each operand
//   condition  taken where it was not, and not where it was
//   offset     a memory offset, a target or a sum is one word more or less; any other number one more or less
//   swap       it and the next instruction change places; both mean the same where they then stand
//   width      a store writes half as much (arm: a byte)
//
// Left alone  a shift's amount; the number of an svc, which Linux does not read; adrp's page; what an instruction names by itself (ret's x30).
#pragma once

#include "code.h"

namespace siglab::mutants {

enum class Operator : uint8_t { nop, register_, condition, offset, swap, width };
inline constexpr size_t kOperatorCount = 6;
std::string_view operator_name(Operator which);

struct Change {
	Operator which = Operator::nop;
	std::string text;  // canonical; there may be no such instruction
};

// All changes of one instruction but swaps.
std::vector<Change> changes_of(const Isa& isa, const Line& line);

// The text that means at `to` what the line means where it stands. Branches name their target, so only a literal's offset changes.
std::string moved(const Line& line, uint64_t to);

}  // namespace siglab::mutants
