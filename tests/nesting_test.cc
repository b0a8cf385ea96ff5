// What if: an assumption of Go's is not kept. Which of them nest signals, and what that breaks.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "explore/delivery.h"
#include "explorer_fixture.h"

namespace siglab {
namespace {

using test::explored;
using testing::IsEmpty;

const std::vector<Signal> kOrdinary = {Signal::usr1, Signal::urg};

World world_of(const Isa& isa, std::string_view variant, std::string_view world) {
	return test::world(fmt::format("{}:{}:nanotime1:curg:clobber-g:{}:USR1:1", isa.name, variant, world));
}

TEST(Nesting, WithAnEmptyMaskASecondSignalLosesG) {
	for (const Isa* isa : all_isas()) {
		for (const char* variant : {"v5", "v6"}) {
			const World world = world_of(*isa, variant, "mask-empty");
			SCOPED_TRACE(print_scenario(world.scenario));
			const std::vector<Finding> findings = shortest_findings(explored(world, kOrdinary, Budget{.signals = 2}));
			const auto is_wrong = [](const Finding& f) { return f.verdict == Verdict{Property::recovers_g, Kind::wrong}; };
			const auto wrong = std::find_if(findings.begin(), findings.end(), is_wrong);
			ASSERT_NE(wrong, findings.end());
			EXPECT_EQ(wrong->schedule.size(), 2u);
			EXPECT_EQ(wrong->schedule.back().depth, 1) << "inside the first one's handler";
			EXPECT_THAT(print_schedule(wrong->schedule), testing::HasSubstr("@h"));
			EXPECT_FALSE(wrong->boundary);
			EXPECT_FALSE(test::traced(world, wrong->schedule).findings.empty());
		}
	}
}

TEST(Nesting, WithoutItNothingBreaksThere) {
	for (const Isa* isa : all_isas()) {
		const Exploration found = explored(world_of(*isa, "v5", "go"), kOrdinary, Budget{.signals = 2});
		EXPECT_THAT(found.broken, IsEmpty());
		EXPECT_FALSE(found.nesting_cut);
	}
}

// sa_mask already holds every signal, the handler's own too.
TEST(Nesting, NodeferAloneChangesNothing) {
	for (const Isa* isa : all_isas()) {
		for (const char* variant : {"v2", "v5"}) {
			const std::vector<Signal> all = {Signal::prof, Signal::usr1};
			const Exploration go = explored(world_of(*isa, variant, "go"), all);
			const Exploration nodefer = explored(world_of(*isa, variant, "nodefer"), all);
			EXPECT_EQ(test::verdicts_of(nodefer), test::verdicts_of(go));
			EXPECT_EQ(nodefer.nodes.size(), go.nodes.size());
			EXPECT_EQ(nodefer.edges.size(), go.edges.size());
			EXPECT_FALSE(nodefer.nesting_cut);
		}
	}
}

TEST(Nesting, IsCutWhereItIsNotAskedForAndSaysSo) {
	const World world = world_of(kArm64, "v5", "mask-empty");
	const Exploration flat = explored(world, kOrdinary, Budget{.signals = 2, .nesting = 0});
	EXPECT_TRUE(flat.nesting_cut);
	EXPECT_TRUE(std::all_of(flat.nodes.begin(), flat.nodes.end(), [](const Node& node) { return node.depth == 0; }));
	EXPECT_FALSE(test::verdicts_of(flat).contains({Property::recovers_g, Kind::wrong})) << "it takes a nested one";
	EXPECT_FALSE(explored(world, kOrdinary, Budget{.signals = 1, .nesting = 0}).nesting_cut) << "one signal nests nowhere";
}

// How much of the signal stack one signal leaves free, wherever it comes: the least distance from its low end to SP inside the handler.
int64_t least_room(const World& world, Signal signal) {
	Machine& machine = test::machine(world.isa());
	EXPECT_TRUE(machine.load(world.plan).ok());
	const Snapshot memory(machine.memory());
	const kernel::Resumed in = kernel::return_to_user(world.kernel, kernel::send(world.start, signal), machine.memory());
	auto lowest = static_cast<int64_t>(in.thread.cpu.sp);
	const auto measure = [&](const Moment& moment) {
		lowest = std::min(lowest, static_cast<int64_t>(moment.thread.cpu.sp));
		return true;
	};
	const Result<Course> course = run_course(world, machine, CourseOf::handler, in.thread, handler_ghost(world.ghost), measure);
	EXPECT_TRUE(course.ok());
	memory.restore(machine.memory());
	return lowest - static_cast<int64_t>(world.start.signals.altstack.sp);
}

// MINSIGSTKSZ is no room for a Go handler. On arm64, frame and handler leave 16 of the 5120 bytes when the vDSO takes 16 itself;
// one that saves more writes below the stack. On arm a kilobyte is left.
TEST(Nesting, ASmallAlternateStackIsRunOverOnArm64) {
	EXPECT_EQ(least_room(world_of(kArm64, "v5", "small-altstack"), Signal::prof), 16);
	EXPECT_EQ(least_room(world_of(kArm, "v5", "small-altstack"), Signal::prof), 1016);
	for (const Isa* isa : all_isas()) {
		const auto broken = [&](std::string_view vdso, std::string_view where) {
			const World world = test::world(fmt::format("{}:v5:nanotime1:curg:{}:{}:PROF:1", isa->name, vdso, where));
			return test::verdicts_of(explored(world, test::kProfAlone, Budget{.signals = 2}));
		};
		const std::set<Verdict> fault = {{Property::alive, Kind::fault}};
		EXPECT_THAT(broken("clobber-g", "small-altstack"), IsEmpty());
		EXPECT_EQ(broken("clobber-all", "small-altstack"), isa->id == IsaId::arm64 ? fault : std::set<Verdict>{});
		EXPECT_THAT(broken("clobber-all", "go"), IsEmpty());
	}
}

}  // namespace
}  // namespace siglab
