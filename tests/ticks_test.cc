// Ticks: the clock moves at every boundary, inside handlers too. A seqlock's retry is tried wherever it can be needed.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "explorer_fixture.h"
#include "guest_asm/layout.h"

namespace siglab {
namespace {

using test::explored;
using test::OwnFile;
using testing::IsEmpty;

constexpr Verdict kTorn{Property::time_correct, Kind::bogus};
constexpr Budget kAnyAndATick{.signals = std::nullopt, .ticks = 1};

World world_of(const Isa& isa, std::string_view vdso) { return test::world(fmt::format("{}:v5:nanotime1:curg:{}:go:PROF:1", isa.name, vdso)); }

// A tick between the two reads of the sequence leads back to the first one: a node whose next stands before it.
bool retries(const Exploration& found) {
	const auto back = [&](const Node& node) {
		return node.depth == 0 && node.next != kNone && found.nodes[node.next].depth == 0 && found.nodes[node.next].pc < node.pc &&
		       found.nodes[node.next].pc > VDSO && node.pc < VDSO + VDSO_MAX_SIZE;
	};
	return std::any_of(found.nodes.begin(), found.nodes.end(), back);
}

TEST(Ticks, TearNoTimeOfAConformingVdso) {
	for (const Isa* isa : all_isas()) {
		for (const char* vdso : {"clean", "clobber-g"}) {
			const World world = world_of(*isa, vdso);
			SCOPED_TRACE(print_scenario(world.scenario));
			const Exploration found = explored(world, test::kProfAlone, kAnyAndATick);
			EXPECT_EQ(found.outcome, Outcome::exhausted);
			EXPECT_THAT(test::verdicts_of(found), IsEmpty());
			EXPECT_TRUE(retries(found));
		}
	}
}

// The catalogue's clean vDSO with the pair read in two steps; and the same without looking at the sequence a second time.
std::string split_pair(const Isa& isa) {
	if (isa.id == IsaId::arm) return *read_text(fmt::format("{}/vdso_blobs/arm/clean.S", SIGLAB_SOURCES));
	return test::edited("vdso_blobs/arm64/clean.S", "\tldp\tx6, x7, [x3, #VVAR_BASETIME]\n",
	                    "\tldr\tx6, [x3, #VVAR_BASETIME]\n\tldr\tx7, [x3, #(VVAR_BASETIME + 8)]\n");
}
std::string without_retry(std::string source) {
	// arm64 has one; arm has two, of which the first waits for an even number.
	const size_t arm64 = source.find("\tb.ne\t.Lretry\n");
	const size_t compare = arm64 != std::string::npos ? arm64 : source.rfind("\tbne\t.Lretry\n");
	EXPECT_NE(compare, std::string::npos);
	return source.erase(compare, source.find('\n', compare) + 1 - compare);
}

TEST(Ticks, TearTheTimeOfAVdsoThatDoesNotLookTwice) {
	for (const Isa* isa : all_isas()) {
		SCOPED_TRACE(isa->name);
		const OwnFile sound("sound.S", split_pair(*isa)), torn("torn.S", without_retry(split_pair(*isa)));
		EXPECT_THAT(test::verdicts_of(explored(world_of(*isa, sound.text()), test::kProfAlone, Budget{.signals = 1, .ticks = 1})), IsEmpty());
		const World world = world_of(*isa, torn.text());
		EXPECT_THAT(test::verdicts_of(explored(world, test::kProfAlone)), IsEmpty()) << "nothing is torn while the clock stands";
		const std::vector<Finding> findings = shortest_findings(explored(world, test::kProfAlone, Budget{.signals = 1, .ticks = 1}));
		const auto found = std::find_if(findings.begin(), findings.end(), [](const Finding& f) { return f.verdict == kTorn; });
		ASSERT_NE(found, findings.end());
		EXPECT_EQ(found->schedule.size(), 1u);
		EXPECT_FALSE(found->schedule.front().signal) << "a tick alone";
		// The window: between the two loads, and nowhere else. With signals a handler's own call can be torn too, wherever it comes.
		const std::vector<Finding> alone = shortest_findings(explored(world, {}, Budget{.signals = 0, .ticks = 1}));
		ASSERT_EQ(alone.size(), 1u);
		EXPECT_EQ(alone.front().window.size(), 1u);
	}
}

TEST(Ticks, AreAsManyAsAskedFor) {
	const World world = world_of(kArm64, "clean");
	const auto most = [&](uint32_t ticks) {
		size_t longest = 0;
		const Exploration found = explored(world, std::vector<Signal>{Signal::usr1}, Budget{.signals = 1, .ticks = ticks});
		for (NodeId id = 0; id < found.nodes.size(); ++id) {
			const Schedule schedule = schedule_to(found, id);
			const auto count = std::count_if(schedule.begin(), schedule.end(), [](const Event& event) { return !event.signal; });
			longest = std::max(longest, static_cast<size_t>(count));
		}
		return longest;
	};
	EXPECT_EQ(most(0), 0u);
	EXPECT_EQ(most(1), 1u);
	EXPECT_EQ(most(2), 2u);
}

}  // namespace
}  // namespace siglab
