// What if: signals nest until the signal stack overflows, and what lies below it is somebody's memory. Frames run through the slot, and on.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "explorer_fixture.h"
#include "guest_asm/layout.h"
#include "report/explored.h"

namespace siglab {
namespace {

using test::explored;
using test::traced;
using testing::HasSubstr;

constexpr Verdict kRunOver{Property::slot_discipline, Kind::overwrite};
constexpr Verdict kChanged{Property::transparent_return, Kind::memory};

World world_of(const Isa& isa, std::string_view variant, std::string_view vdso, Signal signal = Signal::usr1) {
	return test::world(fmt::format("{}:{}:nanotime1:curg:{}:overflow:{}:1", isa.name, variant, vdso, signal_name(signal)));
}

const Finding* find(const std::vector<Finding>& findings, Verdict verdict) {
	const auto found = std::find_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.verdict == verdict; });
	return found == findings.end() ? nullptr : &*found;
}

// SIGNAL@at, and the same signal in its handler at `inside`, and in that one's, `levels` deep.
Schedule nested(Signal signal, uint32_t at, uint32_t inside, uint8_t levels) {
	Schedule schedule = {{.signal = signal, .boundary = at}};
	for (uint8_t depth = 1; depth <= levels; ++depth) schedule.push_back({.signal = signal, .depth = depth, .boundary = inside});
	return schedule;
}

// How deep they nest when a frame runs through the slot for the first time.
uint8_t levels_until_overflow(const World& world, Signal signal, uint32_t inside) {
	for (uint8_t levels = 0; levels < 60; ++levels) {
		const Result<Trace> trace = siglab::trace(world, test::machine(world.isa()), nested(signal, 0, inside, levels));
		if (!trace) ADD_FAILURE() << trace.error().text;
		if (!trace || find(trace->findings, kRunOver) != nullptr) return levels;
	}
	return 60;
}

// The kernel puts the second frame (on arm, whose frames are smaller, the third) through the slot and into what lies below.
TEST(Overflow, AFrameRunsThroughTheSlotAndBelowIt) {
	for (const Isa* isa : all_isas()) {
		const World world = world_of(*isa, "v5", "clean");
		const uint8_t levels = levels_until_overflow(world, Signal::usr1, 5);
		EXPECT_EQ(levels, isa->id == IsaId::arm64 ? 1 : 2);
		const Trace trace = traced(world, nested(Signal::usr1, 0, 5, levels));
		const Finding* found = find(trace.findings, kRunOver);
		ASSERT_NE(found, nullptr);
		EXPECT_TRUE(found->cause);
		EXPECT_EQ(found->expected, "every frame on the signal stack ends above the slot at 0x60000");
		const char* said = "SIGUSR1's frame is at 0x5[ef][0-9a-f]+ .. 0x60[0-9a-f]+: through the slot, and [0-9]+ bytes below it";
		EXPECT_THAT(found->observed, testing::MatchesRegex(said));
		// Go notices, for its handler is on no stack that it knows. But it notices too late: what was there is gone.
		EXPECT_EQ(trace.end.kind, EndKind::exited);
		EXPECT_THAT(trace.end.text, HasSubstr("not on the signal stack"));
	}
}

// Where the frame still fits, the handler's own calls do not: they store through the slot, go on in the neighbour's memory, and return.
TEST(Overflow, AHandlerThatReturnsHasChangedItsNeighboursMemory) {
	const World world = world_of(kArm64, "v5", "clobber-all", Signal::prof);
	const Trace trace = traced(world, {{.signal = Signal::prof, .boundary = 0}});
	EXPECT_EQ(trace.end.kind, EndKind::completed) << trace.end.text;
	const Finding* over = find(trace.findings, kRunOver);
	ASSERT_NE(over, nullptr);
	EXPECT_THAT(over->observed, testing::MatchesRegex("[0-9]+ bytes are stored at 0x60000, through the slot, with sp 0x5f[0-9a-f]+"));
	const Finding* changed = find(trace.findings, kChanged);
	ASSERT_NE(changed, nullptr);
	EXPECT_THAT(changed->expected, HasSubstr("the neighbour's: no frame goes below the signal stack"));
	EXPECT_FALSE(changed->cause) << "it follows from the frame that ran over";
	// The same on a stack that has room, and on the same stack with a vDSO that takes less.
	EXPECT_TRUE(traced(test::world("arm64:v5:nanotime1:curg:clobber-all:go:PROF:1"), {{.signal = Signal::prof}}).findings.empty());
	EXPECT_TRUE(traced(world_of(kArm64, "v5", "clobber-g"), {{.signal = Signal::prof}}).findings.empty());
}

// Unmapped, the same store is a fault and nothing else.
TEST(Overflow, WithNobodyBelowItIsAFault) {
	const World world = test::world("arm64:v5:nanotime1:curg:clobber-all:small-altstack:PROF:1");
	const Trace trace = traced(world, {{.signal = Signal::prof, .boundary = 0}});
	EXPECT_EQ(trace.end.kind, EndKind::fault);
	EXPECT_EQ(find(trace.findings, kChanged), nullptr);
}

// A handler that runs below the stack is, to the kernel, not on it: the next frame lies at the top, over the handlers that are open.
TEST(Overflow, TheNextFrameLiesOverOpenHandlers) {
	const World world = world_of(kArm64, "v5", "clean");
	Thread below = world.start;
	below.cpu.sp = NEIGHBOUR + NEIGHBOUR_SIZE - 256;
	Machine& machine = test::machine(kArm64);
	ASSERT_TRUE(machine.load(world.plan).ok());
	const kernel::Resumed first = kernel::return_to_user(world.kernel, kernel::send(world.start, Signal::usr1), machine.memory());
	const kernel::Resumed next = kernel::return_to_user(world.kernel, kernel::send(below, Signal::usr1), machine.memory());
	EXPECT_EQ(next.thread.cpu.sp, first.thread.cpu.sp);
}

// ---- the whole 32 KiB ----

// The same on a signal stack of Go's size: it takes nearly seven frames on arm64, and more than twenty on arm.
TEST(Overflow, ComesWithGosOwnStackTooIfSignalsNestDeepEnough) {
	for (const Isa* isa : all_isas()) {
		World world = world_of(*isa, "v5", "clean");
		world.start.signals.altstack.size = GSIGNAL_STACK_SIZE;
		const uint8_t levels = levels_until_overflow(world, Signal::usr1, 5);
		const uint64_t frame = isa->frame_size + isa->frame_record_size;
		// Each level takes a frame, and the little that sigtramp has pushed by then.
		EXPECT_LE(levels, GSIGNAL_STACK_SIZE / frame);
		EXPECT_GE(levels, GSIGNAL_STACK_SIZE / (frame + 192));
		EXPECT_GT(levels, 5);
	}
}

// Each level inside the clock call of the one before, with v7, which finds g there too: all of them are followed, up to what the ghost can hold; more is refused, by name.
TEST(Overflow, OpenClockCallsAreCountedAndNotForgotten) {
	for (const Isa* isa : all_isas()) {
		World world = world_of(*isa, "v7", "clean", Signal::prof);
		world.start.signals.altstack.size = GSIGNAL_STACK_SIZE;
		const Trace one = traced(world, nested(Signal::prof, 0, 0, 0));
		const auto in_vdso = [](const TraceLine& line) { return line.depth == 1 && line.in_vdso; };
		const auto inside = std::find_if(one.lines.begin(), one.lines.end(), in_vdso);
		ASSERT_NE(inside, one.lines.end());
		uint8_t levels = 1;
		for (; levels < 40; ++levels) {
			const Trace trace = traced(world, nested(Signal::prof, 60, inside->boundary, levels));
			if (!trace.findings.empty()) break;
		}
		const Trace last = traced(world, nested(Signal::prof, 60, inside->boundary, levels));
		if (isa->id == IsaId::arm64) {
			EXPECT_NE(find(last.findings, kRunOver), nullptr) << "the stack is full first";
		} else {
			EXPECT_EQ(levels, Ghost::kMaxDepth - 1u);
			ASSERT_NE(find(last.findings, {Property::alive, Kind::refused}), nullptr);
			EXPECT_THAT(last.end.text, HasSubstr("more than 8 calls of the clock are open at once"));
		}
	}
}

// ---- the search ----

TEST(Overflow, TheSearchNestsUntilTheStackOverflows) {
	const World world = world_of(kArm64, "v5", "clean");
	const std::vector<Signal> usr1 = {Signal::usr1};
	const Exploration found = explored(world, usr1, Budget{.signals = std::nullopt, .nesting = kUntilOverflow});
	EXPECT_EQ(found.outcome, Outcome::exhausted);
	EXPECT_TRUE(found.nesting_cut) << "below the stack nobody is interrupted";
	const std::vector<Finding> findings = shortest_findings(found);
	const Finding* over = find(findings, kRunOver);
	ASSERT_NE(over, nullptr);
	EXPECT_EQ(over->schedule.size(), 2u);
	EXPECT_TRUE(test::verdicts_of(traced(world, over->schedule).findings).contains(kRunOver));
	const RunRecord run{.signal = "USR1", .budget = "any", .nesting = kUntilOverflow, .nesting_cut = true};
	EXPECT_THAT(quantifiers(run), HasSubstr("inside handlers too until the signal stack overflows"));
	const RunRecord bounded{.signal = "USR1", .budget = "any", .nesting = 2, .nesting_cut = true};
	EXPECT_THAT(quantifiers(bounded), HasSubstr(", at most 2 handlers interrupted at the same time; one thread"));
	const RunRecord nested{.signal = "USR1", .budget = "any", .nesting = 2, .nested = true};
	EXPECT_THAT(quantifiers(nested), HasSubstr(", inside handlers too as deep as their masks let them; one thread"));
}

}  // namespace
}  // namespace siglab
