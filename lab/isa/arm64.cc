#include <elf.h>

#include <array>
#include <cstring>

#include "isa/isa.h"

namespace siglab {
namespace {

using std::string_view;
using enum FrameField;

constexpr std::array<string_view, 31> kNames = {"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10",
                                                "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
                                                "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30"};

// AAPCS64, 6.1.1 and 6.1.2: x19..x29, and the low halves of v8..v15.
constexpr std::array<uint8_t, 11> kCalleeSaved = {19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29};
constexpr std::array<uint8_t, 8> kCalleeSavedVec = {16, 18, 20, 22, 24, 26, 28, 30};

// struct rt_sigframe: siginfo, ucontext, mcontext with its __reserved records; the frame record {fp, lr} is allocated above it.
constexpr uint16_t kFrameSize = 4688;
constexpr FrameRow kRows[] = {
	{signo, "si_signo", 0, 4},
	{error, "si_errno", 4, 4},
	{code, "si_code", 8, 4},
	{pid, "si_pid", 16, 4},
	{uid, "si_uid", 20, 4},
	{uc_flags, "uc_flags", 128, 8},
	{uc_link, "uc_link", 136, 8},
	{stack_sp, "uc_stack.ss_sp", 144, 8},
	{stack_flags, "uc_stack.ss_flags", 152, 4},
	{stack_size, "uc_stack.ss_size", 160, 8},
	{mask, "uc_sigmask", 168, 8},
	{fault_address, "fault_address", 304, 8},
	{gpr, "regs", 312, 8, 0, 31},
	{sp, "sp", 560, 8},
	{pc, "pc", 568, 8},
	{flags, "pstate", 576, 8},
	{constant, "fpsimd.head.magic", 592, 4, 0, 1, 0x46508001},
	{constant, "fpsimd.head.size", 596, 4, 0, 1, 0x210},
	{fpsr, "fpsimd.fpsr", 600, 4},
	{fpcr, "fpsimd.fpcr", 604, 4},
	{vec, "fpsimd.vregs", 608, 8, 0, 64},
	{constant, "end.magic", 1120, 4, 0, 1, 0},
	{constant, "end.size", 1124, 4, 0, 1, 0},
	{record_fp, "frame_record.fp", kFrameSize, 8},
	{record_lr, "frame_record.lr", kFrameSize + 8, 8},
};

void enter(Cpu& cpu, uint64_t handler) {
	cpu.pc = handler;
	// setup_return() leaves NZCV alone; BTYPE and TCO, which it clears, are not modelled.
}

uint64_t return_address(uint64_t, uint64_t vdso_restorer) { return vdso_restorer; }
uint8_t svc_size(const Cpu&) { return 4; }

// valid_user_regs(): AArch64, EL0t, and no exception masked.
constexpr uint64_t kModeMask = 0x1f;
constexpr uint64_t kDaif = 0x3c0;
bool valid_user_flags(uint64_t value) { return (value & (kModeMask | kDaif)) == 0; }

uint64_t start_address(const Cpu& cpu) { return cpu.pc; }

// mrs xN, cntvct_el0. (A kernel with FEAT_ECV patches its vDSO to read cntvctss_el0; an image as it lies in the kernel has this.)
constexpr uint32_t kMrsCntvct = 0xd53be040;
std::optional<CounterRead> counter_read(uint32_t word, const Cpu&) {
	if ((word & ~0x1fu) != kMrsCntvct) return std::nullopt;
	return CounterRead{static_cast<uint8_t>(word & 0x1f), std::nullopt};
}

bool yields(uint32_t word, const Cpu&) { return word == 0xd503'203f || word == 0xd503'207f; }

// LDXR, LDAXR, LDXP, LDAXP of any size: Arm ARM, "Load/store exclusive", o2 = 0 and L = 1.
bool may_load_exclusively(std::span<const std::byte> code) {
	for (size_t i = 0; i + 4 <= code.size(); i += 4) {
		uint32_t word = 0;
		std::memcpy(&word, &code[i], sizeof word);
		if ((word & 0x3fc00000) == 0x08400000) return true;
	}
	return false;
}

// Floating-point and SIMD data processing (op0 is x111), their loads and stores (x110), MSR; and what nobody here has, SVE among it (00xx).
// Arm ARM, "A64 instruction set encoding".
bool may_change_fp(uint32_t word, const Cpu&) {
	const uint32_t op0 = word >> 25 & 0xf;
	return (op0 & 6) == 6 || op0 < 4 || (word & 0xfff00000) == 0xd5100000;
}

}  // namespace

const Isa kArm64 = {
	.id = IsaId::arm64,
	.name = "arm64",
	.tool_prefix = "aarch64-linux-gnu-",
	.assembler_options = "-march=armv8-a",
	.elf_machine = EM_AARCH64,
	.elf_class = ELFCLASS64,
	.word = 8,
	.gpr_names = kNames,
	.g = 28,
	.lr = 30,
	.syscall_register = 8,
	.argument_registers = 8,
	.callee_saved = kCalleeSaved,
	.callee_saved_vec = kCalleeSavedVec,
	.vec_words = 64,
	.call_alignment = 16,
	.timespec_word = 8,
	.user_flags = 0,
	.flags_mask = 0xf0000000,
	.it_bits = 0,
	.sys = {.rt_sigreturn = 139, .rt_sigaction = 134, .rt_sigprocmask = 135, .sigaltstack = 132, .tgkill = 131, .kill = 129,
	        .getpid = 172, .gettid = 178, .clock_gettime = 113, .nanosleep = 101, .write = 64, .exit = 93, .exit_group = 94,
	        .gettimeofday = 169, .clock_getres = 114, .getrandom = 278},
	.clock_gettime = {"__kernel_clock_gettime", "LINUX_2.6.39"},
	.vdso_restorer = "__kernel_rt_sigreturn",
	.min_sigstack = 5120,
	.frame_rows = kRows,
	.frame_size = kFrameSize,
	.frame_record_size = 16,
	.frame_alignment = 16,
	.has_sigpage = false,
	.enter = enter,
	.return_address = return_address,
	.svc_size = svc_size,
	.valid_user_flags = valid_user_flags,
	.may_hold_it_block = [](std::span<const std::byte>) { return false; },
	.may_load_exclusively = may_load_exclusively,
	.may_change_fp = may_change_fp,
	.it_after = [](uint64_t, std::span<const std::byte>) -> uint64_t { return 0; },
	.start_address = start_address,
	.counter_read = counter_read,
	.yields = yields,
};

}  // namespace siglab
