// An exploration as a graph: whole, reachable, closed; and what it says when a limit ends it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "explorer_fixture.h"

namespace siglab {
namespace {

using test::explored;
using testing::HasSubstr;
using testing::IsEmpty;

// Everything that leads somewhere leads to a node.
void expect_whole(const Exploration& found) {
	for (NodeId id = 0; id < found.nodes.size(); ++id) {
		const Node& node = found.nodes[id];
		ASSERT_EQ(node.parent == kNone, id == 0);
		ASSERT_TRUE(id == 0 || node.parent < id) << "a parent stands before its children";
		ASSERT_TRUE(node.next == kNone || node.next < found.nodes.size());
		if (node.edge != kNone) {
			ASSERT_EQ(found.edges.at(node.edge).from, node.parent);
			ASSERT_EQ(found.edges[node.edge].to, id);
		} else if (id > 0) {
			ASSERT_EQ(found.nodes[node.parent].next, id);
		}
	}
	for (const Edge& edge : found.edges) {
		ASSERT_LT(edge.from, found.nodes.size());
		ASSERT_TRUE(edge.to == kNone || edge.to < found.nodes.size());
	}
	for (const Broken& broken : found.broken) ASSERT_LT(broken.node, found.nodes.size());
}

std::vector<bool> reachable(const Exploration& found) {
	std::vector<std::vector<NodeId>> to(found.nodes.size());
	for (const Edge& edge : found.edges) {
		if (edge.to != kNone) to[edge.from].push_back(edge.to);
	}
	std::vector<bool> seen(found.nodes.size());
	std::vector<NodeId> left = {0};
	while (!left.empty()) {
		const NodeId at = left.back();
		left.pop_back();
		if (at == kNone || seen[at]) continue;
		seen[at] = true;
		left.push_back(found.nodes[at].next);
		left.insert(left.end(), to[at].begin(), to[at].end());
	}
	return seen;
}

size_t distinct_hashes(const Exploration& found) {
	std::set<Hash128> hashes;
	for (const Node& node : found.nodes) hashes.insert(node.hash);
	return hashes.size();
}

void expect_closed(const Exploration& found) {
	ASSERT_EQ(found.outcome, Outcome::exhausted);
	EXPECT_EQ(found.left, "");
	expect_whole(found);
	EXPECT_EQ(distinct_hashes(found), found.nodes.size());
	EXPECT_THAT(reachable(found), testing::Each(true));
}

// Where nobody is told of its states, the undisturbed walk has keys only once something may come back to it. That must not show.
TEST(Closure, IsTheSameWhereNobodyIsToldOfItsStates) {
	const struct {
		const char* scenario;
		Budget budget;
		bool goes_on;  // some delivery or tick leads elsewhere
	} kCases[] = {{"arm64:v6:nanotime1:curg:clobber-g:go:USR1:1", {}, false}, {"arm64:v2:nanotime1:curg:clobber-g:go:PROF:1", {}, true},
	              {"arm:v3:nanotime1:curg:clobber-g:go:PROF:1", {.signals = std::nullopt}, true},
	              {"arm64:v7:native:curg:clean:go:PROF:1", {.signals = 1, .ticks = 1}, true},
	              {"arm:v6:native:curg:clean:mask-empty:USR1:1", {.signals = 2}, true},
	              {"arm64:v5:native:curg:clean:longjmp:USR1:1", {.signals = 2}, true}};
	for (const auto& one : kCases) {
		SCOPED_TRACE(one.scenario);
		const World world = test::world(one.scenario);
		Limits limits{.budget = one.budget};
		Result<Exploration> told = explore(world, test::machine(world.isa()), test::kProfAndUsr1, limits);
		limits.tells_states = false;
		Result<Exploration> untold = explore(world, test::machine(world.isa()), test::kProfAndUsr1, limits);
		ASSERT_TRUE(told.ok() && untold.ok());
		ASSERT_EQ(untold->nodes.size(), told->nodes.size());
		const auto same = [&](const Node& a, const Node& b) {
			return (a.hash == b.hash) == one.goes_on && a.pc == b.pc && a.boundary == b.boundary && a.depth == b.depth && a.masked == b.masked &&
			       a.parent == b.parent && a.edge == b.edge && a.next == b.next;
		};
		EXPECT_TRUE(std::equal(told->nodes.begin(), told->nodes.end(), untold->nodes.begin(), same));
		const auto alike = [](const Edge& a, const Edge& b) { return a.from == b.from && a.to == b.to && a.signal == b.signal && a.fired == b.fired; };
		EXPECT_TRUE(std::equal(told->edges.begin(), told->edges.end(), untold->edges.begin(), untold->edges.end(), alike));
		const auto broke = [](const Broken& a, const Broken& b) { return a.node == b.node && a.edge == b.edge && a.violation.observed == b.violation.observed; };
		EXPECT_TRUE(std::equal(told->broken.begin(), told->broken.end(), untold->broken.begin(), untold->broken.end(), broke));
		EXPECT_EQ(untold->outcome, told->outcome);
		EXPECT_EQ(untold->bytes, told->bytes);
	}
}

TEST(Closure, EveryStateIsAnotherAndLeadsToStates) {
	for (const char* scenario : {"v1:nanotime1:curg:clobber-g:go", "v2:nanotime1:curg:clobber-g:go", "v3:time.now:g0:clobber-g:go",
	                             "v4:nanotime1:curg:two-page:iscgo", "v2:nanotime1:curg:clobber-g:foreign-before"}) {
		for (const Isa* isa : all_isas()) {
			SCOPED_TRACE(fmt::format("{}:{}", isa->name, scenario));
			const World world = test::world(fmt::format("{}:{}:PROF:1", isa->name, scenario));
			expect_closed(explored(world, test::kProfAndUsr1));
			expect_closed(explored(world, test::kProfAlone, Budget{.signals = 2}));
		}
	}
}

// With handlers and ticks as nodes.
TEST(Closure, HoldsInsideHandlersToo) {
	for (const Isa* isa : all_isas()) {
		SCOPED_TRACE(isa->name);
		const World ticks = test::world(fmt::format("{}:v5:nanotime1:curg:clean:go:PROF:1", isa->name));
		expect_closed(explored(ticks, test::kProfAlone, Budget{.signals = 1, .ticks = 1}));
		const World nests = test::world(fmt::format("{}:v5:nanotime1:curg:clean:mask-empty:USR1:1", isa->name));
		const Exploration found = explored(nests, std::array{Signal::usr1, Signal::urg}, Budget{.signals = 2});
		expect_closed(found);
		EXPECT_TRUE(std::any_of(found.nodes.begin(), found.nodes.end(), [](const Node& node) { return node.depth == 1; }));
	}
}

// Why closing over each boundary is enough for any number: what is as before has no new future.
TEST(Closure, FromV5OnEveryDeliveryLeadsBackToItsOwnState) {
	for (const Isa* isa : all_isas()) {
		for (const char* variant : {"v5", "v6", "v7"}) {
			const World world = test::world(fmt::format("{}:{}:nanotime1:curg:clobber-g:go:PROF:1", isa->name, variant));
			const std::vector<Signal> all = {Signal::prof, Signal::usr1, Signal::urg};
			const Exploration found = explored(world, all);
			SCOPED_TRACE(print_scenario(world.scenario));
			EXPECT_EQ(found.nodes.size(), found.walk.boundaries());
			EXPECT_EQ(found.edges.size(), all.size() * found.nodes.size());
			for (const Edge& edge : found.edges) EXPECT_TRUE(edge.to == edge.from && edge.fired);
			EXPECT_THAT(found.broken, IsEmpty());
		}
	}
	// Not so where a handler leaves something behind: the check above can fail.
	const Exploration v3 = explored(test::world("arm64:v3:nanotime1:curg:clobber-g:go:PROF:1"), test::kProfAlone);
	EXPECT_GT(v3.nodes.size(), v3.walk.boundaries());
}

// ---- limits ----

const std::string kManyStates = "arm64:v2:nanotime1:curg:clobber-g:go:PROF:1";

void expect_cut(const Exploration& found, std::string_view limit) {
	EXPECT_EQ(found.outcome, Outcome::bound_reached);
	EXPECT_THAT(found.left, HasSubstr(std::string{limit} + " was reached after "));
	EXPECT_THAT(found.left, HasSubstr(" more to go on from"));
	expect_whole(found);
	(void)shortest_findings(found);
}

TEST(Limits, AnyNumberOfStatesEndsTheSearchCleanly) {
	const World world = test::world(kManyStates);
	const auto all = static_cast<uint32_t>(explored(world, test::kProfAlone).nodes.size());
	for (uint32_t states = 1; states < all; states += 3) {
		const Exploration found = explored(world, test::kProfAlone, Limits{.budget = test::kAnyNumber, .max_states = states});
		SCOPED_TRACE(states);
		ASSERT_EQ(found.nodes.size(), states);
		expect_cut(found, "--max-states");
	}
	expect_closed(explored(world, test::kProfAlone, Limits{.budget = test::kAnyNumber, .max_states = all}));
}

TEST(Limits, MemoryIsBounded) {
	const World world = test::world(kManyStates);
	const Exploration whole = explored(world, test::kProfAlone);
	EXPECT_GT(whole.bytes, whole.nodes.size() * sizeof(Node));
	const Exploration found = explored(world, test::kProfAlone, Limits{.budget = test::kAnyNumber, .max_bytes = whole.bytes / 2});
	expect_cut(found, "--max-memory");
	EXPECT_LT(found.nodes.size(), whole.nodes.size());
}

TEST(Limits, TimeIsBounded) {
	const Limits over{.budget = test::kAnyNumber, .deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1)};
	expect_cut(explored(test::world(kManyStates), test::kProfAlone, over), "--time-limit");
	const Limits later{.budget = test::kAnyNumber, .deadline = std::chrono::steady_clock::now() + std::chrono::hours(1)};
	expect_closed(explored(test::world(kManyStates), test::kProfAlone, later));
}

TEST(Limits, AnInterruptEndsTheSearchWhereverItComes) {
	const std::atomic<bool> interrupted{true};
	const Exploration found = explored(test::world(kManyStates), test::kProfAlone,
	                                   Limits{.budget = test::kAnyNumber, .interrupted = &interrupted});
	EXPECT_EQ(found.outcome, Outcome::interrupted);
	expect_whole(found);
}

}  // namespace
}  // namespace siglab
