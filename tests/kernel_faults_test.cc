// The deliberate faults of the kernel model: each has a name of its own, and makes the kernel do something else. That a property or a test
// notices it is asked by tests/mutants/run.
#include <set>

#include "kernel_fixture.h"
#include "state/hash.h"

namespace siglab::test {
namespace {

class KernelFaults : public KernelTest {};
SIGLAB_ON_BOTH_ISAS(KernelFaults);

constexpr uint64_t kSetAt = GUEST_DATA, kAnswerAt = GUEST_DATA + 0x100;

// What a scene leaves behind.
struct Left {
	Thread thread;
	Hash128 memory;
	bool operator==(const Left&) const = default;
};

Left left(const Stage& stage, const Thread& thread) {
	std::vector<std::byte> bytes;
	for (const Region& region : stage.memory.regions()) {
		const std::span<const std::byte> all = stage.memory.view(region.range.begin, region.range.size());
		bytes.insert(bytes.end(), all.begin(), all.end());
	}
	return {thread, hash_bytes(bytes)};
}

// ---- the scenes: each begins on a stage of its own ----

Left two_signals_interrupt_a_call(Stage& stage) {
	const Thread sent = kernel::send(kernel::send(stage.thread, Signal::prof), Signal::urg);
	return left(stage, kernel::return_to_user(stage.config, sent, stage.memory, {{.restart = Restart::sys, .first_argument = 77}}).thread);
}

Left a_call_fails(Stage& stage) {
	stage.thread.signals.altstack.flags = kSsAutodisarm;
	stage.handle(Signal::prof, {.handler = kHandler, .flags = kSaSiginfo | kSaOnstack | kSaNodefer | kSaResethand});
	const Thread sent = kernel::send(stage.thread, Signal::prof);
	return left(stage, kernel::return_to_user(stage.config, sent, stage.memory, {{.restart = Restart::sys, .first_argument = 77}}).thread);
}

Left a_fault_comes_first(Stage& stage) {
	const Thread sent = kernel::send(kernel::send(stage.thread, Signal::segv), Signal::usr1);
	return left(stage, kernel::return_to_user(stage.config, sent, stage.memory).thread);
}

Left a_blocked_signal_waits(Stage& stage) {
	stage.thread.signals.blocked = bit(Signal::prof);
	return left(stage, stage.deliver(Signal::prof).thread);
}

Left there_and_back(Stage& stage) {
	stage.thread.signals.altstack.flags = kSsAutodisarm;
	stage.thread.signals.blocked = bit(Signal::urg);
	Thread in_handler = kernel::send(stage.deliver(Signal::prof).thread, Signal::urg);
	in_handler.cpu.gpr[stage.isa.lr] = kRestorer;
	return left(stage, stage.return_from(in_handler).thread);
}

Left a_misaligned_return(Stage& stage) {
	Thread in_handler = stage.deliver(Signal::prof).thread;
	in_handler.cpu.sp += 4;
	return left(stage, stage.return_from(in_handler).thread);
}

Left a_return_to_the_kernels_mode(Stage& stage) {
	const Thread in_handler = stage.deliver(Signal::prof).thread;
	const uint64_t flags = in_handler.cpu.sp + frame_offset(stage.isa, FrameField::flags);
	stage.put(flags, stage.isa.word == 8 ? 0x5 : 0x13, stage.isa.word);
	return left(stage, stage.return_from(in_handler).thread);
}

// A call by code that stands on the signal stack; `words` are what its first pointer leads to.
Left called(Stage& stage, uint32_t SyscallNumbers::*number, std::array<uint64_t, 4> arguments, std::array<uint64_t, 3> words = {}) {
	for (size_t i = 0; i < words.size(); ++i) stage.put(kSetAt + i * stage.isa.word, words[i], stage.isa.word);
	stage.thread.cpu.sp = GSIGNAL_STACK + GSIGNAL_STACK_SIZE - 0x100;
	return left(stage, stage.call(stage.isa.sys.*number, arguments).thread);
}

Left block(Stage& stage) {
	stage.thread.signals.blocked = bit(Signal::urg);
	return called(stage, &SyscallNumbers::rt_sigprocmask, {0, kSetAt, 0, 8}, {bit(Signal::prof)});
}
Left ask_for_the_stack(Stage& stage) { return called(stage, &SyscallNumbers::sigaltstack, {0, kAnswerAt}); }
Left change_the_stack(Stage& stage) {
	return called(stage, &SyscallNumbers::sigaltstack, {kSetAt, 0}, {FOREIGN_STACK, 0, FOREIGN_STACK_SIZE});
}
Left ask_for_the_time(Stage& stage) {
	stage.thread.signals.clock = {.realtime_ns = 5'000'000'000, .monotonic_ns = 3'000'000'000};
	return called(stage, &SyscallNumbers::clock_gettime, {CLOCK_ID_REALTIME, kAnswerAt});
}
Left set_an_action(Stage& stage) {
	return called(stage, &SyscallNumbers::rt_sigaction, {static_cast<uint64_t>(Signal::prof), kSetAt, 0, 8}, {kHandler, kSaSiginfo});
}

Left time_passes(Stage& stage) {
	kernel::write_vvar(stage.config, stage.thread.signals.clock, 1, stage.memory);
	return left(stage, kernel::tick(stage.config, stage.thread, 1'000'000'000, stage.memory));
}

constexpr Left (*kScenes[])(Stage&) = {
	two_signals_interrupt_a_call, a_call_fails, a_fault_comes_first, a_blocked_signal_waits, there_and_back, a_misaligned_return,
	a_return_to_the_kernels_mode, block, ask_for_the_stack, change_the_stack, ask_for_the_time, set_an_action, time_passes,
};

// In the midst of a Thumb IT block, with a vector length set, where the ISA has such things.
std::vector<Left> play(const Isa& isa, const kernel::Faults& faults) {
	std::vector<Left> all;
	for (const auto scene : kScenes) {
		Stage stage(isa);
		stage.config.faults = faults;
		if (isa.word == 4) {
			stage.thread.cpu.flags |= kThumb | 0x02000400;
			stage.thread.cpu.fpsr |= 1u << 16;
		}
		stage.handle(Signal::prof, {.handler = kHandler, .flags = kGo, .mask = bit(Signal::usr1)});
		for (const Signal signal : {Signal::urg, Signal::usr1, Signal::segv}) stage.handle(signal, kOther);
		all.push_back(scene(stage));
		EXPECT_TRUE(stage.placed());
	}
	return all;
}

TEST_P(KernelFaults, EachMakesADifference) {
	const std::vector<Left> sound = play(isa, {});
	EXPECT_EQ(play(isa, {}), sound);
	for (const kernel::Spoil& fault : kernel::all_faults()) {
		if (!fault.exists(isa)) continue;
		kernel::Faults faults;
		faults.set(static_cast<size_t>(fault.fault));
		EXPECT_NE(play(isa, faults), sound) << fault.name << ": " << fault.meaning;
	}
}

TEST(KernelFaultTable, IsInTheEnumerationsOrderAndNamesEachOnce) {
	std::set<std::string_view> names;
	for (size_t i = 0; i < kernel::all_faults().size(); ++i) {
		const kernel::Spoil& fault = kernel::spoil_of(static_cast<Fault>(i));
		EXPECT_EQ(static_cast<size_t>(fault.fault), i) << fault.name;
		EXPECT_FALSE(fault.meaning.empty()) << fault.name;
		EXPECT_TRUE(names.insert(fault.name).second) << fault.name;
	}
}

}  // namespace
}  // namespace siglab::test
