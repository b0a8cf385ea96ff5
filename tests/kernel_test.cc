// The room kernel_model: signals delivered; and that each named fault is seen.
#include <array>

#include "kernel_fixture.h"

namespace siglab::test {
namespace {

class Deliver : public KernelTest {};
SIGLAB_ON_BOTH_ISAS(Deliver);
class DeliverArm : public KernelArmTest {};

// ---- One delivery ----

TEST_P(Deliver, EntersTheHandlerWithItsArguments) {
	const Resumed entered = stage.deliver(Signal::prof);
	ASSERT_EQ(entered.fate, Fate::runs);
	EXPECT_EQ(entered.frames, 1u);
	const Cpu& now = entered.thread.cpu;
	EXPECT_EQ(now.pc, kHandler);
	EXPECT_EQ(now.gpr[0], kProf);
	EXPECT_EQ(now.gpr[1], now.sp);
	EXPECT_EQ(now.gpr[2], now.sp + 128);
	EXPECT_EQ(now.sp, frame_below(GSIGNAL_STACK + GSIGNAL_STACK_SIZE));
	if (isa.frame_record_size != 0) {
		EXPECT_EQ(now.gpr[29], now.sp + isa.frame_size);
	}
}

TEST_P(Deliver, LeavesTheHandlerEveryOtherRegister) {
	const Cpu now = stage.deliver(Signal::prof).thread.cpu;
	for (uint8_t i = 3; i < isa.gpr_names.size(); ++i) {
		if (i == isa.lr || (i == 29 && isa.frame_record_size != 0)) continue;
		EXPECT_EQ(now.gpr[i], cpu.gpr[i]) << gpr_name(isa, i);
	}
	EXPECT_EQ(now.gpr[isa.g], pattern(isa.g, isa.word));  // the interrupted g register: the lab's subject
	EXPECT_EQ(now.vec, cpu.vec);
	EXPECT_EQ(now.tls, cpu.tls);
	EXPECT_EQ(now.fpsr, cpu.fpsr);
	EXPECT_EQ(now.fpcr, cpu.fpcr);
}

TEST_P(Deliver, SavesTheInterruptedCode) {
	signals.blocked = bit(Signal::usr1);
	const Resumed entered = stage.deliver(Signal::prof);
	const auto frame = stage.frame_at(entered.thread.cpu.sp);
	Cpu saved = frame.cpu;
	saved.tls = cpu.tls;  // which no frame has
	EXPECT_EQ(saved, cpu);
	EXPECT_EQ(frame.signo, kProf);
	EXPECT_EQ(frame.mask, bit(Signal::usr1));
	EXPECT_EQ(frame.stack_sp, kArmed.sp);
	EXPECT_EQ(frame.stack_size, kArmed.size);
	EXPECT_EQ(frame.stack_flags, kArmed.flags);
	EXPECT_EQ(frame.uc_flags, 0u);
	EXPECT_EQ(frame.uc_link, 0u);
	EXPECT_EQ(frame.fault_address, 0u);
}

TEST_P(Deliver, ClearsSiginfoBeforeItFillsIt) {
	const uint64_t frame = stage.deliver(Signal::prof).thread.cpu.sp;
	EXPECT_EQ(stage.get(frame + 24, 8), 0u);
	EXPECT_EQ(stage.get(frame + 120, 8), 0u);
	EXPECT_NE(stage.get(frame - 8, 8), 0u);  // the stack below held something else
}

TEST_P(Deliver, TellsWhoSentTheSignal) {
	stage.handle(Signal::usr1, kPlain);
	const auto timer = stage.frame_at(stage.deliver(Signal::prof).thread.cpu.sp);
	EXPECT_EQ(timer.code, 0x80u);  // SI_KERNEL
	EXPECT_EQ(timer.pid, 0u);
	const auto user = stage.frame_at(stage.deliver(Signal::usr1).thread.cpu.sp);
	EXPECT_EQ(user.code, 0u);  // SI_USER
	EXPECT_EQ(user.pid, kernel::kPid);
	EXPECT_EQ(user.uid, kernel::kUid);
	const auto runtime = stage.frame_at(stage.deliver(Signal::urg).thread.cpu.sp);
	EXPECT_EQ(runtime.code, 0xfffffffau);  // SI_TKILL
	EXPECT_EQ(runtime.pid, kernel::kPid);
}

TEST_P(Deliver, ReturnsToTheRestorerOfTheAction) {
	stage.handle(Signal::prof, {.handler = kHandler, .flags = kGo | kSaRestorer, .restorer = kRestorer});
	EXPECT_EQ(stage.deliver(Signal::prof).thread.cpu.gpr[isa.lr], kRestorer);
}

TEST_P(Deliver, ReturnsToItsOwnTrampolineWithoutARestorer) {
	stage.handle(Signal::prof, {.handler = kHandler, .flags = kGo, .restorer = kRestorer});  // no SA_RESTORER: not looked at
	EXPECT_EQ(stage.deliver(Signal::prof).thread.cpu.gpr[isa.lr], isa.has_sigpage ? SIGPAGE : kVdsoRestorer);
}

// ---- What only one of the ISAs has ----

TEST(DeliverArm64, PutsTheFirstFrameOf32KibAtADocumentedPlace) {
	Stage stage{kArm64};
	stage.handle(Signal::prof, kPlain);
	EXPECT_EQ(stage.deliver(Signal::prof).thread.cpu.sp, GSIGNAL_STACK + 28064u);
}

TEST(DeliverArm64, LeavesTheHandlerItsConditionFlags) {
	Stage stage{kArm64};
	stage.handle(Signal::prof, kPlain);
	stage.thread.cpu.flags = 0xb0000000;
	EXPECT_EQ(stage.deliver(Signal::prof).thread.cpu.flags, 0xb0000000u);
}

TEST(DeliverArm64, LinksAFrameRecordForUnwinding) {
	Stage stage{kArm64};
	stage.handle(Signal::prof, kPlain);
	const Cpu now = stage.deliver(Signal::prof).thread.cpu;
	EXPECT_EQ(stage.get(now.gpr[29], 8), pattern(29));
	EXPECT_EQ(stage.get(now.gpr[29] + 8, 8), pattern(30));
}

TEST_F(DeliverArm, PutsTheFirstFrameOf32KibAtADocumentedPlace) {
	stage.handle(Signal::prof, kPlain);
	EXPECT_EQ(stage.deliver(Signal::prof).thread.cpu.sp, GSIGNAL_STACK + GSIGNAL_STACK_SIZE - 888u);
}

TEST_F(DeliverArm, EntersAThumbHandlerInThumbStateAndReturnsThroughThumbCode) {
	stage.handle(Signal::prof, {.handler = kHandler | 1, .flags = kGo});
	const Cpu now = stage.deliver(Signal::prof).thread.cpu;
	EXPECT_EQ(now.pc, kHandler);
	EXPECT_EQ(now.flags & kThumb, kThumb);
	EXPECT_EQ(now.gpr[kArm.lr], SIGPAGE + SIGPAGE_THUMB + 1u);
	EXPECT_EQ(stage.get(now.sp + frame_offset(kArm, FrameField::retcode), 4), kThumbMov7Svc);
}

TEST_F(DeliverArm, EntersAnArmHandlerInArmStateOutOfThumbCode) {
	cpu.flags |= kThumb;
	stage.handle(Signal::prof, kPlain);
	const Cpu now = stage.deliver(Signal::prof).thread.cpu;
	EXPECT_EQ(now.flags & kThumb, 0u);
	EXPECT_EQ(stage.frame_at(now.sp).cpu.flags & kThumb, kThumb);
}

// AAPCS wants FPSCR's vector length and stride to be 0 where a function begins.
TEST_F(DeliverArm, EntersTheHandlerWithoutTheVectorsOfTheInterruptedCode) {
	constexpr uint64_t kLengthAndStride = 0x00370000;
	cpu.fpsr |= kLengthAndStride;
	const Cpu interrupted = cpu;
	stage.handle(Signal::prof, kPlain);
	const Resumed entered = stage.deliver(Signal::prof);
	EXPECT_EQ(entered.thread.cpu.fpsr, interrupted.fpsr & ~kLengthAndStride);
	EXPECT_EQ(stage.return_from(entered.thread).thread.cpu.fpsr, interrupted.fpsr);
}

TEST_F(DeliverArm, EndsAnItBlockForTheHandlerAndResumesItAfterwards) {
	cpu.flags = 0xf8000000 | kIfThen | kThumb | kArm.user_flags;
	const Cpu interrupted = cpu;
	stage.handle(Signal::prof, {.handler = kHandler | 1, .flags = kGo});
	const Resumed entered = stage.deliver(Signal::prof);
	EXPECT_EQ(entered.thread.cpu.flags, kThumb | kArm.user_flags);
	EXPECT_EQ(stage.return_from(entered.thread).thread.cpu, interrupted);
}

TEST_F(DeliverArm, WritesTheTrampolineIntoTheFrameUnlessTheActionHasARestorer) {
	stage.handle(Signal::prof, kPlain);
	const uint64_t with = stage.deliver(Signal::prof).thread.cpu.sp + frame_offset(kArm, FrameField::retcode);
	EXPECT_EQ(stage.get(with, 4), kArmMov7);
	EXPECT_EQ(stage.get(with + 4, 4), kArmSvc);
	stage.put(with, 0x11111111, 4);
	stage.handle(Signal::prof, {.handler = kHandler, .flags = kGo | kSaRestorer, .restorer = kRestorer});
	ASSERT_EQ(stage.deliver(Signal::prof).fate, Fate::runs);
	EXPECT_EQ(stage.get(with, 4), 0x11111111u);
}

TEST_F(DeliverArm, StoresTheLowWordOfTheMaskTwice) {
	stage.thread.signals.blocked = bit(Signal::usr1) | (SignalSet{1} << 40);
	stage.handle(Signal::prof, kPlain);
	const auto frame = stage.frame_at(stage.deliver(Signal::prof).thread.cpu.sp);
	EXPECT_EQ(frame.oldmask, bit(Signal::usr1));
	EXPECT_EQ(frame.mask, bit(Signal::usr1) | (SignalSet{1} << 40));
}

// ---- More than one signal ----

TEST_P(Deliver, StacksASecondSignalBeforeTheFirstHandlersFirstInstruction) {
	stage.thread = kernel::send(stage.thread, Signal::prof);
	const Resumed entered = stage.deliver(Signal::urg);
	EXPECT_EQ(entered.frames, 2u);
	EXPECT_EQ(entered.thread.signals.pending, 0u);
	const Cpu& now = entered.thread.cpu;
	EXPECT_EQ(now.pc, kHandler);  // URG, the lower number, was taken first; PROF runs first
	const auto inner = stage.frame_at(now.sp);
	EXPECT_EQ(inner.signo, kProf);
	EXPECT_EQ(inner.cpu.pc, kOtherHandler);
	EXPECT_EQ(inner.cpu.gpr[0], kUrg);
	EXPECT_EQ(now.sp, frame_below(inner.cpu.sp));
	const auto outer = stage.frame_at(inner.cpu.sp);
	EXPECT_EQ(outer.signo, kUrg);
	EXPECT_EQ(outer.cpu.pc, kInterrupted);
	EXPECT_EQ(inner.mask, outer.mask | bit(Signal::urg));
}

TEST_P(Deliver, UnwindsStackedFramesOneByOne) {
	stage.thread = kernel::send(stage.thread, Signal::prof);
	const Resumed entered = stage.deliver(Signal::urg);
	const CallResult once = stage.return_from(entered.thread);
	EXPECT_EQ(once.end, CallEnd::returned);
	EXPECT_EQ(once.thread.cpu.pc, kOtherHandler);
	const CallResult twice = stage.return_from(once.thread);
	Thread original = stage.thread;
	original.signals.pending = 0;
	EXPECT_EQ(twice.thread, original);
}

TEST_P(Deliver, DeliversWhatBecamePendingInTheHandlerAtTheSamePc) {
	const Resumed first = stage.deliver(Signal::prof);
	const Thread pending = kernel::send(first.thread, Signal::prof);
	EXPECT_EQ(kernel::return_to_user(stage.config, pending, stage.memory).frames, 0u);  // blocked by itself
	const CallResult again = stage.return_from(pending);
	EXPECT_EQ(again.end, CallEnd::returned);
	EXPECT_EQ(again.frames, 1u);
	EXPECT_EQ(again.thread, first.thread);  // no user instruction in between, and the frame where the last one was
	EXPECT_EQ(stage.frame_at(again.thread.cpu.sp).cpu.pc, kInterrupted);
}

TEST_P(Deliver, TakesASignalThatIsPendingTwiceOnce) {
	stage.handle(Signal::prof, {.handler = kHandler, .flags = kGo | kSaNodefer});
	stage.thread = kernel::send(stage.thread, Signal::prof);
	EXPECT_EQ(stage.deliver(Signal::prof).frames, 1u);
}

TEST_P(Deliver, TakesSynchronousSignalsFirst) {
	for (const uint8_t synchronous : std::to_array<uint8_t>({4, 5, 7, 8, 11, 31})) {
		const Signal fault{synchronous};
		signals.pending = bit(fault) | bit(Signal{1});
		stage.handle(fault, kPlain);
		stage.handle(Signal{1}, kOther);
		const Resumed entered = kernel::return_to_user(stage.config, stage.thread, stage.memory);
		const auto inner = stage.frame_at(entered.thread.cpu.sp);
		EXPECT_EQ(inner.signo, 1u) << int{synchronous};
		EXPECT_EQ(stage.frame_at(inner.cpu.sp).signo, synchronous);
	}
}

// ---- Masks and flags of an action ----

TEST_P(Deliver, BlocksTheSignalAndItsActionsMaskInTheHandler) {
	stage.handle(Signal::prof, {.handler = kHandler, .flags = kGo, .mask = bit(Signal::urg)});
	signals.blocked = bit(Signal::usr1);
	const Thread inside = stage.deliver(Signal::prof).thread;
	EXPECT_EQ(inside.signals.blocked, bit(Signal::usr1) | bit(Signal::urg) | bit(Signal::prof));
	EXPECT_FALSE(kernel::deliverable(inside.signals, Signal::urg));
	EXPECT_TRUE(kernel::deliverable(inside.signals, Signal::segv));
	EXPECT_EQ(stage.return_from(inside).thread.signals.blocked, bit(Signal::usr1));
}

TEST_P(Deliver, NeverBlocksKillAndStop) {
	stage.handle(Signal::prof, {.handler = kHandler, .flags = kGo, .mask = ~SignalSet{0}});
	const Thread inside = stage.deliver(Signal::prof).thread;
	EXPECT_EQ(inside.signals.blocked, ~kUnblockable);
	stage.put(inside.cpu.sp + frame_offset(isa, FrameField::mask), ~uint64_t{0}, 8);
	EXPECT_EQ(stage.return_from(inside).thread.signals.blocked, ~kUnblockable);
}

TEST_P(Deliver, KeepsABlockedSignalPending) {
	signals.blocked = bit(Signal::prof);
	const Resumed resumed = stage.deliver(Signal::prof);
	EXPECT_EQ(resumed.frames, 0u);
	EXPECT_EQ(resumed.thread.signals.pending, bit(Signal::prof));
	EXPECT_EQ(resumed.thread.cpu, cpu);
}

TEST_P(Deliver, LetsASignalNestInItsOwnHandlerWithNodefer) {
	stage.handle(Signal::prof, {.handler = kHandler, .flags = kGo | kSaNodefer});
	const Resumed first = stage.deliver(Signal::prof);
	EXPECT_EQ(first.thread.signals.blocked, 0u);
	const Resumed second = kernel::return_to_user(stage.config, kernel::send(first.thread, Signal::prof), stage.memory);
	EXPECT_EQ(second.frames, 1u);
	EXPECT_EQ(second.thread.cpu.sp, frame_below(first.thread.cpu.sp));
}

TEST_P(Deliver, ForgetsAHandlerWithResethand) {
	stage.handle(Signal::prof, {.handler = kHandler, .flags = kGo | kSaResethand});
	const Resumed first = stage.deliver(Signal::prof);
	EXPECT_EQ(first.frames, 1u);
	EXPECT_EQ(first.thread.signals.actions[kProf].handler, kSigDfl);
	const CallResult second = stage.return_from(kernel::send(first.thread, Signal::prof));
	EXPECT_EQ(second.end, CallEnd::killed);
	EXPECT_EQ(second.code, kProf);
}

TEST_P(Deliver, DropsWhatIsIgnored) {
	stage.handle(Signal::prof, {.handler = kSigIgn});
	stage.handle(Signal::urg, {.handler = kSigDfl});  // SIGURG is ignored by default
	stage.thread = kernel::send(stage.thread, Signal::prof);
	const Resumed resumed = stage.deliver(Signal::urg);
	EXPECT_EQ(resumed.fate, Fate::runs);
	EXPECT_EQ(resumed.frames, 0u);
	EXPECT_EQ(resumed.thread.signals.pending, 0u);
	EXPECT_EQ(resumed.thread.cpu, cpu);
}

TEST_P(Deliver, EndsTheProcessByDefault) {
	const Resumed resumed = stage.deliver(Signal::usr1);
	EXPECT_EQ(resumed.fate, Fate::killed);
	EXPECT_EQ(resumed.killed_by, kUsr1);
}

}  // namespace
}  // namespace siglab::test
