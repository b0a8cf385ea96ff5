#include <elf.h>

#include <array>
#include <cstring>

#include "guest_asm/layout.h"
#include "isa/isa.h"

namespace siglab {
namespace {

using std::string_view;
using enum FrameField;

constexpr std::array<string_view, 15> kNames = {"r0", "r1", "r2",  "r3",  "r4",  "r5", "r6", "r7",
                                                "r8", "r9", "r10", "r11", "r12", "",   "lr"};

// AAPCS32, 6.1.1 and 6.1.2: r4..r8, r10, r11 (r9 is the platform's; Linux keeps it too), and d8..d15.
constexpr std::array<uint8_t, 8> kCalleeSaved = {4, 5, 6, 7, 8, 9, 10, 11};
constexpr std::array<uint8_t, 8> kCalleeSavedVec = {8, 9, 10, 11, 12, 13, 14, 15};

// struct rt_sigframe: siginfo, then struct sigframe {ucontext with uc_regspace, retcode[4]}.
constexpr uint16_t kFrameSize = 888;
constexpr FrameRow kRows[] = {
	{signo, "si_signo", 0, 4},
	{error, "si_errno", 4, 4},
	{code, "si_code", 8, 4},
	{pid, "si_pid", 12, 4},
	{uid, "si_uid", 16, 4},
	{uc_flags, "uc_flags", 128, 4},
	{uc_link, "uc_link", 132, 4},
	{stack_sp, "uc_stack.ss_sp", 136, 4},
	{stack_flags, "uc_stack.ss_flags", 140, 4},
	{stack_size, "uc_stack.ss_size", 144, 4},
	{trap_no, "trap_no", 148, 4},
	{error_code, "error_code", 152, 4},
	{oldmask, "oldmask", 156, 4},
	{gpr, "arm_r0..arm_ip", 160, 4, 0, 13},
	{sp, "arm_sp", 212, 4},
	{gpr, "arm_lr", 216, 4, 14, 1},
	{pc, "arm_pc", 220, 4},
	{flags, "arm_cpsr", 224, 4},
	{fault_address, "fault_address", 228, 4},
	{mask, "uc_sigmask", 232, 8},
	{constant, "vfp.magic", 360, 4, 0, 1, 0x56465001},
	{constant, "vfp.size", 364, 4, 0, 1, 288},
	{vec, "vfp.ufp.fpregs", 368, 8, 0, 32},
	{fpsr, "vfp.ufp.fpscr", 624, 4},
	{constant, "vfp.ufp_exc.fpexc", 632, 4, 0, 1, 0x40000000, false},
	{constant, "end.magic", 648, 4, 0, 1, 0, false},
	{retcode, "retcode", 872, 4, 0, 2},
};

constexpr uint64_t kThumb = 1u << 5;
constexpr uint64_t kBigEndian = 1u << 9;
constexpr uint64_t kIfThen = 0x0600fc00;
constexpr uint64_t kFlagByte = 0xff000000;  // PSR_f: N Z C V Q, J and two bits of the IT state
constexpr uint64_t kModeMask = 0x1f;
constexpr uint64_t kUserMode = 0x10;
constexpr uint64_t kIrqOff = 0x80;
constexpr uint64_t kVectorLength = 7u << 16, kVectorStride = 3u << 20;  // of FPSCR

// setup_return(): the handler starts with its condition flags clear, outside any IT block, little-endian, in the instruction set that
// bit 0 of its address names. vfp_preserve_user_clear_hwstate(): and with scalar floating point, as AAPCS32 has it at a call.
void enter(Cpu& cpu, uint64_t handler) {
	cpu.flags &= ~(kFlagByte | kBigEndian | kIfThen | kThumb);
	if (handler & 1) cpu.flags |= kThumb;
	cpu.fpsr &= ~(kVectorLength | kVectorStride);
	cpu.pc = handler & ~uint64_t{1};
}

uint64_t return_address(uint64_t handler, uint64_t) { return handler & 1 ? SIGPAGE + SIGPAGE_THUMB + 1 : SIGPAGE; }
uint8_t svc_size(const Cpu& cpu) { return cpu.flags & kThumb ? 2 : 4; }

// valid_user_regs(): user mode and interrupts on. It clears the F and A bits and goes on; they are outside flags_mask.
bool valid_user_flags(uint64_t value) { return (value & (kModeMask | kIrqOff)) == kUserMode; }

uint64_t start_address(const Cpu& cpu) { return cpu.pc | (cpu.flags & kThumb ? 1 : 0); }

// mrrc p15, 1, rL, rH, c14, under any condition: the bits of both encodings are the same, with Thumb's halfwords the other way round.
constexpr uint32_t kMrrcCntvct = 0x0c500f1e, kMrrcMask = 0x0ff00fff;
std::optional<CounterRead> counter_read(uint32_t word, const Cpu& cpu) {
	if (cpu.flags & kThumb) word = word << 16 | word >> 16;
	if ((word & kMrrcMask) != kMrrcCntvct || word >> 28 == 0xf) return std::nullopt;
	return CounterRead{static_cast<uint8_t>(word >> 12 & 0xf), static_cast<uint8_t>(word >> 16 & 0xf)};
}

// Under any condition; 0xf is none.
bool yields(uint32_t word, const Cpu& cpu) {
	if (cpu.flags & kThumb) return word >> 16 == 0xbf10 || word >> 16 == 0xbf30;
	const uint32_t hint = word & 0x0fff'ffff;
	return word >> 28 != 0xf && (hint == 0x0320'f001 || hint == 0x0320'f003);
}

template <class T>
T load(std::span<const std::byte> code, size_t at) {
	T value{};
	if (at + sizeof value <= code.size()) std::memcpy(&value, &code[at], sizeof value);
	return value;
}

// IT{x{y{z}}} cond: 0xbf00 with a mask; without one it is a hint.
bool is_it(uint16_t half) { return (half & 0xff00) == 0xbf00 && (half & 0xf) != 0; }

bool may_hold_it_block(std::span<const std::byte> code) {
	for (size_t i = 0; i + 2 <= code.size(); i += 2) {
		if (is_it(load<uint16_t>(code, i))) return true;
	}
	return false;
}

// LDREX, LDREXB, LDREXH, LDREXD, as ARM and as Thumb (T1 of LDREX, and the others' common form).
bool may_load_exclusively(std::span<const std::byte> code) {
	for (size_t i = 0; i + 4 <= code.size(); i += 2) {
		if (i % 4 == 0 && (load<uint32_t>(code, i) & 0x0f900fff) == 0x01900f9f) return true;
		const auto first = load<uint16_t>(code, i), second = load<uint16_t>(code, i + 2);
		if ((first & 0xfff0) == 0xe850 && (second & 0x0f00) == 0x0f00) return true;
		if ((first & 0xfff0) == 0xe8d0 && ((second & 0xf0) == 0x40 || (second & 0xf0) == 0x50 || (second & 0xf0) == 0x70)) return true;
	}
	return false;
}

// Whatever a coprocessor does (VFP and SIMD are two of them), and SIMD's own encodings. What has no condition is doubted.
// Arm ARM, "Floating-point and Advanced SIMD encodings".
bool may_change_fp(uint32_t word, const Cpu& cpu) {
	const uint32_t thumb = word >> 8 & 0xff;  // the first halfword's upper byte
	if (cpu.flags & kThumb) return (thumb & 0xec) == 0xec || thumb == 0xf9;
	return (word >> 26 & 3) == 3 || word >> 28 == 0xf;
}

// ITSTATE<7:2> stands in CPSR<15:10>, ITSTATE<1:0> in CPSR<26:25>.
uint64_t it_flags(uint64_t state) { return (state & 0xfc) << 8 | (state & 3) << 25; }

// ITAdvance(): the condition's last bit and the mask move up; with nothing left of the mask the block is over.
uint64_t it_after(uint64_t flags, std::span<const std::byte> at) {
	if ((flags & kThumb) == 0) return 0;
	const auto half = load<uint16_t>(at, 0);
	if (is_it(half)) return it_flags(half & 0xff);
	const uint64_t state = (flags >> 8 & 0xfc) | (flags >> 25 & 3);
	return (state & 7) == 0 ? 0 : it_flags((state & 0xe0) | (state << 1 & 0x1f));
}

}  // namespace

const Isa kArm = {
	.id = IsaId::arm,
	.name = "arm",
	.tool_prefix = "arm-linux-gnueabihf-",
	.assembler_options = "-march=armv7-a -mfpu=neon",
	.elf_machine = EM_ARM,
	.elf_class = ELFCLASS32,
	.word = 4,
	.gpr_names = kNames,
	.g = 10,
	.lr = 14,
	.syscall_register = 7,
	.argument_registers = 4,
	.callee_saved = kCalleeSaved,
	.callee_saved_vec = kCalleeSavedVec,
	.vec_words = 32,
	.call_alignment = 8,
	.timespec_word = 4,
	.user_flags = kUserMode,
	.flags_mask = 0xf80f0000 | kIfThen | kThumb | kBigEndian | kModeMask,
	.it_bits = kIfThen,
	.sys = {.rt_sigreturn = 173, .rt_sigaction = 174, .rt_sigprocmask = 175, .sigaltstack = 186, .tgkill = 268, .kill = 37,
	        .getpid = 20, .gettid = 224, .clock_gettime = 263, .nanosleep = 162, .write = 4, .exit = 1, .exit_group = 248,
	        .gettimeofday = 78, .clock_getres = 264, .getrandom = 384, .clock_gettime64 = 403, .clock_getres_time64 = 406},
	.clock_gettime = {"__vdso_clock_gettime", "LINUX_2.6"},
	.vdso_restorer = std::nullopt,
	.min_sigstack = 2048,
	.frame_rows = kRows,
	.frame_size = kFrameSize,
	.frame_record_size = 0,
	.frame_alignment = 8,
	.has_sigpage = true,
	.enter = enter,
	.return_address = return_address,
	.svc_size = svc_size,
	.valid_user_flags = valid_user_flags,
	.may_hold_it_block = may_hold_it_block,
	.may_load_exclusively = may_load_exclusively,
	.may_change_fp = may_change_fp,
	.it_after = it_after,
	.start_address = start_address,
	.counter_read = counter_read,
	.yields = yields,
};

}  // namespace siglab
