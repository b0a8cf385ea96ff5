// The room kernel_model: the system calls that are modelled and those that are refused, the clock, the vvar page.
#include <elf.h>

#include "kernel_fixture.h"

namespace siglab::test {
namespace {

class Syscall : public KernelTest {};
SIGLAB_ON_BOTH_ISAS(Syscall);

TEST_P(Syscall, SetsAndReportsAnAction) {
	const uint64_t old = GUEST_DATA + 64;
	const uint64_t words[] = {kOtherHandler, kGo | kSaRestorer, kRestorer};
	for (size_t i = 0; i < 3; ++i) stage.put(GUEST_DATA + i * isa.word, words[i], isa.word);
	stage.put(GUEST_DATA + 3u * isa.word, bit(Signal::urg) | kUnblockable, 8);
	const CallResult set = stage.call(isa.sys.rt_sigaction, {kProf, GUEST_DATA, old, 8});
	EXPECT_EQ(set.thread.cpu.gpr[0], 0u);
	const Action expected = {.handler = kOtherHandler, .flags = kGo | kSaRestorer, .restorer = kRestorer, .mask = bit(Signal::urg)};
	EXPECT_EQ(set.thread.signals.actions[kProf], expected);
	EXPECT_EQ(stage.get_word(old), kHandler);
	EXPECT_EQ(stage.get_word(old + isa.word), kGo);
	EXPECT_EQ(stage.get(old + 3u * isa.word, 8), 0u);
}

TEST_P(Syscall, RefusesAnActionThatNobodyCanHave) {
	const auto result = [&](std::array<uint64_t, 4> arguments) { return stage.call(isa.sys.rt_sigaction, arguments).thread.cpu.gpr[0]; };
	EXPECT_EQ(result({9, GUEST_DATA, 0, 8}), stage.error(kEinval));   // SIGKILL
	EXPECT_EQ(result({19, GUEST_DATA, 0, 8}), stage.error(kEinval));  // SIGSTOP
	EXPECT_EQ(result({0, GUEST_DATA, 0, 8}), stage.error(kEinval));
	EXPECT_EQ(result({65, GUEST_DATA, 0, 8}), stage.error(kEinval));
	EXPECT_EQ(result({kProf, GUEST_DATA, 0, 4}), stage.error(kEinval));
	EXPECT_EQ(result({kProf, 0x100, 0, 8}), stage.error(kEfault));
	EXPECT_EQ(result({kProf, 0, GUEST_TEXT, 8}), stage.error(kEfault));
	EXPECT_EQ(result({9, 0, GUEST_DATA, 8}), 0u);  // asking is allowed
}

TEST_P(Syscall, ForgetsAPendingSignalThatComesToBeIgnored) {
	signals.blocked = bit(Signal::prof) | bit(Signal::urg) | bit(Signal::usr1);
	signals.pending = signals.blocked;
	for (size_t i = 0; i < 5; ++i) stage.put(GUEST_DATA + i * isa.word, 0, isa.word);
	EXPECT_EQ(stage.call(isa.sys.rt_sigaction, {kUrg, GUEST_DATA, 0, 8}).thread.signals.pending, signals.pending & ~bit(Signal::urg));
	EXPECT_EQ(stage.call(isa.sys.rt_sigaction, {kUsr1, GUEST_DATA, 0, 8}).thread.signals.pending, signals.pending);
	stage.put(GUEST_DATA, kSigIgn, isa.word);
	EXPECT_EQ(stage.call(isa.sys.rt_sigaction, {kProf, GUEST_DATA, 0, 8}).thread.signals.pending, signals.pending & ~bit(Signal::prof));
}

TEST_P(Syscall, ChangesTheMaskThreeWays) {
	signals.blocked = bit(Signal::usr1);
	stage.put(GUEST_DATA, bit(Signal::urg) | bit(Signal::usr1) | kUnblockable, 8);
	const auto blocked = [&](uint64_t how) {
		return stage.call(isa.sys.rt_sigprocmask, {how, GUEST_DATA, GUEST_DATA + 64, 8}).thread.signals.blocked;
	};
	EXPECT_EQ(blocked(0), bit(Signal::usr1) | bit(Signal::urg));
	EXPECT_EQ(blocked(1), 0u);
	EXPECT_EQ(blocked(2), bit(Signal::usr1) | bit(Signal::urg));
	EXPECT_EQ(stage.get(GUEST_DATA + 64, 8), bit(Signal::usr1));
	EXPECT_EQ(stage.call(isa.sys.rt_sigprocmask, {3, GUEST_DATA, 0, 8}).thread.cpu.gpr[0], stage.error(kEinval));
	EXPECT_EQ(stage.call(isa.sys.rt_sigprocmask, {0, GUEST_DATA, 0, 16}).thread.cpu.gpr[0], stage.error(kEinval));
	EXPECT_EQ(stage.call(isa.sys.rt_sigprocmask, {0, 0x100, 0, 8}).thread.cpu.gpr[0], stage.error(kEfault));
}

TEST_P(Syscall, BlocksWhatIsNamedBesideWhatIsBlocked) {
	signals.blocked = bit(Signal::usr1);
	stage.put(GUEST_DATA, bit(Signal::prof), 8);
	EXPECT_EQ(stage.call(isa.sys.rt_sigprocmask, {0, GUEST_DATA, 0, 8}).thread.signals.blocked, bit(Signal::usr1) | bit(Signal::prof));
}

// Linux gives every register back but the one with the result.
TEST_P(Syscall, GivesEveryOtherRegisterBack) {
	Thread caller = stage.thread;
	caller.cpu.gpr[0] = CLOCK_ID_MONOTONIC;
	caller.cpu.gpr[1] = GUEST_DATA;
	caller.cpu.gpr[isa.syscall_register] = isa.sys.clock_gettime;
	Cpu expected = caller.cpu;
	expected.gpr[0] = 0;
	EXPECT_EQ(kernel::syscall(stage.config, caller, stage.memory).thread.cpu, expected);
}

TEST_P(Syscall, DeliversOnTheWayBackFromTheCallThatUnblocks) {
	signals.blocked = signals.pending = bit(Signal::prof);
	stage.put(GUEST_DATA, 0, 8);
	const CallResult called = stage.call(isa.sys.rt_sigprocmask, {2, GUEST_DATA, 0, 8});
	EXPECT_EQ(called.end, CallEnd::resumed);
	EXPECT_EQ(called.frames, 1u);
	const auto frame = stage.frame_at(called.thread.cpu.sp);
	EXPECT_EQ(frame.cpu.pc, kInterrupted);
	EXPECT_EQ(frame.cpu.gpr[0], 0u);  // the call's result is in the frame
}

TEST_P(Syscall, SendsSignalsToItselfOnly) {
	constexpr uint64_t kMe = kernel::kPid;
	EXPECT_EQ(stage.call(isa.sys.tgkill, {kMe, kMe, kProf, 0}).frames, 1u);
	EXPECT_EQ(stage.call(isa.sys.kill, {kMe, kProf, 0, 0}).frames, 1u);
	const CallResult probe = stage.call(isa.sys.kill, {kMe, 0, 0, 0});
	EXPECT_EQ(probe.end, CallEnd::resumed);
	EXPECT_EQ(probe.thread.signals.pending, 0u);
	EXPECT_EQ(stage.call(isa.sys.kill, {kMe, kUsr1, 0, 0}).end, CallEnd::killed);
	EXPECT_EQ(stage.call(isa.sys.kill, {kMe, 65, 0, 0}).thread.cpu.gpr[0], stage.error(kEinval));
	EXPECT_EQ(stage.call(isa.sys.kill, {kMe + 1, kProf, 0, 0}).thread.cpu.gpr[0], stage.error(kEsrch));
	EXPECT_EQ(stage.call(isa.sys.tgkill, {kMe, kMe + 1, kProf, 0}).thread.cpu.gpr[0], stage.error(kEsrch));
	EXPECT_EQ(stage.call(isa.sys.getpid, {}).thread.cpu.gpr[0], kMe);
	EXPECT_EQ(stage.call(isa.sys.gettid, {}).thread.cpu.gpr[0], kMe);
}

TEST(SyscallArm64, LooksAtTheLowHalfOfAnIntArgument) {
	Stage stage{kArm64};
	stage.handle(Signal::prof, kPlain);
	constexpr uint64_t kJunk = 0xffff'0000'0000'0000;
	EXPECT_EQ(stage.call(kArm64.sys.kill, {kernel::kPid | kJunk, kProf | kJunk, 0, 0}).frames, 1u);
}

TEST_P(Syscall, TellsTheTime) {
	signals.clock = {.realtime_ns = 1'700'000'000'123'456'789, .monotonic_ns = 5'000'000'001};
	ASSERT_EQ(stage.call(isa.sys.clock_gettime, {CLOCK_ID_REALTIME, GUEST_DATA, 0, 0}).thread.cpu.gpr[0], 0u);
	EXPECT_EQ(stage.get_word(GUEST_DATA), 1'700'000'000u);
	EXPECT_EQ(stage.get_word(GUEST_DATA + isa.word), 123'456'789u);
	ASSERT_EQ(stage.call(isa.sys.clock_gettime, {CLOCK_ID_MONOTONIC, GUEST_DATA, 0, 0}).thread.cpu.gpr[0], 0u);
	EXPECT_EQ(stage.get_word(GUEST_DATA), 5u);
	EXPECT_EQ(stage.get_word(GUEST_DATA + isa.word), 1u);
	EXPECT_EQ(stage.call(isa.sys.clock_gettime, {77, GUEST_DATA, 0, 0}).thread.cpu.gpr[0], stage.error(kEinval));
	EXPECT_EQ(stage.call(isa.sys.clock_gettime, {0, GUEST_TEXT, 0, 0}).thread.cpu.gpr[0], stage.error(kEfault));
}

TEST_P(Syscall, TellsTheResolution) {
	const auto call = [&](uint32_t number, uint64_t clock, uint64_t into) { return stage.call(number, {clock, into, 0, 0}).thread.cpu.gpr[0]; };
	constexpr uint64_t kCoarse = 6;  // CLOCK_MONOTONIC_COARSE
	stage.put(GUEST_DATA, 77, isa.word);
	ASSERT_EQ(call(isa.sys.clock_getres, CLOCK_ID_MONOTONIC, GUEST_DATA), 0u);
	EXPECT_EQ(stage.get_word(GUEST_DATA), 0u);
	EXPECT_EQ(stage.get_word(GUEST_DATA + isa.word), 1u);
	ASSERT_EQ(call(isa.sys.clock_getres, kCoarse, GUEST_DATA), 0u);
	EXPECT_EQ(stage.get_word(GUEST_DATA + isa.word), 4'000'000u);
	if (isa.sys.clock_getres_time64 != 0) {
		ASSERT_EQ(call(isa.sys.clock_getres_time64, CLOCK_ID_MONOTONIC, GUEST_DATA), 0u);
		EXPECT_EQ(stage.get(GUEST_DATA + 8, 8), 1u);
	}
	EXPECT_EQ(call(isa.sys.clock_getres, CLOCK_ID_MONOTONIC, 0), 0u) << "nobody wants to know, only whether there is such a clock";
	EXPECT_EQ(call(isa.sys.clock_getres, 77, GUEST_DATA), stage.error(kEinval));
	EXPECT_EQ(call(isa.sys.clock_getres, CLOCK_ID_MONOTONIC, GUEST_TEXT), stage.error(kEfault));
}

TEST_P(Syscall, SleepsNoTime) {
	stage.put(GUEST_DATA, 1, isa.word);
	stage.put(GUEST_DATA + isa.word, 999'999'999, isa.word);
	const CallResult slept = stage.call(isa.sys.nanosleep, {GUEST_DATA, 0, 0, 0});
	EXPECT_EQ(slept.thread.cpu.gpr[0], 0u);
	EXPECT_EQ(slept.thread.signals.clock, signals.clock);
	stage.put(GUEST_DATA + isa.word, 1'000'000'000, isa.word);
	EXPECT_EQ(stage.call(isa.sys.nanosleep, {GUEST_DATA, 0, 0, 0}).thread.cpu.gpr[0], stage.error(kEinval));
	stage.put(GUEST_DATA, ~uint64_t{0}, isa.word);
	stage.put(GUEST_DATA + isa.word, 0, isa.word);
	EXPECT_EQ(stage.call(isa.sys.nanosleep, {GUEST_DATA, 0, 0, 0}).thread.cpu.gpr[0], stage.error(kEinval));
	EXPECT_EQ(stage.call(isa.sys.nanosleep, {0x100, 0, 0, 0}).thread.cpu.gpr[0], stage.error(kEfault));
}

TEST_P(Syscall, HandsOutWhatIsWritten) {
	stage.put(GUEST_DATA, 0x303d67, 4);  // "g=0"
	const CallResult written = stage.call(isa.sys.write, {2, GUEST_DATA, 3, 0});
	EXPECT_EQ(written.thread.cpu.gpr[0], 3u);
	EXPECT_EQ(written.text, "g=0");
	EXPECT_EQ(stage.call(isa.sys.write, {1, GUEST_DATA, 5000, 0}).thread.cpu.gpr[0], 4096u);  // a short write, as pipes have them
	EXPECT_EQ(stage.call(isa.sys.write, {5, GUEST_DATA, 3, 0}).thread.cpu.gpr[0], stage.error(kEbadf));
	EXPECT_EQ(stage.call(isa.sys.write, {1, 0x100, 3, 0}).thread.cpu.gpr[0], stage.error(kEfault));
}

TEST_P(Syscall, EndsWithExitOrTheHypercall) {
	for (const uint64_t number : {isa.sys.exit, isa.sys.exit_group}) {
		const CallResult exited = stage.call(number, {0x102, 0, 0, 0});
		EXPECT_EQ(exited.end, CallEnd::exited);
		EXPECT_EQ(exited.code, 2);
	}
	EXPECT_EQ(stage.call(HYPERCALL_DONE, {}).end, CallEnd::done);
}

TEST_P(Syscall, RefusesByNameWhatItDoesNotModel) {
	const auto refused = [&](uint64_t number, std::array<uint64_t, 4> arguments) {
		const CallResult called = stage.call(number, arguments);
		EXPECT_EQ(called.end, CallEnd::refused) << number;
		return called.text;
	};
	EXPECT_EQ(refused(999, {}), "system call 999 is not modelled on " + std::string{isa.name} + " (called before 0x10040)");
	EXPECT_EQ(refused(isa.sys.rt_sigaction, {34, GUEST_DATA, 0, 8}), "rt_sigaction of the real-time signal 34 is not modelled");
	EXPECT_EQ(refused(isa.sys.clock_gettime, {2, GUEST_DATA, 0, 0}), "clock_gettime of clock 2 is not modelled");
	EXPECT_EQ(refused(isa.sys.kill, {kernel::kPid, 19, 0, 0}), "signal 19, which stops the process, is not modelled");
}

// ---- The clock and the vvar page ----

class Vvar : public Syscall {
   protected:
	[[nodiscard]] uint64_t vvar(uint64_t offset, uint8_t width) const { return stage.get(VDSO - VVAR_SIZE + offset, width); }
	void SetUp() override {
		signals.clock = {.realtime_ns = 3'000'000'004, .monotonic_ns = 1'999'999'999};
		stage.put(VDSO - VVAR_SIZE + VVAR_SEQ, 0, 4);
		kernel::write_vvar(stage.config, signals.clock, 1, stage.memory);
	}
};
SIGLAB_ON_BOTH_ISAS(Vvar);

TEST_P(Vvar, HasTheBasesOfBothClocks) {
	EXPECT_EQ(vvar(VVAR_CLOCK_MODE, 4), 1u);
	EXPECT_EQ(vvar(VVAR_BASETIME, 8), 3u);
	EXPECT_EQ(vvar(VVAR_BASETIME + 8, 8), 4u);
	EXPECT_EQ(vvar(VVAR_BASETIME + 16, 8), 1u);
	EXPECT_EQ(vvar(VVAR_BASETIME + 24, 8), 999'999'999u);
}

TEST_P(Vvar, FollowsATickUnderAnEvenSequence) {
	const Thread later = kernel::tick(stage.config, stage.thread, 2, stage.memory);
	EXPECT_EQ(later.signals.clock, (Clock{.realtime_ns = 3'000'000'006, .monotonic_ns = 2'000'000'001}));
	Cpu ticked = cpu;
	ticked.counter = 125'000'000;  // at 62.5 MHz
	EXPECT_EQ(later.cpu, ticked);
	EXPECT_EQ(vvar(VVAR_SEQ, 4), 2u);
	EXPECT_EQ(vvar(VVAR_CLOCK_MODE, 4), 1u);
	EXPECT_EQ(vvar(VVAR_BASETIME + 16, 8), 2u);
	EXPECT_EQ(vvar(VVAR_BASETIME + 24, 8), 1u);
	stage.put(VDSO - VVAR_SIZE + VVAR_SEQ, 0xfffffffe, 4);
	ASSERT_EQ(kernel::tick(stage.config, later, 1, stage.memory).signals.clock.monotonic_ns, 2'000'000'002);
	EXPECT_EQ(vvar(VVAR_SEQ, 4), 0u);  // the counter wraps
}

TEST_P(Vvar, StaysAsItIsWhereThereIsNone) {
	stage.config.has_vvar = false;
	const Thread later = kernel::tick(stage.config, stage.thread, 2, stage.memory);
	EXPECT_EQ(later.signals.clock.monotonic_ns, 2'000'000'001);
	EXPECT_EQ(vvar(VVAR_SEQ, 4), 0u);
	EXPECT_EQ(vvar(VVAR_BASETIME + 16, 8), 1u);
}

TEST(Auxv, NamesTheVdsoIfThereIsOne) {
	const std::vector<kernel::AuxEntry> with = kernel::auxv(VDSO);
	ASSERT_EQ(with.size(), 3u);
	EXPECT_EQ(with[0].type, uint64_t{AT_PAGESZ});
	EXPECT_EQ(with[0].value, 4096u);
	EXPECT_EQ(with[1].type, uint64_t{AT_SYSINFO_EHDR});
	EXPECT_EQ(with[1].value, uint64_t{VDSO});
	EXPECT_EQ(with[2].type, uint64_t{AT_NULL});
	EXPECT_EQ(kernel::auxv(0).size(), 2u);
}

}  // namespace
}  // namespace siglab::test
