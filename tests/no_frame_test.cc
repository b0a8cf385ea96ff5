// A signal whose frame has no place: the kernel kills the process, and every way of running a delivery says so.
#include <gmock/gmock.h>

#include "explore/film.h"
#include "explore/sweep.h"
#include "explorer_fixture.h"

namespace siglab {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr Verdict kKilled{Property::alive, Kind::killed};
constexpr std::string_view kText = "no frame can be set up: killed by signal 11";

// The signal stack that the kernel was told of is not mapped.
World without_a_stack(const Isa& isa) {
	World world = test::world(fmt::format("{}:v6:nanotime1:curg:clean:go:PROF:1", isa.name));
	world.start.signals.altstack.sp = 0x1000;
	return world;
}

class NoFrame : public testing::TestWithParam<const Isa*> {
   protected:
	const World world_ = without_a_stack(*GetParam());
	Machine& machine_ = test::machine(*GetParam());
};
INSTANTIATE_TEST_SUITE_P(OnEveryIsa, NoFrame, testing::ValuesIn(all_isas()),
                         [](const auto& each) { return std::string{each.param->name}; });

// Whether handlers are run at full speed or watched step by step.
TEST_P(NoFrame, KillsAtEveryBoundary) {
	for (const bool watched : {false, true}) {
		Limits limits;
		limits.watch_every_handler = watched;
		Result<Sweep> swept = sweep(world_, test::kProfAlone, machine_, limits);
		ASSERT_TRUE(swept.ok()) << swept.error().text;
		const siglab::Run& run = swept->runs.at(0);
		std::set<uint32_t> killed;
		for (const Finding& finding : run.findings) {
			if (finding.verdict != kKilled || !finding.boundary) continue;
			killed.insert(*finding.boundary);
			EXPECT_THAT(finding.observed, HasSubstr(std::string{kText}));
		}
		EXPECT_EQ(killed.size(), run.boundaries);
	}
}

TEST_P(NoFrame, EndsATrace) {
	const Trace trace = test::traced(world_, *parse_schedule("PROF@7"));
	EXPECT_EQ(trace.end.kind, EndKind::killed);
	EXPECT_THAT(trace.end.text, EndsWith(std::string{kText}));
	EXPECT_TRUE(test::verdicts_of(trace.findings).contains(kKilled));
}

TEST_P(NoFrame, IsSeenInAFilm) {
	ListingStore listings(SIGLAB_SOURCES);
	Result<FilmRecord> film = film_walk(world_, machine_, test::kProfAlone, listings);
	ASSERT_TRUE(film.ok()) << film.error().text;
	const std::vector<std::optional<uint32_t>>& reels = film->walks.at(0).deliveries.at(0).reels;
	EXPECT_FALSE(reels.empty());
	for (const std::optional<uint32_t>& reel : reels) {
		ASSERT_TRUE(reel.has_value());
		EXPECT_EQ(film->reels[*reel].end, kText);
		EXPECT_EQ(film->reels[*reel].steps, "") << "nothing of a handler runs";
	}
}

}  // namespace
}  // namespace siglab
