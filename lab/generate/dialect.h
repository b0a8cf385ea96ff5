// Dialect: how one ISA says what the lowering wants done, as lines of GNU assembly. A value with functions; arm64.cc and arm.cc fill it in.
//
// Models    the instructions that differ. What both say alike ("mov d, s", "ldr d, [sp, #n]", "eor d, n, m", "bl", "svc #0") is written in
//           the lowering. Internal to the room.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "generate/program.h"
#include "isa/isa.h"

namespace siglab::gen {

using Lines = std::vector<std::string>;
using Reg = uint8_t;

// One instruction of a prologue or epilogue.
struct FrameStep {
	std::string text;
	bool loads_g = false;   // behind it the g register holds the caller's value again
	bool returns = false;
};

// A frame, laid out. Offsets are from SP as it stands behind the prologue.
struct FramePlan {
	std::vector<FrameStep> enter, leave;
	std::vector<Reg> free;                // callee-saved registers that are saved, but for g, fp, lr
	std::vector<Reg> free_vec;            // the same of d8 ..
	std::optional<uint32_t> g_at;         // where the g register is saved
	uint32_t locals = 0, locals_at = 0;   // bytes, and where they begin
};

// What a function needs of its frame beside what the program wants.
struct FrameNeeds {
	bool calls = false;       // the return address is lost
	bool syscalls = false;    // so is the register of the call's number, where it is callee-saved
	uint32_t locals = 0;      // bytes
};

struct Dialect {
	const Isa* isa;
	std::string_view conditional;         // "b.": before a condition
	std::string_view barrier;
	std::span<const Reg> scratch;         // caller-saved general registers
	std::span<const Reg> scratch_vec;     // caller-saved d registers
	uint8_t frame_shapes;
	uint8_t spare_registers;              // a frame must save so many at least for the clock to be read
	uint32_t nop;                         // what a pad is filled with ...
	uint32_t compact_nop;                 // ... in the compact instruction set: two of them
	bool has_compact;
	std::span<const std::string_view> compute;      // "add {0}, {1}, {2}": {0} is written
	std::span<const std::string_view> simd;         // "veor d{0}, d{1}, d{2}"
	std::span<const std::string_view> directives;   // of the plain set, and then of the compact one

	Lines (*constant)(const Isa& isa, Reg to, uint32_t value);
	// The name of its low 32 bits.
	std::string (*narrow)(const Isa& isa, Reg reg);
	// The 32-bit word at [base, #offset].
	std::string (*load_word)(const Isa& isa, Reg to, Reg base, std::string_view offset);
	Lines (*vvar_address)(const Isa& isa, Reg to, std::string_view vvar, std::string_view label, bool compact);
	// What stands in front of instructions that happen ("eq") or not ("ne"): nothing, or an IT instruction.
	Lines (*under_conditions)(std::span<const bool> happens);
	std::string (*move_if)(const Isa& isa, std::string_view condition, Reg to, Reg from);
	std::string (*base_address)(const Isa& isa, Reg to, Reg vvar, Reg clock);
	Lines (*read_base)(const Isa& isa, Reg seconds, Reg nanoseconds, Reg base);
	Lines (*store_time)(const Isa& isa, Reg seconds, Reg nanoseconds, Reg timespec);
	std::string (*to_vector)(const Isa& isa, uint8_t d, Reg from);
	std::string (*from_vector)(const Isa& isa, Reg to, uint8_t d);
	std::string_view call_number;         // puts clock_gettime's number where the kernel looks for it
	std::span<const std::string_view> restorer;     // rt_sigreturn, where the vDSO has it
	// A way out without a frame that asks the kernel: arguments are as they came.
	Lines (*ask_and_return)(const Isa& isa, bool compact);
	FramePlan (*frame)(const Isa& isa, const Frame& frame, const FrameNeeds& needs, bool compact);
};

const Dialect& dialect_of(const Isa& isa);
extern const Dialect kArm64Dialect;
extern const Dialect kArmDialect;

// The first `count` of `registers`, in the order that `order` says, without `not_this`.
std::vector<Reg> chosen(std::span<const Reg> registers, size_t count, uint32_t order, std::span<const Reg> not_these);

std::string_view reg_name(const Isa& isa, Reg reg);

}  // namespace siglab::gen
