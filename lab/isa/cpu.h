// The user-visible state of one CPU, wide enough for both ISAs.
//
// Models    general registers, SP, PC, flags, thread pointer, FP/SIMD registers and their control words.
// Does not  model SVE, SME, pointer authentication keys, debug registers, or anything that EL0 / USR mode cannot see.
#pragma once

#include <array>
#include <cstdint>

namespace siglab {

struct Cpu {
	std::array<uint64_t, 31> gpr{};  // arm64: x0..x30. arm: r0..r12 at their numbers, r14 (lr) at 14; 13 and 15.. stay 0
	uint64_t sp = 0;
	uint64_t pc = 0;     // the next instruction; without the Thumb bit, which stands in flags
	uint64_t flags = 0;  // arm64: PSTATE as in the frame (NZCV). arm: CPSR with ITSTATE
	uint64_t tls = 0;    // TPIDR_EL0 / TPIDRURO
	uint64_t fpsr = 0;   // arm64: FPSR. arm: FPSCR
	uint64_t fpcr = 0;   // arm64: FPCR. arm: 0
	uint64_t counter = 0;  // what a read of the virtual counter gives (CNTVCT_EL0, CNTVCT): time stands still between two ticks
	std::array<uint64_t, 64> vec{};  // arm64: V<n> is [2n] (low half), [2n+1]. arm: d<n> is [n], the rest 0

	bool operator==(const Cpu&) const = default;
};

}  // namespace siglab
