// The explorer against brute force: all schedules of one and two events, each run from its beginning to its end.
#include <fmt/format.h>

#include "explorer_fixture.h"
#include "naive.h"

namespace siglab {
namespace {

using test::explored;
using test::kProfAlone;
using test::Naive;
using test::takings_of;
using test::Takings;

struct Case {
	const char* scenario;
	std::vector<Signal> signals;
	Budget budget;
	size_t at_least;  // schedules
};

void PrintTo(const Case& c, std::ostream* out) {
	*out << c.scenario << " x" << c.signals.size() << (c.budget.ticks != 0 ? " and a tick" : "");
}

// After a jump the walk begins anew, and goes on counting: a state has one boundary for each way to it. The search keeps one, brute force
// all. So there the windows are no common ground; the verdicts and the events that they take are.
Takings shown_in(const World& world, Takings takings) {
	if (world.scenario.world != WorldKind::longjmp) return takings;
	for (auto& [verdict, takes] : takings) takes.window.clear();
	return takings;
}

class BruteForce : public testing::TestWithParam<Case> {};

TEST_P(BruteForce, FindsWhatTheExplorerFinds) {
	const auto& [scenario, signals, budget, at_least] = GetParam();
	const World world = test::world(scenario);
	Naive naive(world, test::machine(world.isa()), signals, *budget.signals, budget.ticks, budget.nesting);
	const Takings expected = naive.run();
	const Exploration found = explored(world, signals, budget);
	EXPECT_EQ(found.outcome, Outcome::exhausted);
	EXPECT_EQ(shown_in(world, takings_of(found)), shown_in(world, expected));
	EXPECT_GE(naive.schedules(), at_least);
}

constexpr Budget kTwo{.signals = 2};
constexpr Budget kOneAndATick{.signals = 1, .ticks = 1};

INSTANTIATE_TEST_SUITE_P(Worlds, BruteForce, testing::ValuesIn(std::vector<Case>{
	{"arm64:v2:nanotime1:curg:clean:go:PROF:1", kProfAlone, kTwo, 1000},
	{"arm:v2:nanotime1:curg:clean:go:PROF:1", kProfAlone, kTwo, 1000},
	{"arm64:v5:nanotime1:curg:clean:go:PROF:1", kProfAlone, kTwo, 1000},
	{"arm:v3:nanotime1:curg:clean:go:PROF:1", kProfAlone, kTwo, 1000},
	{"arm:v5:nanotime1:curg:clean:go:PROF:1", kProfAlone, kTwo, 1000},
	{"arm64:v0:nanotime1:curg:clobber-g:go:PROF:1", kProfAlone, kTwo, 1000},
	{"arm64:v2:nanotime1:curg:clobber-g:go:PROF:1", kProfAlone, kTwo, 1000},
	{"arm:v4:nanotime1:curg:clobber-g:go:PROF:1", kProfAlone, kTwo, 1000},
	{"arm64:v5:nanotime1:curg:clean:go:PROF:1", kProfAlone, kOneAndATick, 1000},
	{"arm:v5:nanotime1:curg:clobber-g:mask-empty:USR1:1", {Signal::usr1, Signal::urg}, kTwo, 1000},
	{"arm64:v2:nanotime1:curg:clean:go:PROF:1", test::kProfAndUsr1, kTwo, 1000},
	{"arm64:v4:nanotime1:curg:clobber-g:longjmp:PROF:1", kProfAlone, kTwo, 1000},
	{"arm:v2:nanotime1:curg:clean:longjmp:PROF:1", kProfAlone, kTwo, 1000},
	{"arm:v5:nanotime1:curg:clobber-g:overflow:USR1:1", {Signal::usr1}, kTwo, 1000},
	{"arm:v3:nanotime1:curg:clean:go:PROF:1", test::kProfAndUsr1, kTwo, 1000},
}));

}  // namespace
}  // namespace siglab
