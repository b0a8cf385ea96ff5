// Broken twins of the explorer, each caught: by brute force, by the catalogue, or by the graph itself. Dead memory is never read.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "explorer_fixture.h"
#include "naive.h"

namespace siglab {
namespace {

using test::explored;
using test::takings_of;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

Limits with(SearchFault fault, const Budget& budget = test::kAnyNumber) {
	Limits limits{.budget = budget};
	limits.faults.set(static_cast<size_t>(fault));
	return limits;
}

// Of both signals in any number.
std::vector<std::string> deviations(const std::string& scenario, const Limits& limits, kernel::Faults faults = {}) {
	World world = test::world(scenario);
	world.kernel.faults = faults;
	Machine& machine = test::machine(world.isa());
	Result<Sweep> result = sweep(std::move(world), test::kProfAndUsr1, machine, limits);
	if (!result) ADD_FAILURE() << result.error().text;
	return test::deviations_in_words(result->world, result->walk, result->runs[0]);
}

constexpr const char* kMissed = "recovers-g (nil) was expected to break, and holds";
constexpr const char* kSlotCounts[] = {"arm64:v2:nanotime1:curg:clean:go:PROF:1", "arm:v2:nanotime1:curg:clobber-g:go:PROF:1"};

TEST(BrokenExplorer, TheSoundOneDeviatesInNothing) {
	for (const char* scenario : kSlotCounts) EXPECT_THAT(deviations(scenario, Limits{.budget = test::kAnyNumber}), IsEmpty());
}

// States that differ in memory alone are taken for one: what the first signal left behind is lost.
TEST(BrokenExplorer, AHashThatIgnoresMemoryMissesWhatTakesTwo) {
	for (const char* scenario : kSlotCounts) {
		EXPECT_THAT(deviations(scenario, with(SearchFault::memory_not_hashed)), Contains(HasSubstr(kMissed)));
	}
}

// The same where the slot counts as dead: the cleared slot is forgotten.
TEST(BrokenExplorer, DeadMemoryThatIsNotDeadMissesWhatTakesTwo) {
	for (const char* scenario : kSlotCounts) {
		EXPECT_THAT(deviations(scenario, with(SearchFault::slot_is_dead)), Contains(HasSubstr(kMissed)));
	}
}

TEST(BrokenExplorer, BruteForceTellsEachFromTheSoundOne) {
	const Budget two{.signals = 2};
	for (const char* scenario : kSlotCounts) {
		SCOPED_TRACE(scenario);
		const World world = test::world(scenario);
		const test::Takings expected = test::Naive(world, test::machine(world.isa()), test::kProfAlone, 2, 0).run();
		EXPECT_EQ(takings_of(explored(world, test::kProfAlone, two)), expected);
		for (const SearchFault fault : {SearchFault::boundary_skipped, SearchFault::memory_not_hashed, SearchFault::slot_is_dead}) {
			EXPECT_NE(takings_of(explored(world, test::kProfAlone, with(fault, two))), expected) << static_cast<int>(fault);
		}
	}
}

// Where nothing breaks, only the count tells that a boundary was left out.
TEST(BrokenExplorer, ASkippedBoundaryLeavesAStateWithoutItsEvents) {
	const World world = test::world("arm64:v5:nanotime1:curg:clobber-g:go:PROF:1");
	const auto complete = [&](const Exploration& found) { return found.edges.size() + found.masked == found.nodes.size(); };
	EXPECT_TRUE(complete(explored(world, test::kProfAlone)));
	const Exploration skips = explored(world, test::kProfAlone, with(SearchFault::boundary_skipped));
	EXPECT_EQ(skips.outcome, Outcome::exhausted);
	EXPECT_FALSE(complete(skips));
	// One signal at each boundary: the catalogue's own run counts too.
	Limits one;
	one.faults.set(static_cast<size_t>(SearchFault::boundary_skipped));
	Result<Sweep> swept = sweep(test::world("arm64:v5:nanotime1:curg:clobber-g:go:PROF:1"), test::kProfAlone, test::machine(kArm64), one);
	ASSERT_TRUE(swept.ok());
	EXPECT_THAT(test::deviations_in_words(swept->world, swept->walk, swept->runs[0]), Contains(HasSubstr("masked deliveries do not make")));
}

// The next signal would find everything blocked: the explorer sees no second one, and the return is not what it was.
TEST(BrokenExplorer, AReturnThatForgetsTheMaskIsCaught) {
	kernel::Faults faults;
	faults.set(static_cast<size_t>(kernel::Fault::mask_not_restored));
	for (const char* scenario : {"arm64:v5:nanotime1:curg:clobber-g:go:PROF:1", "arm:v2:nanotime1:curg:clean:go:PROF:1"}) {
		EXPECT_THAT(deviations(scenario, Limits{.budget = test::kAnyNumber}, faults),
		            Contains(HasSubstr("transparent-return (kernel) was expected to hold, and breaks")));
	}
}

// ---- poison ----

// The world fills stacks with a pattern; this is another, on their dead part: from their lowest byte (but for the slot) up to the stack
// pointer.
void poison(World& world, std::byte with) {
	for (RegionPlan& region : world.plan) {
		const bool stack = region.range.contains({world.start.cpu.sp - 1}) || region.range == world.truth.signal_stack;
		if (!stack) continue;
		region.contents.resize(region.range.size());
		const uint64_t from = region.range == world.truth.signal_stack ? world.isa().word : 0;
		const uint64_t sp = world.start.cpu.sp;
		const uint64_t to = region.range.contains({sp - 1}) ? sp - region.range.begin.value : region.range.size();
		const auto at = [&](uint64_t offset) { return region.contents.begin() + static_cast<std::ptrdiff_t>(offset); };
		std::fill(at(from), at(to), with);
	}
}

struct Short {
	size_t nodes, edges, broken;
	test::Takings takings;
	bool operator==(const Short&) const = default;
};
Short in_short(const Exploration& found) { return {found.nodes.size(), found.edges.size(), found.broken.size(), takings_of(found)}; }

TEST(DeadMemory, IsNeverRead) {
	for (const Isa* isa : all_isas()) {
		for (const char* variant : {"v0", "v2", "v4", "v6"}) {
			for (const char* caller : {"curg", "g0"}) {
				World world = test::world(fmt::format("{}:{}:nanotime1:{}:clobber-g:go:PROF:1", isa->name, variant, caller));
				SCOPED_TRACE(print_scenario(world.scenario));
				const Short clean = in_short(explored(world, test::kProfAndUsr1));
				for (const int pattern : {0x5a, 0xff}) {
					poison(world, std::byte(pattern));
					EXPECT_EQ(in_short(explored(world, test::kProfAndUsr1)), clean);
				}
			}
		}
	}
}

// The poison is where it would be read: a guest that does read it shows it.
TEST(DeadMemory, IsSeenByAGuestThatReadsIt) {
	const std::string label = "\nruntime.nanotime1:\n";
	const std::string reads = label + "\tldurb w1, [sp, #-200]\n\tcmp w1, #0x5a\n\tb.ne 9f\n\tmov x28, xzr\n9:\n";
	const test::OwnFile file("reads.S", test::edited("guest_asm/arm64/v5.S", label, reads));
	World world = test::world(fmt::format("arm64:{}:nanotime1:curg:clean:go:PROF:1", file.text()));
	const Short clean = in_short(explored(world, test::kProfAlone));
	poison(world, std::byte{0x5a});
	EXPECT_NE(in_short(explored(world, test::kProfAlone)), clean);
}

}  // namespace
}  // namespace siglab
