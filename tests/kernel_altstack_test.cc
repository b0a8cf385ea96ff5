// The room kernel_model: the alternate stack, frames that cannot be written, forced signals.
#include "kernel_fixture.h"

namespace siglab::test {
namespace {

class AltStackRules : public KernelTest {};
SIGLAB_ON_BOTH_ISAS(AltStackRules);

// ---- The alternate stack ----

TEST_P(AltStackRules, LeavesTheStackAloneWithoutOnstack) {
	stage.handle(Signal::prof, {.handler = kHandler, .flags = kSaSiginfo});
	EXPECT_EQ(stage.deliver(Signal::prof).thread.cpu.sp, frame_below(kUserSp));
}

TEST_P(AltStackRules, LeavesTheStackAloneWithoutAnAlternateOne) {
	signals.altstack = {};
	const Thread inside = stage.deliver(Signal::prof).thread;
	EXPECT_EQ(inside.cpu.sp, frame_below(kUserSp));
	EXPECT_EQ(stage.frame_at(inside.cpu.sp).stack_flags, kSsDisable);
}

TEST_P(AltStackRules, CountsTheTopButNotTheBottomAsOnTheAlternateStack) {
	constexpr uint64_t kTop = GSIGNAL_STACK + GSIGNAL_STACK_SIZE;
	EXPECT_TRUE(kernel::on_altstack(kArmed, kTop));
	EXPECT_FALSE(kernel::on_altstack(kArmed, kTop + 1));
	EXPECT_TRUE(kernel::on_altstack(kArmed, GSIGNAL_STACK + 1));
	EXPECT_FALSE(kernel::on_altstack(kArmed, GSIGNAL_STACK));
	EXPECT_FALSE(kernel::on_altstack({.sp = kArmed.sp, .size = kArmed.size, .flags = kSsAutodisarm}, kTop));
	cpu.sp = kTop - 0x1000;
	EXPECT_EQ(stage.deliver(Signal::prof).thread.cpu.sp, frame_below(kTop - 0x1000));
}

TEST_P(AltStackRules, AlignsTheFrameUnderAnOddTop) {
	signals.altstack.size -= 5;
	const uint64_t sp = stage.deliver(Signal::prof).thread.cpu.sp;
	EXPECT_EQ(sp % isa.frame_alignment, 0u);
	EXPECT_EQ(sp, frame_below(GSIGNAL_STACK + GSIGNAL_STACK_SIZE - 5));
}

TEST_P(AltStackRules, DisarmsWithAutodisarmUntilTheHandlerReturns) {
	const AltStack autodisarm = {.sp = kArmed.sp, .size = kArmed.size, .flags = kSsAutodisarm};
	signals.altstack = autodisarm;
	const Resumed first = stage.deliver(Signal::prof);
	EXPECT_EQ(first.thread.signals.altstack, AltStack{});
	EXPECT_EQ(stage.frame_at(first.thread.cpu.sp).stack_flags, kSsAutodisarm);
	const Resumed nested = kernel::return_to_user(stage.config, kernel::send(first.thread, Signal::urg), stage.memory);
	EXPECT_EQ(nested.thread.cpu.sp, frame_below(first.thread.cpu.sp));  // no alternate stack: just further down
	EXPECT_EQ(stage.return_from(first.thread).thread.signals.altstack, autodisarm);
}

TEST_P(AltStackRules, RefusesToChangeTheStackItRunsOn) {
	const Thread inside = stage.deliver(Signal::prof).thread;
	stage.thread = inside;
	stage.put(GUEST_DATA, FOREIGN_STACK, isa.word);
	stage.put(GUEST_DATA + isa.word, 0, isa.word);
	stage.put(GUEST_DATA + 2u * isa.word, FOREIGN_STACK_SIZE, isa.word);
	const CallResult refused = stage.call(isa.sys.sigaltstack, {GUEST_DATA, 0, 0, 0});
	EXPECT_EQ(refused.thread.cpu.gpr[0], stage.error(kEperm));
	EXPECT_EQ(refused.thread.signals.altstack, kArmed);
	const CallResult asked = stage.call(isa.sys.sigaltstack, {0, GUEST_DATA, 0, 0});
	EXPECT_EQ(asked.thread.cpu.gpr[0], 0u);
	EXPECT_EQ(stage.get_word(GUEST_DATA + isa.word), kSsOnstack);
}

struct AltCase {
	const char* name;
	uint64_t size;
	uint32_t flags;
	int error;
	AltStack then;
};

TEST_P(AltStackRules, SetsAnAlternateStackThatIsBigEnoughAndWellDescribed) {
	const uint32_t least = isa.min_sigstack;
	const AltCase cases[] = {
		{"big enough", least, 0, 0, {FOREIGN_STACK, least, 0}},
		{"too small", least - 1, 0, kEnomem, kArmed},
		{"size 0", 0, 0, kEnomem, kArmed},
		{"disabled", 0x8000, kSsDisable, 0, {0, 0, kSsDisable}},
		{"disabled with autodisarm", 0, kSsDisable | kSsAutodisarm, 0, {0, 0, kSsDisable | kSsAutodisarm}},
		{"on stack", 0x8000, kSsOnstack, 0, {FOREIGN_STACK, 0x8000, kSsOnstack}},
		{"autodisarm", 0x8000, kSsAutodisarm, 0, {FOREIGN_STACK, 0x8000, kSsAutodisarm}},
		{"unknown flag", 0x8000, 4, kEinval, kArmed},
		{"two modes", 0x8000, kSsDisable | kSsOnstack, kEinval, kArmed},
	};
	for (const AltCase& one : cases) {
		stage.put(GUEST_DATA, FOREIGN_STACK, isa.word);
		stage.put(GUEST_DATA + isa.word, one.flags, isa.word);
		stage.put(GUEST_DATA + 2u * isa.word, one.size, isa.word);
		const CallResult called = stage.call(isa.sys.sigaltstack, {GUEST_DATA, GUEST_DATA + 64, 0, 0});
		EXPECT_EQ(called.thread.cpu.gpr[0], stage.error(one.error)) << one.name;
		EXPECT_EQ(called.thread.signals.altstack, one.then) << one.name;
	}
}

TEST_P(AltStackRules, ReportsTheOldAlternateStack) {
	ASSERT_EQ(stage.call(isa.sys.sigaltstack, {0, GUEST_DATA, 0, 0}).thread.cpu.gpr[0], 0u);
	EXPECT_EQ(stage.get_word(GUEST_DATA), kArmed.sp);
	EXPECT_EQ(stage.get_word(GUEST_DATA + isa.word), 0u);
	EXPECT_EQ(stage.get_word(GUEST_DATA + 2u * isa.word), kArmed.size);
	signals.altstack.flags = kSsAutodisarm;
	ASSERT_EQ(stage.call(isa.sys.sigaltstack, {0, GUEST_DATA, 0, 0}).thread.cpu.gpr[0], 0u);
	EXPECT_EQ(stage.get_word(GUEST_DATA + isa.word), kSsAutodisarm);
	signals.altstack = {.sp = 0, .size = 0, .flags = 0};
	ASSERT_EQ(stage.call(isa.sys.sigaltstack, {0, GUEST_DATA, 0, 0}).thread.cpu.gpr[0], 0u);
	EXPECT_EQ(stage.get_word(GUEST_DATA + isa.word), kSsDisable);  // size 0 is disabled
	EXPECT_EQ(stage.call(isa.sys.sigaltstack, {0, GUEST_TEXT, 0, 0}).thread.cpu.gpr[0], stage.error(kEfault));
	EXPECT_EQ(stage.call(isa.sys.sigaltstack, {0x100, 0, 0, 0}).thread.cpu.gpr[0], stage.error(kEfault));
}

TEST_P(AltStackRules, WritesAFrameThroughTheLowestWordsOfTheAlternateStack) {
	// Nothing between the handler's SP and the mapping's end stops a frame: Go's slot lies in its way.
	cpu.sp = GSIGNAL_STACK + isa.frame_size + isa.frame_record_size;
	stage.put(GSIGNAL_STACK, 0x5107'5107, isa.word);
	const Resumed entered = stage.deliver(Signal::prof);
	ASSERT_EQ(entered.fate, Fate::runs);
	EXPECT_EQ(entered.thread.cpu.sp, uint64_t{GSIGNAL_STACK});
	EXPECT_NE(stage.get_word(GSIGNAL_STACK), 0x5107'5107u);
}

// ---- Frames that cannot be written, and forced signals ----

TEST_P(AltStackRules, KillsWhenTheFrameCannotBeWritten) {
	cpu.sp = GSIGNAL_STACK + 64;  // on the alternate stack, so it is no way out
	const Resumed resumed = stage.deliver(Signal::prof);
	EXPECT_EQ(resumed.fate, Fate::killed);
	EXPECT_EQ(resumed.killed_by, kSegv);
	EXPECT_EQ(resumed.thread.cpu, cpu);
}

TEST_P(AltStackRules, KillsWhenTheStackIsNotWritable) {
	signals.altstack = {};
	cpu.sp = GUEST_TEXT + GUEST_TEXT_SIZE;
	EXPECT_EQ(stage.deliver(Signal::prof).killed_by, kSegv);
	cpu.sp = 16;  // the frame would begin below address 0
	EXPECT_EQ(stage.deliver(Signal::prof).killed_by, kSegv);
}

TEST(AltStackRulesArm64, NeedsRoomForTheFrameRecordToo) {
	Stage stage{kArm64};
	stage.handle(Signal::prof, {.handler = kHandler, .flags = kSaSiginfo});
	stage.thread.cpu.sp = CURG_STACK + CURG_STACK_SIZE + 16;  // only the record would lie beyond the mapping
	EXPECT_EQ(stage.deliver(Signal::prof).killed_by, kSegv);
	stage.thread.cpu.sp -= 16;
	EXPECT_EQ(stage.deliver(Signal::prof).fate, Fate::runs);
}

TEST_P(AltStackRules, GivesSegvsHandlerAChanceOnAnotherStack) {
	cpu.sp = GUEST_TEXT + GUEST_TEXT_SIZE;
	stage.handle(Signal::usr1, {.handler = kHandler, .flags = kSaSiginfo});  // no SA_ONSTACK: nowhere to go
	stage.handle(Signal::segv, kOther);
	const Resumed resumed = stage.deliver(Signal::usr1);
	ASSERT_EQ(resumed.fate, Fate::runs);
	EXPECT_EQ(resumed.thread.cpu.pc, kOtherHandler);
	const auto frame = stage.frame_at(resumed.thread.cpu.sp);
	EXPECT_EQ(frame.signo, kSegv);
	EXPECT_EQ(frame.code, 0x80u);
	EXPECT_EQ(frame.cpu.pc, kInterrupted);
	stage.handle(Signal::segv, {.handler = kOtherHandler, .flags = kSaSiginfo});  // and if it has none either:
	EXPECT_EQ(stage.deliver(Signal::usr1).killed_by, kSegv);
}

TEST_P(AltStackRules, ForcesSegvOnWhoeverHandlesIt) {
	stage.handle(Signal::segv, kOther);
	const Resumed forced = kernel::force_segv(stage.config, stage.thread, stage.memory);
	EXPECT_EQ(forced.fate, Fate::runs);
	EXPECT_EQ(forced.thread.cpu.pc, kOtherHandler);
	EXPECT_EQ(forced.frames, 1u);
}

TEST_P(AltStackRules, KillsByAForcedSegvThatIsBlockedIgnoredOrUnhandled) {
	EXPECT_EQ(kernel::force_segv(stage.config, stage.thread, stage.memory).killed_by, kSegv);
	stage.handle(Signal::segv, {.handler = kSigIgn});
	EXPECT_EQ(kernel::force_segv(stage.config, stage.thread, stage.memory).killed_by, kSegv);
	stage.handle(Signal::segv, kOther);
	signals.blocked = bit(Signal::segv);
	EXPECT_EQ(kernel::force_segv(stage.config, stage.thread, stage.memory).killed_by, kSegv);
}

}  // namespace
}  // namespace siglab::test
