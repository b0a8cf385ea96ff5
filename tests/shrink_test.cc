// Shrinking: any failing schedule becomes a local minimum that fails the same way, by replays alone, and always the same one.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "explore/shrink.h"
#include "explorer_fixture.h"
#include "world/museum.h"

namespace siglab {
namespace {

using testing::HasSubstr;

Schedule schedule(std::string_view text) { return *parse_schedule(text); }

Shrunk shrunk(const World& world, const Schedule& from, Verdict verdict, uint32_t max_replays = kMaxReplays) {
	Result<Shrunk> result = shrink(world, test::machine(world.isa()), from, verdict, max_replays);
	if (!result) ADD_FAILURE() << result.error().text;
	return result ? *std::move(result) : Shrunk{};
}

bool shows(const World& world, const Schedule& candidate, Verdict verdict) {
	const Result<Trace> traced = trace(world, test::machine(world.isa()), candidate);
	return traced && test::verdicts_of(traced->findings).contains(verdict);
}

// A schedule of that many events, all over the walk and its handlers, that shows the verdict.
std::optional<Schedule> long_failing(const World& world, std::span<const Signal> signals, Verdict verdict, size_t events,
                                     std::mt19937& random) {
	const uint32_t last = test::explored(world, {}, Budget{.signals = 0}).walk.boundaries() - 1;
	const auto up_to = [&](uint32_t most) { return static_cast<uint32_t>(random() % (most + 1)); };
	for (int tries = 0; tries < 200; ++tries) {
		std::vector<uint32_t> boundaries(events);
		for (uint32_t& boundary : boundaries) boundary = up_to(last);
		std::sort(boundaries.begin(), boundaries.end());
		Schedule candidate;
		for (const uint32_t boundary : boundaries) {
			candidate.push_back({.signal = signals[up_to(static_cast<uint32_t>(signals.size()) - 1)], .boundary = boundary});
			if (up_to(2) == 0) candidate.push_back({.signal = signals.front(), .depth = 1, .boundary = up_to(40)});
			if (up_to(4) == 0) candidate.push_back({.boundary = boundary});
		}
		candidate = counted(std::move(candidate));
		if (candidate.size() >= events && shows(world, candidate, verdict)) return candidate;
	}
	return std::nullopt;
}

World world_of(const Exhibit& exhibit, const Isa& isa) { return *build_world(job_of(exhibit, exhibit.fails, isa).scenario, test::store()); }

// What a breadth-first search finds first.
Schedule shortest(const World& world, const Exhibit& exhibit) {
	for (const Finding& finding : shortest_findings(test::explored(world, exhibit.signals, exhibit.budget))) {
		if (finding.verdict == exhibit.verdict) return finding.schedule;
	}
	ADD_FAILURE() << exhibit.id << " is not found";
	return {};
}

// Rows of the museum that take one signal, and rows that take two. A process that dies at once leaves no room for many events.
TEST(Shrink, ALongRandomScheduleBecomesTheMuseumsShortest) {
	std::mt19937 random(1);
	size_t shown = 0;
	for (const Exhibit& exhibit : all_exhibits()) {
		const std::set<std::string_view> rows = {"go#35473", "go#40697", "pair", "go#47324", "go#49481", "riscv64's exit order",
		                                         "foreign stack"};
		if (!rows.contains(exhibit.id)) continue;
		for (const Isa* isa : all_isas()) {
			if (!exhibit.isas.on(*isa)) continue;
			SCOPED_TRACE(fmt::format("{} on {}", exhibit.id, isa->name));
			const World world = world_of(exhibit, *isa);
			const std::optional<Schedule> from = long_failing(world, exhibit.signals, exhibit.verdict, 12, random);
			ASSERT_TRUE(from);
			const Shrunk result = shrunk(world, *from, exhibit.verdict);
			const Schedule known = shortest(world, exhibit);
			EXPECT_TRUE(result.minimal);
			EXPECT_EQ(result.schedule.size(), known.size()) << print_schedule(*from) << " -> " << print_schedule(result.schedule);
			EXPECT_TRUE(shows(world, result.schedule, exhibit.verdict));
			// With one signal, the search's first is the earliest boundary; so is a local minimum's.
			if (known.size() == 1) {
				EXPECT_EQ(print_schedule(result.schedule), print_schedule(known));
			}
			++shown;
		}
	}
	EXPECT_GE(shown, 12u);
}

// No event can be left out, come further out or earlier: tried here once more, by hand.
void expect_local_minimum(const World& world, const Schedule& small, Verdict verdict) {
	for (size_t i = 0; i < small.size(); ++i) {
		Schedule fewer = small;
		fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
		EXPECT_FALSE(shows(world, counted(fewer), verdict)) << print_schedule(counted(fewer));
		const uint32_t from = i > 0 && small[i - 1].depth == small[i].depth ? small[i - 1].boundary : 0;
		for (uint32_t boundary = from; boundary < small[i].boundary; ++boundary) {
			Schedule earlier = small;
			earlier[i].boundary = boundary;
			EXPECT_FALSE(shows(world, counted(earlier), verdict)) << print_schedule(counted(earlier));
		}
	}
}

TEST(Shrink, IsALocalMinimumAndTheSameEachTimeAndNeverLonger) {
	std::mt19937 random(7);
	for (const Isa* isa : all_isas()) {
		const World world = test::world(fmt::format("{}:v2:nanotime1:curg:clobber-g:go:PROF:1", isa->name));
		const Verdict nil{Property::recovers_g, Kind::nil};
		for (const size_t events : {3u, 8u, 20u}) {
			const std::optional<Schedule> from = long_failing(world, test::kProfAndUsr1, nil, events, random);
			ASSERT_TRUE(from);
			const Shrunk once = shrunk(world, *from, nil), twice = shrunk(world, *from, nil);
			EXPECT_EQ(print_schedule(once.schedule), print_schedule(twice.schedule));
			EXPECT_EQ(once.replays, twice.replays);
			EXPECT_LE(once.schedule.size(), from->size());
			EXPECT_TRUE(shows(world, once.schedule, nil));
			expect_local_minimum(world, once.schedule, nil);
			// Shrunk again it stays as it is.
			EXPECT_EQ(print_schedule(shrunk(world, once.schedule, nil).schedule), print_schedule(once.schedule));
		}
	}
}

// ---- one step at a time ----

TEST(Shrink, LeavesOutWhatIsNotNeededAndKeepsTheVerdict) {
	const World world = test::world("arm64:v0:nanotime1:curg:clobber-g:go:USR1:1");
	const Verdict wrong{Property::recovers_g, Kind::wrong};
	const Finding known = shortest_findings(test::explored(world, test::kProfAndUsr1))[0];
	ASSERT_EQ(known.verdict, wrong);
	const std::string from = fmt::format("tick@1 URG@3 USR1@h9 PROF@20 USR1@{}", known.window.back());
	EXPECT_EQ(print_schedule(shrunk(world, schedule(from), wrong).schedule), fmt::format("USR1@{}", known.schedule[0].boundary));
	// No signal at all is needed: the empty schedule is a local minimum too.
	const World lost = test::world("arm:v3-r11:nanotime1:curg:clobber-g:go:USR1:1");
	EXPECT_EQ(print_schedule(shrunk(lost, schedule("PROF@3 USR1@h9 URG@7"), {Property::alive, Kind::fault}).schedule), "-");
}

// In a handler, and needed there: a signal that nests, and one whose place is the walk.
TEST(Shrink, BringsEventsOutOfHandlersWhereItCan) {
	const World nests = test::world("arm64:v5:nanotime1:curg:clobber-g:mask-empty:USR1:1");
	const Verdict wrong{Property::recovers_g, Kind::wrong};
	const Shrunk nested = shrunk(nests, schedule("URG@2 USR1@60 URG@h1 URG@70"), wrong);
	EXPECT_EQ(nested.schedule.size(), 2u);
	EXPECT_EQ(nested.schedule.back().depth, 1u) << "it takes one inside the other's handler";
	// Masked, so pending: as good as the next signal at the same boundary.
	const World flat = test::world("arm64:v2:nanotime1:curg:clean:go:PROF:1");
	const Shrunk out = shrunk(flat, schedule("PROF@40 PROF@h30"), {Property::recovers_g, Kind::nil});
	ASSERT_EQ(out.schedule.size(), 2u);
	EXPECT_EQ(out.schedule[0].depth + out.schedule[1].depth, 0);
}

TEST(Shrink, RefusesWhatDoesNotFailAndStopsAtItsLimit) {
	const World world = test::world("arm64:v5:nanotime1:curg:clobber-g:go:PROF:1");
	const auto refusal = [&](const char* text) {
		const Result<Shrunk> result = shrink(world, test::machine(kArm64), schedule(text), {Property::recovers_g, Kind::wrong});
		return result ? "shrunk" : result.error().text;
	};
	EXPECT_THAT(refusal("PROF@40"), HasSubstr("'PROF@40' does not show recovers-g (wrong)"));
	EXPECT_THAT(refusal("PROF@9999"), HasSubstr("its walk ends after"));
	const World fails = test::world("arm64:v0:nanotime1:curg:clobber-g:go:USR1:1");
	const uint32_t dirty = shortest_findings(test::explored(fails, test::kProfAndUsr1))[0].window.back();
	const Schedule from = schedule(fmt::format("URG@3 URG@5 URG@7 USR1@{}", dirty));
	const Shrunk cut = shrunk(fails, from, {Property::recovers_g, Kind::wrong}, 3);
	EXPECT_FALSE(cut.minimal);
	EXPECT_EQ(cut.replays, 3u);
	EXPECT_LE(cut.schedule.size(), from.size());
	EXPECT_TRUE(shows(fails, cut.schedule, {Property::recovers_g, Kind::wrong}));
}

}  // namespace
}  // namespace siglab
