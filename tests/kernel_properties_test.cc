// The kernel model on random threads: what goes out and comes back is the same.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "kernel_stage.h"
#include "state/schedule.h"

namespace siglab::test {
namespace {

using kernel::CallResult;
using kernel::Frame;
using kernel::Resumed;

constexpr uint64_t kLow32 = 0xffffffff;

uint64_t word_of(const Isa& isa) { return *rc::gen::arbitrary<uint64_t>() & (isa.word == 8 ? ~uint64_t{0} : kLow32); }

// Any CPU that user code can have brought about, with SP wherever a frame fits below.
Cpu any_cpu(const Isa& isa) {
	Cpu cpu;
	for (uint8_t i = 0; i < isa.gpr_names.size(); ++i) {
		if (!isa.gpr_names[i].empty()) cpu.gpr[i] = word_of(isa);
	}
	for (uint8_t i = 0; i < isa.vec_words; ++i) cpu.vec[i] = *rc::gen::arbitrary<uint64_t>();
	cpu.sp = *rc::gen::element<uint64_t>(CURG_STACK, FOREIGN_STACK, GSIGNAL_STACK) + *rc::gen::inRange<uint64_t>(0x1400, 0x2000);
	cpu.pc = word_of(isa);
	cpu.flags = (*rc::gen::arbitrary<uint64_t>() & isa.flags_mask & ~uint64_t{0x1f}) | isa.user_flags;
	cpu.tls = word_of(isa);
	cpu.fpsr = *rc::gen::arbitrary<uint64_t>() & kLow32;
	cpu.fpcr = isa.word == 8 ? *rc::gen::arbitrary<uint64_t>() & kLow32 : 0;
	return cpu;
}

AltStack any_altstack() {
	const auto flags = *rc::gen::element<uint32_t>(0, kSsOnstack, kSsAutodisarm, kSsOnstack | kSsAutodisarm, kSsDisable);
	if (flags == kSsDisable) return {};
	return {.sp = GSIGNAL_STACK, .size = *rc::gen::inRange<uint64_t>(0x2000, GSIGNAL_STACK_SIZE + 1), .flags = flags};
}

Signal any_signal() { return *rc::gen::element(Signal::usr1, Signal::segv, Signal::urg, Signal::prof); }

Action any_action() {
	Action action{.handler = kHandler, .flags = kSaSiginfo, .restorer = kRestorer, .mask = *rc::gen::arbitrary<uint64_t>()};
	for (const uint64_t flag : {kSaOnstack, kSaRestart, kSaNodefer, kSaRestorer}) {
		if (*rc::gen::arbitrary<bool>()) action.flags |= flag;
	}
	if (*rc::gen::arbitrary<bool>()) action.handler |= 1;
	return action;
}

// The stage with a random thread on it.
void randomise(Stage& stage) {
	stage.thread.cpu = any_cpu(stage.isa);
	stage.thread.signals.altstack = any_altstack();
	stage.thread.signals.blocked = *rc::gen::arbitrary<uint64_t>() & ~kUnblockable;
	stage.thread.signals.clock = {.realtime_ns = *rc::gen::arbitrary<int64_t>(), .monotonic_ns = *rc::gen::arbitrary<int64_t>()};
}

// Delivers `signal`, and comes back from a handler that has overwritten every register but SP.
Thread there_and_back(Stage& stage, Signal signal) {
	stage.thread.signals.blocked &= ~bit(signal);
	const Resumed entered = stage.deliver(signal);
	RC_ASSERT(entered.frames == 1u);
	Thread inside = entered.thread;
	inside.cpu = any_cpu(stage.isa);
	inside.cpu.tls = entered.thread.cpu.tls;
	inside.cpu.sp = entered.thread.cpu.sp;
	const CallResult back = stage.return_from(inside);
	RC_ASSERT(back.end == kernel::CallEnd::returned);
	return back.thread;
}

void delivery_and_return_are_the_identity(const Isa& isa) {
	Stage stage{isa};
	randomise(stage);
	const Signal signal = any_signal();
	stage.handle(signal, any_action());
	const Thread back = there_and_back(stage, signal);
	RC_ASSERT(back.cpu == stage.thread.cpu);
	RC_ASSERT(back.signals == stage.thread.signals);
}
RC_GTEST_PROP(Arm64Properties, DeliveryAndReturnAreTheIdentity, ()) { delivery_and_return_are_the_identity(kArm64); }
RC_GTEST_PROP(ArmProperties, DeliveryAndReturnAreTheIdentity, ()) { delivery_and_return_are_the_identity(kArm); }

// Every signal that may come at once, stacked and unwound again.
void any_number_of_frames_unwind_to_the_start(const Isa& isa) {
	Stage stage{isa};
	randomise(stage);
	stage.thread.cpu.sp = CURG_STACK + CURG_STACK_SIZE - 16;
	stage.thread.signals.altstack = kArmed;
	stage.thread.signals.blocked = 0;
	Thread sent = stage.thread;
	for (const Signal signal : {Signal::usr1, Signal::segv, Signal::urg, Signal::prof}) {
		Action action = any_action();
		action.flags |= kSaOnstack;
		action.mask = 0;
		stage.handle(signal, action);
		if (*rc::gen::arbitrary<bool>()) sent = kernel::send(sent, signal);
	}
	sent.signals.actions = stage.thread.signals.actions;
	const Resumed entered = kernel::return_to_user(stage.config, sent, stage.memory);
	RC_ASSERT(entered.fate == kernel::Fate::runs);
	Thread unwound = entered.thread;
	for (uint32_t i = 0; i < entered.frames; ++i) unwound = stage.return_from(unwound).thread;
	RC_ASSERT(unwound == stage.thread);
}
RC_GTEST_PROP(Arm64Properties, AnyNumberOfFramesUnwindToTheStart, ()) { any_number_of_frames_unwind_to_the_start(kArm64); }
RC_GTEST_PROP(ArmProperties, AnyNumberOfFramesUnwindToTheStart, ()) { any_number_of_frames_unwind_to_the_start(kArm); }

// The mask and the alternate stack come back whatever the handler asked the kernel for in the meantime.
void mask_and_altstack_come_back(const Isa& isa) {
	Stage stage{isa};
	randomise(stage);
	stage.thread.signals.blocked &= ~bit(Signal::prof);
	stage.thread.cpu.sp = CURG_STACK + CURG_STACK_SIZE;  // off both alternate stacks: Linux sets none while SP is on it
	stage.handle(Signal::prof, any_action());
	Thread inside = stage.deliver(Signal::prof).thread;
	inside.signals.blocked = *rc::gen::arbitrary<uint64_t>();
	inside.signals.altstack = {.sp = FOREIGN_STACK, .size = FOREIGN_STACK_SIZE, .flags = 0};
	const Thread back = stage.return_from(inside).thread;
	RC_ASSERT(back.signals.blocked == stage.thread.signals.blocked);
	RC_ASSERT(back.signals.altstack == stage.thread.signals.altstack);
}
RC_GTEST_PROP(Arm64Properties, MaskAndAltstackComeBack, ()) { mask_and_altstack_come_back(kArm64); }
RC_GTEST_PROP(ArmProperties, MaskAndAltstackComeBack, ()) { mask_and_altstack_come_back(kArm); }

Stage::SeenFrame any_frame(const Isa& isa) {
	Stage::SeenFrame frame;
	frame.cpu = any_cpu(isa);
	frame.cpu.tls = 0;  // no frame has it
	frame.cpu.sp = word_of(isa);
	for (uint64_t* narrow : {&frame.signo, &frame.error, &frame.code, &frame.pid, &frame.uid, &frame.stack_flags}) {
		*narrow = *rc::gen::arbitrary<uint64_t>() & kLow32;
	}
	for (uint64_t* word : {&frame.uc_flags, &frame.uc_link, &frame.stack_sp, &frame.stack_size, &frame.fault_address}) *word = word_of(isa);
	frame.mask = *rc::gen::arbitrary<uint64_t>();
	return frame;
}

// write_frame then read_frame, compared by the rows, and nothing outside the frame is touched.
void a_frame_is_read_as_it_was_written(const Isa& isa) {
	Stage stage{isa};
	const auto written = any_frame(isa);
	const uint64_t at = FOREIGN_STACK + 16 * *rc::gen::inRange<uint64_t>(1, 100);
	RC_ASSERT(kernel::write_frame(isa, written.cpu, written, {at}, stage.memory));
	const auto read = stage.frame_at(at);
	RC_ASSERT(read.cpu == written.cpu);
	RC_ASSERT(read.signo == written.signo && read.error == written.error && read.code == written.code);
	RC_ASSERT(read.pid == written.pid && read.uid == written.uid);
	RC_ASSERT(read.uc_flags == written.uc_flags && read.uc_link == written.uc_link);
	RC_ASSERT(read.stack_sp == written.stack_sp && read.stack_size == written.stack_size && read.stack_flags == written.stack_flags);
	RC_ASSERT(read.mask == written.mask && read.fault_address == written.fault_address);
	RC_ASSERT(stage.get(at - 8, 8) == 0xcccccccccccccccc);
	RC_ASSERT(stage.get(at + isa.frame_size + isa.frame_record_size, 8) == 0xcccccccccccccccc);
}
RC_GTEST_PROP(Arm64Properties, AFrameIsReadAsItWasWritten, ()) { a_frame_is_read_as_it_was_written(kArm64); }
RC_GTEST_PROP(ArmProperties, AFrameIsReadAsItWasWritten, ()) { a_frame_is_read_as_it_was_written(kArm); }

// The log of a delivery names every byte that it changed: a machine that follows the log misses nothing.
void the_log_of_a_delivery_is_complete(const Isa& isa) {
	Stage stage{isa};
	randomise(stage);
	const Signal signal = any_signal();
	stage.thread.signals.blocked &= ~bit(signal);
	stage.handle(signal, any_action());
	Snapshot follower{stage.memory};
	std::vector<Write> log;
	stage.memory.log_writes_to(&log);
	RC_ASSERT(stage.deliver(signal).frames == 1u);
	for (const Write& write : log) follower.apply(write);
	RC_ASSERT(follower == Snapshot{stage.memory});
}
RC_GTEST_PROP(Arm64Properties, TheLogOfADeliveryIsComplete, ()) { the_log_of_a_delivery_is_complete(kArm64); }
RC_GTEST_PROP(ArmProperties, TheLogOfADeliveryIsComplete, ()) { the_log_of_a_delivery_is_complete(kArm); }

Event any_event() {
	Event event;
	if (*rc::gen::arbitrary<bool>()) event.signal = any_signal();
	event.depth = *rc::gen::inRange<uint8_t>(0, 3);
	event.boundary = *rc::gen::inRange<uint32_t>(0, 100'000'001);
	event.again = *rc::gen::inRange<uint32_t>(0, 5);
	return event;
}

RC_GTEST_PROP(ScheduleProperties, WhatIsPrintedParsesBack, ()) {
	Schedule schedule(*rc::gen::inRange<size_t>(0, 20));
	for (Event& event : schedule) event = any_event();
	const Result<Schedule> back = parse_schedule(print_schedule(schedule));
	RC_ASSERT(back.ok());
	RC_ASSERT(*back == schedule);
}

}  // namespace
}  // namespace siglab::test
