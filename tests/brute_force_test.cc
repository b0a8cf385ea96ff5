// The explorer against brute force: all schedules of one and two events, each run from its beginning to its end.
#include <fmt/format.h>

#include "explore/explorer.h"
#include "explore/findings.h"
#include "naive.h"

namespace siglab {
namespace {

using test::Naive;
using test::Takings;

Exploration explored(const World& world, std::span<const Signal> signals, const Budget& budget) {
	Result<Exploration> found = explore(world, test::machine(world.isa()), signals, {.budget = budget, .watch_every_handler = true});
	if (!found) ADD_FAILURE() << found.error().text;
	return found ? *std::move(found) : Exploration{};
}

Takings takings_of(const Exploration& found) {
	Takings takings;
	for (const Finding& finding : shortest_findings(found)) {
		takings[finding.verdict] = {finding.schedule.size(), {finding.window.begin(), finding.window.end()}};
	}
	return takings;
}

struct Case {
	const char* scenario;
	std::vector<Signal> signals;
	Budget budget;
	size_t at_least;  // schedules
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.scenario; }

class BruteForce : public testing::TestWithParam<Case> {};

TEST_P(BruteForce, FindsWhatTheExplorerFinds) {
	const auto& [scenario, signals, budget, at_least] = GetParam();
	const World world = test::world(scenario);
	Naive naive(world, test::machine(world.isa()), signals, *budget.signals, budget.ticks, budget.nesting);
	const Takings expected = naive.run();
	const Exploration found = explored(world, signals, budget);
	EXPECT_EQ(found.outcome, Outcome::exhausted);
	EXPECT_EQ(takings_of(found), expected);
	EXPECT_GE(naive.schedules(), at_least);
}

const std::vector<Signal> kProf = {Signal::prof};
const std::vector<Signal> kBoth = {Signal::prof, Signal::usr1};
constexpr Budget kTwo{.signals = 2};
constexpr Budget kOneAndATick{.signals = 1, .ticks = 1};

INSTANTIATE_TEST_SUITE_P(Worlds, BruteForce, testing::ValuesIn(std::vector<Case>{
	{"arm64:v2:nanotime1:curg:clean:go:PROF:1", kProf, kTwo, 1000},
	{"arm64:v3:nanotime1:curg:clean:go:PROF:1", kProf, kTwo, 1000},
	{"arm64:v5:nanotime1:curg:clean:go:PROF:1", kProf, kTwo, 1000},
	{"arm:v2:nanotime1:curg:clean:go:PROF:1", kProf, kTwo, 1000},
	{"arm:v3:nanotime1:curg:clean:go:PROF:1", kProf, kTwo, 1000},
	{"arm:v5:nanotime1:curg:clean:go:PROF:1", kProf, kTwo, 1000},
	{"arm64:v2:nanotime1:curg:clean:go:PROF:1", kBoth, kTwo, 1000},
	{"arm:v3:nanotime1:curg:clean:go:PROF:1", kBoth, kTwo, 1000},
}));

}  // namespace
}  // namespace siglab
