// The room kernel_model: system calls made again, and sigreturn with its checks.
#include "kernel_fixture.h"

namespace siglab::test {
namespace {

class Return : public KernelTest {};
SIGLAB_ON_BOTH_ISAS(Return);
class ReturnArm : public KernelArmTest {};

// ---- Restarting system calls ----

struct RestartCase {
	Restart kind;
	bool with_sa_restart;
	bool again;
};
constexpr RestartCase kRestarts[] = {
	{Restart::sys, true, true},      {Restart::sys, false, false},   {Restart::no_intr, true, true},
	{Restart::no_intr, false, true}, {Restart::no_hand, true, false}, {Restart::no_hand, false, false},
	{Restart::block, true, false},   {Restart::block, false, false},
};

TEST_P(Return, RestartsAnInterruptedCallByItsKindAndTheAction) {
	for (const RestartCase& one : kRestarts) {
		stage.handle(Signal::prof, {.handler = kHandler, .flags = kSaSiginfo | (one.with_sa_restart ? kSaRestart : 0)});
		const Thread sent = kernel::send(stage.thread, Signal::prof);
		const Resumed resumed = kernel::return_to_user(stage.config, sent, stage.memory, {{.restart = one.kind, .first_argument = 77}});
		const Cpu saved = stage.frame_at(resumed.thread.cpu.sp).cpu;
		EXPECT_EQ(saved.pc, one.again ? kInterrupted - 4 : kInterrupted) << static_cast<int>(one.kind);
		EXPECT_EQ(saved.gpr[0], one.again ? 77 : stage.error(kEintr)) << static_cast<int>(one.kind);
	}
}

TEST_P(Return, RestartsEveryCallThatNobodyHandled) {
	stage.handle(Signal::prof, {.handler = kSigIgn});
	for (const Restart kind : {Restart::sys, Restart::no_intr, Restart::no_hand, Restart::block}) {
		const Thread sent = kernel::send(stage.thread, Signal::prof);
		const Resumed resumed = kernel::return_to_user(stage.config, sent, stage.memory, {{.restart = kind, .first_argument = 77}});
		EXPECT_EQ(resumed.thread.cpu.pc, kInterrupted - 4);
		EXPECT_EQ(resumed.thread.cpu.gpr[0], 77u);
	}
}

TEST_P(Return, RestartsACallOnlyOnceWhenFramesStack) {
	stage.handle(Signal::urg, kOther);
	const Thread sent = kernel::send(kernel::send(stage.thread, Signal::prof), Signal::urg);
	const Resumed resumed = kernel::return_to_user(stage.config, sent, stage.memory, {{.restart = Restart::sys, .first_argument = 77}});
	const auto inner = stage.frame_at(resumed.thread.cpu.sp);
	EXPECT_EQ(inner.cpu.pc, kOtherHandler);
	EXPECT_EQ(stage.frame_at(inner.cpu.sp).cpu.pc, kInterrupted - 4);
}

TEST_F(ReturnArm, RestartsAThumbCallTwoBytesBack) {
	cpu.flags |= kThumb;
	stage.handle(Signal::prof, kPlain);
	const Thread sent = kernel::send(stage.thread, Signal::prof);
	const Resumed resumed = kernel::return_to_user(stage.config, sent, stage.memory, {{.restart = Restart::sys, .first_argument = 77}});
	EXPECT_EQ(stage.frame_at(resumed.thread.cpu.sp).cpu.pc, kInterrupted - 2);
}

// ---- sigreturn ----

TEST_P(Return, ReturnsToTheInterruptedThread) {
	signals.blocked = bit(Signal::usr1);
	Thread inside = stage.deliver(Signal::prof).thread;
	const uint64_t frame = inside.cpu.sp;
	inside.cpu = patterned_cpu(isa);  // the handler has overwritten everything
	for (uint64_t& reg : inside.cpu.gpr) reg ^= 0x3333;
	inside.cpu.vec.fill(0);
	inside.cpu.sp = frame;
	const CallResult back = stage.return_from(inside);
	EXPECT_EQ(back.end, CallEnd::returned);
	EXPECT_EQ(back.frames, 0u);
	EXPECT_EQ(back.thread, stage.thread);
}

TEST_P(Return, TakesWhatTheHandlerWroteIntoItsFrame) {
	const Thread inside = stage.deliver(Signal::prof).thread;
	stage.put(inside.cpu.sp + frame_offset(isa, FrameField::pc), kOtherHandler, isa.word);
	stage.put(inside.cpu.sp + frame_offset(isa, FrameField::gpr, isa.g), 0x1234, isa.word);
	const Thread back = stage.return_from(inside).thread;
	EXPECT_EQ(back.cpu.pc, kOtherHandler);
	EXPECT_EQ(back.cpu.gpr[isa.g], 0x1234u);
}

TEST_P(Return, DropsFlagsThatUserCodeDoesNotHave) {
	const Thread inside = stage.deliver(Signal::prof).thread;
	const uint64_t unknown = uint64_t{1} << 21;  // SS on arm64, reserved on arm: nothing that this model's CPUs have
	stage.put(inside.cpu.sp + frame_offset(isa, FrameField::flags), cpu.flags | unknown, isa.word);
	EXPECT_EQ(stage.return_from(inside).thread.cpu.flags, cpu.flags);
}

TEST_P(Return, TakesTheAlternateStackOfItsFrameOnceSpIsOffTheOld) {
	const Thread inside = stage.deliver(Signal::prof).thread;
	stage.put(inside.cpu.sp + frame_offset(isa, FrameField::stack_sp), FOREIGN_STACK, isa.word);
	EXPECT_EQ(stage.return_from(inside).thread.signals.altstack.sp, uint64_t{FOREIGN_STACK});
}

TEST_P(Return, IgnoresAnAlternateStackInTheFrameThatSigaltstackWouldRefuse) {
	const Thread inside = stage.deliver(Signal::prof).thread;
	stage.put(inside.cpu.sp + frame_offset(isa, FrameField::stack_size), 16, isa.word);
	const CallResult back = stage.return_from(inside);
	EXPECT_EQ(back.end, CallEnd::returned);
	EXPECT_EQ(back.thread.signals.altstack, kArmed);
}

TEST_P(Return, LeavesTheAlternateStackAloneWhileSpStaysOnIt) {
	cpu.sp = GSIGNAL_STACK + GSIGNAL_STACK_SIZE - 64;
	const Thread inside = stage.deliver(Signal::prof).thread;
	stage.put(inside.cpu.sp + frame_offset(isa, FrameField::stack_sp), FOREIGN_STACK, isa.word);
	EXPECT_EQ(stage.return_from(inside).thread.signals.altstack, kArmed);
}

// A sigreturn that Linux answers with SIGSEGV: with and without a handler, and what it says.
class BadReturn : public KernelTest {
   protected:
	void expect_refused(const Thread& inside, const std::string& why) {
		const CallResult killed = stage.return_from(inside);
		EXPECT_EQ(killed.end, CallEnd::killed);
		EXPECT_EQ(killed.code, kSegv);
		EXPECT_NE(killed.text.find(why), std::string::npos) << killed.text;
		Thread handled = inside;
		handled.signals.actions.set(kSegv, kOther);
		const CallResult caught = stage.return_from(handled);
		EXPECT_EQ(caught.end, CallEnd::resumed);
		EXPECT_EQ(caught.frames, 1u);
		EXPECT_EQ(caught.thread.cpu.pc, kOtherHandler);
	}
};
SIGLAB_ON_BOTH_ISAS(BadReturn);

TEST_P(BadReturn, MisalignedSp) {
	Thread inside = stage.deliver(Signal::prof).thread;
	inside.cpu.sp -= 4;
	expect_refused(inside, "aligned");
}

TEST_P(BadReturn, NoFrame) {
	Thread inside = stage.deliver(Signal::prof).thread;
	inside.cpu.sp = GSIGNAL_STACK + GSIGNAL_STACK_SIZE - 64;
	expect_refused(inside, "no readable frame");
}

TEST_P(BadReturn, EveryRecordThatLinuxChecks) {
	for (const FrameRow& row : isa.frame_rows) {
		if (row.field != FrameField::constant || !row.checked) continue;
		const Thread inside = stage.deliver(Signal::prof).thread;
		stage.put(inside.cpu.sp + row.offset, row.value ^ 0x100, 4);
		expect_refused(inside, std::string{row.name});
	}
}

TEST_P(BadReturn, FlagsOfAnotherMode) {
	const Thread inside = stage.deliver(Signal::prof).thread;
	stage.put(inside.cpu.sp + frame_offset(isa, FrameField::flags), isa.user_flags | 0x80, isa.word);  // interrupts off
	expect_refused(inside, "user mode");
}

TEST_F(ReturnArm, ReturnsWithoutALookAtTheEndMarkAndFpexc) {
	stage.handle(Signal::prof, kPlain);
	const Thread inside = stage.deliver(Signal::prof).thread;
	stage.put(inside.cpu.sp + 632, 0, 4);
	stage.put(inside.cpu.sp + 648, 1, 4);
	EXPECT_EQ(stage.return_from(inside).thread, stage.thread);
}

}  // namespace
}  // namespace siglab::test
