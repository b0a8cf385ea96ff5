// The museum: every pair as the catalogue states it, and a museum that is not would be noticed.
#include <gmock/gmock.h>

#include <set>

#include "explore/trace.h"
#include "lab_fixture.h"
#include "report/markdown.h"
#include "report/museum.h"
#include "world/museum.h"

namespace siglab::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const Record& museum() {
	static const Record shown = [] {
		Result<Record> record = run_museum(all_isas(), store(), {.threads = 2, .limits = {}});
		if (!record) ADD_FAILURE() << record.error().text;
		return *std::move(record);
	}();
	return shown;
}

const ExhibitRecord& exhibit(std::string_view id, std::string_view isa) {
	for (const ExhibitRecord& one : museum().exhibits) {
		if (one.id == id && museum().runs[one.fails].isa == isa) return one;
	}
	ADD_FAILURE() << id << " is not shown on " << isa;
	return museum().exhibits.front();
}

std::string schedule_of(const ViolationRecord& violation) { return violation.token.substr(violation.token.rfind(':') + 1); }

const ViolationRecord* finding(const ExhibitRecord& one) {
	for (const ViolationRecord& violation : museum().runs[one.fails].violations) {
		if (violation.verdict == one.verdict) return &violation;
	}
	return nullptr;
}

size_t events(const ExhibitRecord& one) {
	const ViolationRecord* found = finding(one);
	if (found == nullptr) return 99;
	const std::string schedule = schedule_of(*found);
	return static_cast<size_t>(std::count(schedule.begin(), schedule.end(), '@'));
}

void every_pair_is_as_stated() {
	for (const ExhibitRecord& one : museum().exhibits) EXPECT_TRUE(is_as_stated(museum(), one)) << one.id;
	EXPECT_EQ(verdict_of(museum()), Exit::ok);
}

void shows_every_exhibit_on_every_isa_that_has_it() {
	size_t pairs = 0;
	std::set<std::string_view> ids;
	for (const Exhibit& one : all_exhibits()) {
		EXPECT_TRUE(ids.insert(one.id).second) << one.id << " stands twice";
		for (const Isa* isa : all_isas()) pairs += one.isas.on(*isa) ? 1 : 0;
	}
	EXPECT_EQ(museum().exhibits.size(), pairs);
	EXPECT_GE(ids.size(), 20u);
}

// How many signals each takes: a shortest schedule, because the search is breadth first.
void finds_a_shortest_schedule() {
	const std::pair<const char*, size_t> needs[] = {{"go#32912", 1}, {"go#34391", 1}, {"go#35473", 2}, {"go#40697", 2}, {"pair", 2},
	                                                {"go#47324", 1}, {"go#49481", 1}, {"go#49709", 2}, {"go#36309", 0}, {"go#35235", 0}};
	for (const auto& [id, count] : needs) EXPECT_EQ(events(exhibit(id, "arm")), count) << id;
}

void knows_the_exact_window() {
	// v0 loses g exactly where the walk shows the register dirty.
	const ExhibitRecord& dirty = exhibit("go#32912", "arm64");
	const RunRecord& run = museum().runs[dirty.fails];
	EXPECT_EQ(finding(dirty)->window, museum().walks[run.walk].dirty);
	EXPECT_EQ(finding(exhibit("riscv64's exit order", "arm64"))->window.size(), 1u);
	EXPECT_EQ(finding(exhibit("riscv64's exit order", "arm"))->window.size(), 1u);
}

void every_token_replays_to_its_finding() {
	for (const ExhibitRecord& one : museum().exhibits) {
		const ViolationRecord* found = finding(one);
		ASSERT_NE(found, nullptr) << one.id;
		Result<Token> token = parse_token(found->token);
		ASSERT_TRUE(token) << found->token;
		Result<World> made = build_world(token->scenario, store());
		ASSERT_TRUE(made);
		Result<Trace> traced = trace(*made, machine(*token->scenario.isa), token->schedule);
		ASSERT_TRUE(traced) << traced.error().text;
		const auto same = [&](const Finding& finding) { return finding.verdict == one.verdict; };
		EXPECT_TRUE(std::any_of(traced->findings.begin(), traced->findings.end(), same)) << one.id << ": " << found->token;
	}
}

void a_pair_that_is_not_as_stated_is_a_deviation() {
	Record swapped = museum();
	std::swap(swapped.exhibits.front().fails, swapped.exhibits.front().holds);
	EXPECT_EQ(verdict_of(swapped), Exit::deviation);
	EXPECT_THAT(museum_text(swapped, {}), HasSubstr("ONLY"));
	EXPECT_THAT(museum_text(museum(), {}), Not(HasSubstr("ONLY")));
}

TEST(Museum, AMuseumThatWasCutShortIsInconclusive) {
	Result<Record> cut = run_museum(std::array{&kArm64}, store(), {.threads = 1, .limits = {.max_states = 60}});
	ASSERT_TRUE(cut);
	EXPECT_EQ(verdict_of(*cut), Exit::inconclusive);
	EXPECT_THAT(museum_text(*cut, {}), HasSubstr("NOT EXHAUSTED"));
}

void reads_back_as_it_was_written() {
	Result<Record> back = parse_record(print_record(museum()));
	ASSERT_TRUE(back) << back.error().text;
	EXPECT_EQ(*back, museum());
}

void does_not_depend_on_the_number_of_threads() {
	Result<Record> alone = run_museum(all_isas(), store(), {.threads = 1, .limits = {}});
	ASSERT_TRUE(alone);
	EXPECT_EQ(print_record(*alone), print_record(museum()));
}

void is_told_in_markdown() {
	const std::string text = report_markdown(museum());
	EXPECT_TRUE(text.starts_with("# The museum\n"));
	for (const ExhibitRecord& one : museum().exhibits) EXPECT_THAT(text, HasSubstr(fmt::format("\n## {}: {}\n", one.id, one.title)));
}

// In one process: the museum is explored once for all of them.
TEST(Museum, IsAsStated) {
	every_pair_is_as_stated();
	shows_every_exhibit_on_every_isa_that_has_it();
	finds_a_shortest_schedule();
	knows_the_exact_window();
	every_token_replays_to_its_finding();
	a_pair_that_is_not_as_stated_is_a_deviation();
	is_told_in_markdown();
	reads_back_as_it_was_written();
	does_not_depend_on_the_number_of_threads();
}

}  // namespace
}  // namespace siglab::test
