// A small process for the tests of the kernel model: its memory, its configuration, and a thread whose every register says which it is.
#pragma once

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "guest_asm/layout.h"
#include "kernel_model/deliver.h"
#include "kernel_model/faults.h"
#include "kernel_model/frame.h"
#include "kernel_model/syscall.h"

namespace siglab::test {

inline constexpr uint64_t kHandler = GUEST_TEXT + 0x100, kOtherHandler = GUEST_TEXT + 0x200, kInterrupted = GUEST_TEXT + 0x40;
inline constexpr uint64_t kRestorer = GUEST_TEXT + 0x300, kVdsoRestorer = VDSO + 0x80;
inline constexpr uint64_t kUserSp = CURG_STACK + CURG_STACK_SIZE - 0x100;
inline constexpr AltStack kArmed = {.sp = GSIGNAL_STACK, .size = GSIGNAL_STACK_SIZE, .flags = 0};
inline constexpr uint32_t kArmMov7 = 0xe3a070ad, kArmSvc = 0xef9000ad, kThumbMov7Svc = 0xdf0027ad;  // the sigpage's instructions

// A value that betrays the wrong register, a truncation and swapped halves.
constexpr uint64_t pattern(uint64_t number, uint8_t bytes = 8) {
	const uint64_t value = (0xa500'0000'5a00'0000 | number << 32 | number) ^ 0x0011'2200'0044'5500;
	return bytes == 8 ? value : value & 0xffffffff;
}

inline Cpu patterned_cpu(const Isa& isa) {
	Cpu cpu;
	for (uint8_t i = 0; i < isa.gpr_names.size(); ++i) {
		if (!isa.gpr_names[i].empty()) cpu.gpr[i] = pattern(i, isa.word);
	}
	for (uint8_t i = 0; i < isa.vec_words; ++i) cpu.vec[i] = pattern(0x80u + i);
	cpu.sp = kUserSp;
	cpu.pc = kInterrupted;
	cpu.flags = isa.user_flags | 0xa0000000;  // N and C
	cpu.tls = TLS_BLOCK;
	cpu.fpsr = 0x08000011;
	cpu.fpcr = isa.word == 8 ? 0x03000000 : 0;
	return cpu;
}

// The fault that the whole program is run with, by its name in the environment: tests/mutants/run does, and some test must fail then.
inline kernel::Faults fault_in_environment() {
	kernel::Faults faults;
	const char* wanted = std::getenv("SIGLAB_KERNEL_FAULT");
	for (const kernel::Spoil& fault : kernel::all_faults()) {
		if (wanted != nullptr && fault.name == wanted) faults.set(static_cast<size_t>(fault.fault));
	}
	return faults;
}

class Stage {
   public:
	explicit Stage(const Isa& isa_) : isa(isa_), memory(regions()) {
		config = {.isa = &isa, .vdso_restorer = kVdsoRestorer, .vvar = {VDSO - VVAR_SIZE}, .has_vvar = true, .faults = fault_in_environment()};
		thread.cpu = patterned_cpu(isa);
		thread.signals.altstack = kArmed;
		put(SIGPAGE, kArmMov7, 4);
		put(SIGPAGE + 4, kArmSvc, 4);
		put(SIGPAGE + SIGPAGE_THUMB, kThumbMov7Svc, 4);
	}
	Stage(const Stage&) = delete;
	Stage& operator=(const Stage&) = delete;

	void handle(Signal signal, Action action) { thread.signals.actions.set(static_cast<size_t>(signal), action); }
	[[nodiscard]] kernel::Resumed deliver(Signal signal) { return kernel::return_to_user(config, kernel::send(thread, signal), memory); }

	// Memory as the test wants it, whatever its permissions.
	void put(uint64_t at, uint64_t value, uint8_t width) { placed_ = placed_ && memory.place_word({at}, value, width); }
	[[nodiscard]] uint64_t get(uint64_t at, uint8_t width) const { return memory.load_word({at}, width).value_or(0xdeadbeef); }
	[[nodiscard]] uint64_t get_word(uint64_t at) const { return get(at, isa.word); }
	[[nodiscard]] bool placed() const { return placed_; }

	struct SeenFrame : kernel::Frame {
		Cpu cpu;
	};
	// All zeros where there is none.
	[[nodiscard]] SeenFrame frame_at(uint64_t sp) const {
		SeenFrame seen;
		if (kernel::check_frame(isa, {sp}, memory)) kernel::read_frame(isa, {sp}, memory, seen.cpu, seen);
		return seen;
	}

	// The call as user code makes it: arguments, number, PC behind the svc.
	[[nodiscard]] kernel::CallResult call(uint64_t number, std::array<uint64_t, 4> arguments) {
		Thread caller = thread;
		for (size_t i = 0; i < arguments.size(); ++i) caller.cpu.gpr[i] = arguments[i];
		caller.cpu.gpr[isa.syscall_register] = number;
		return kernel::syscall(config, caller, memory);
	}
	// rt_sigreturn from a handler that stands at `in_handler`.
	[[nodiscard]] kernel::CallResult return_from(const Thread& in_handler) {
		Thread caller = in_handler;
		caller.cpu.gpr[isa.syscall_register] = isa.sys.rt_sigreturn;
		return kernel::syscall(config, caller, memory);
	}

	// A system call's result as x0 / r0 has it.
	[[nodiscard]] uint64_t error(int number) const {
		const auto value = static_cast<uint64_t>(-int64_t{number});
		return isa.word == 4 ? value & 0xffffffff : value;
	}

	const Isa& isa;

   private:
	std::vector<Region> regions() {
		struct Plan {
			const char* name;
			uint64_t begin, size;
			Perm perm;
		};
		constexpr Perm kReadWrite = Perm::read | Perm::write, kReadExec = Perm::read | Perm::exec;
		const Plan plans[] = {
			{"text", GUEST_TEXT, GUEST_TEXT_SIZE, kReadExec},
			{"data", GUEST_DATA, GUEST_DATA_SIZE, kReadWrite},
			{"stack", CURG_STACK, CURG_STACK_SIZE, kReadWrite},
			{"gsignal", GSIGNAL_STACK, GSIGNAL_STACK_SIZE, kReadWrite},
			{"foreign", FOREIGN_STACK, FOREIGN_STACK_SIZE, kReadWrite},
			{"vvar", VDSO - VVAR_SIZE, VVAR_SIZE, Perm::read | Perm::kernel_writes},
			{"sigpage", SIGPAGE, SIGPAGE_SIZE, kReadExec},
		};
		std::vector<Region> made;
		blocks_.reserve(std::size(plans));
		for (const Plan& plan : plans) {
			std::vector<std::byte>& block = blocks_.emplace_back(plan.size, std::byte{0xcc});
			made.push_back({plan.name, {{plan.begin}, {plan.begin + plan.size}}, plan.perm, block.data()});
		}
		return made;
	}

	std::vector<std::vector<std::byte>> blocks_;
	bool placed_ = true;

   public:
	Memory memory;
	kernel::Config config;
	Thread thread;
};

}  // namespace siglab::test
