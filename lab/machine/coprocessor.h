// Coprocessor accesses of A32 (ARM and Thumb): which ones a user program has, and what stands in for the others where an
// emulator is shown code.
//
// Source  ARMv7-A's manual: the encodings of MRC, MCR, MRRC, MCRR, LDC, STC and CDP. Coprocessors 10 and 11 are the FPU, and not meant here.
#pragma once

#include <cstdint>

#include "machine/bus.h"

namespace siglab {

// The comment field of the svc. A real svc may have it too: what stands in memory decides.
inline constexpr uint32_t kStandIn = 0xc0;

// `word` as ARM has it; Thumb's two halfwords in the order of execution have the same bits, but for the condition.
constexpr bool no_coprocessor_has(uint32_t word) {
	const uint32_t kind = word >> 24 & 0xf, number = word >> 8 & 0xf;
	if (kind < 0xc || kind > 0xe || number == 10 || number == 11) return false;
	if (word >> 28 == 0xf) return true;
	const bool thread_pointer = (word & 0x0fff0fff) == 0x0e1d0f70;  // mrc p15, 0, rN, c13, c0, 3
	const bool counter = (word & 0x0ff00fff) == 0x0c500f1e;  // mrrc p15, 1, rN, rM, c14
	const uint32_t barrier = word & 0x0fff0fff;  // mcr p15, 0, rN, c7, ...
	return !thread_pointer && !counter && barrier != 0x0e070f95 && barrier != 0x0e070f9a && barrier != 0x0e070fba;
}

// Under the same condition.
constexpr uint32_t stand_in_of(uint32_t arm_word) {
	const uint32_t condition = arm_word >> 28 == 0xf ? 0xe : arm_word >> 28;
	return condition << 28 | 0x0f000000 | kStandIn;
}
// Thumb has an undefined instruction of two halfwords that asks for the condition of its IT block.
inline constexpr uint32_t kThumbUndefined = 0xf7f0a000;

// 0 where there is no code.
template <class T>
T code_at(const Bus& bus, uint64_t at) {
	T value = 0;
	if (const std::byte* from = bus.host(at, Perm::exec)) std::memcpy(&value, from, sizeof value);
	return value;
}

constexpr bool is_wide(uint16_t half) { return half >= 0xe800; }
// 0 if it is one halfword.
inline uint32_t thumb_instruction(const Bus& bus, uint64_t pc) {
	const auto first = code_at<uint16_t>(bus, pc);
	return is_wide(first) ? uint32_t{first} << 16 | code_at<uint16_t>(bus, pc + 2) : 0;
}

// The two halfwords at `at` as an emulator is shown them. It translates a block from `start` on, so that is where instructions begin.
inline uint32_t shown_thumb(const Bus& bus, uint64_t start, uint64_t at, uint32_t halves) {
	for (uint64_t pc = start; pc < at + 4;) {
		const uint32_t wide = thumb_instruction(bus, pc);
		const auto show = [&](uint64_t where, uint32_t half) {
			if (where == at) halves = (halves & 0xffff0000) | half;
			if (where == at + 2) halves = (halves & 0xffff) | half << 16;
		};
		if (no_coprocessor_has(wide)) {
			show(pc, kThumbUndefined >> 16);
			show(pc + 2, kThumbUndefined & 0xffff);
		}
		pc += wide != 0 ? 4 : 2;
	}
	return halves;
}

}  // namespace siglab
