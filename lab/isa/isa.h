// Isa: everything that differs between arm64 and arm, as one constexpr value. Shared rooms ask it; they never ask which one it is.
//
// Models    linux/arm64 (AArch64 EL0) and linux/arm (ARMv7-A USR mode, ARM and Thumb), as Go and the kernel use them.
// Does not  model big-endian modes, the 32-bit compat personality of an arm64 kernel, OABI system calls.
// Follows   AAPCS64, AAPCS32; Linux 6.1 arch/arm64/kernel/signal.c, arch/arm/kernel/signal.c and the uapi headers they include.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/types.h"
#include "isa/cpu.h"

namespace siglab {

enum class IsaId : uint8_t { arm64, arm };
inline constexpr size_t kIsaCount = 2;

// What a row of the signal frame holds.
enum class FrameField : uint8_t {
	signo, error, code, pid, uid,              // siginfo
	uc_flags, uc_link,                         // ucontext
	stack_sp, stack_flags, stack_size, mask,   //   uc_stack, uc_sigmask
	trap_no, error_code, oldmask, fault_address,
	gpr, sp, pc, flags,                        //   uc_mcontext
	constant,                                  //   a magic or a size: `first` .. see FrameRow::value
	fpsr, fpcr, vec,                           //   FP/SIMD
	record_fp, record_lr,                      // arm64: the frame record behind the frame
	retcode,                                   // arm: the words of the trampoline that the handler returns to
	count_,
};

// `count` values of `width` bytes each, from `offset` in the frame on. For gpr and vec they start at register `first`.
struct FrameRow {
	FrameField field;
	std::string_view name;  // the kernel's field name
	uint16_t offset;
	uint8_t width;
	uint8_t first = 0;
	uint8_t count = 1;
	uint32_t value = 0;     // for `constant`
	bool checked = true;    // for `constant`: sigreturn refuses a frame without it
};

// An instruction that reads the virtual counter: into which registers. 31 is nowhere.
struct CounterRead {
	uint8_t low = 0;
	std::optional<uint8_t> high;  // arm: two registers hold it
};

struct SyscallNumbers {
	uint32_t rt_sigreturn, rt_sigaction, rt_sigprocmask, sigaltstack, tgkill, kill, getpid, gettid;
	uint32_t clock_gettime, nanosleep, write, exit, exit_group;
	uint32_t gettimeofday, clock_getres, getrandom;
	uint32_t clock_gettime64 = 0, clock_getres_time64 = 0;  // arm: with a 64-bit time; 0: the plain ones have it
};

// The dynamic symbol through which Go finds the vDSO's clock_gettime.
struct VdsoSymbol {
	std::string_view name;
	std::string_view version;
};

struct Isa {
	IsaId id;
	std::string_view name;
	std::string_view tool_prefix;            // of the cross binutils
	std::string_view assembler_options;
	uint16_t elf_machine;
	uint8_t elf_class;                       // ELFCLASS32 / 64
	uint8_t word;                            // bytes in a pointer

	std::span<const std::string_view> gpr_names;  // by number; empty where there is none
	uint8_t g;                               // Go's g register
	uint8_t lr;
	uint8_t syscall_register;
	uint8_t argument_registers;              // r0 / x0 and on; what else a call is given lies on the stack
	std::span<const uint8_t> callee_saved;      // general registers, g among them
	std::span<const uint8_t> callee_saved_vec;  // 64-bit words of Cpu::vec
	uint8_t vec_words;                       // how much of Cpu::vec there is
	uint8_t call_alignment;                  // of SP at a public call
	uint8_t timespec_word;                   // bytes of tv_sec and of tv_nsec

	uint64_t user_flags;                     // PSTATE / CPSR of a fresh user-mode program
	uint64_t flags_mask;                     // the bits of it that user code can see or change
	uint64_t it_bits;                        // arm: those that say where in an IT block the CPU is; 0 outside of one. arm64: none
	SyscallNumbers sys;
	VdsoSymbol clock_gettime;
	std::optional<std::string_view> vdso_restorer;  // arm64: the vDSO symbol that a handler returns to
	uint32_t min_sigstack;                   // MINSIGSTKSZ

	std::span<const FrameRow> frame_rows;
	uint16_t frame_size;
	uint16_t frame_record_size;              // allocated above the frame
	uint8_t frame_alignment;
	bool has_sigpage;                        // arm: the kernel's own trampolines in a page of their own; else the vDSO has them

	// The handler's entry state but for the argument registers: PC, instruction set, flags, FP control.
	void (*enter)(Cpu& cpu, uint64_t handler);
	// Where a handler without SA_RESTORER returns to. `vdso_restorer` is 0 where the image has none.
	uint64_t (*return_address)(uint64_t handler, uint64_t vdso_restorer);
	// The bytes that a system call instruction took, so that a restart can step back over it.
	uint8_t (*svc_size)(const Cpu& cpu);
	// What sigreturn demands of the flags in the frame: a valid user mode.
	bool (*valid_user_flags)(uint64_t flags);
	// Whether code may hold an IT block, or an exclusive load. Every place where an instruction may begin is looked at, so data may be taken
	// for one.
	bool (*may_hold_it_block)(std::span<const std::byte> code);
	bool (*may_load_exclusively)(std::span<const std::byte> code);
	// Whether the four bytes at cpu.pc are an instruction, or begin with one, that may change a vector register, FPSR, FPCR or the thread pointer.
	// Where in doubt it may.
	bool (*may_change_fp)(uint32_t word, const Cpu& cpu);
	// What of the flags an instruction leaves behind that stood at `at`, as far as IT blocks go.
	uint64_t (*it_after)(uint64_t flags, std::span<const std::byte> at);
	// The address that starts execution at cpu.pc: with the Thumb bit where it is set.
	uint64_t (*start_address)(const Cpu& cpu);
	// Whether the four bytes at cpu.pc are a read of the virtual counter.
	std::optional<CounterRead> (*counter_read)(uint32_t word, const Cpu& cpu);
	// Whether the instruction that ends with these bytes, right in front of cpu.pc, is a yield or a wfi.
	bool (*yields)(uint32_t word, const Cpu& cpu);
};

extern const Isa kArm64;
extern const Isa kArm;

std::span<const Isa* const> all_isas();
const Isa* find_isa(std::string_view name);

// The offset of the frame's first row of that field (for gpr: of that register). The row exists.
uint16_t frame_offset(const Isa& isa, FrameField field, uint8_t reg = 0);

// "x28", "r10", "sp", ...
std::string_view gpr_name(const Isa& isa, uint8_t number);

}  // namespace siglab
