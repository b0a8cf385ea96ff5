// What the page is told: every run and every cell of its records, each text and verdict once, and numbers that lead somewhere.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "lab_fixture.h"
#include "report/page.h"
#include "report/page_data.h"

namespace siglab::test {
namespace {

using Json = nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// Two versions and two vDSOs, of which one version is filmed.
const Record& swept_record() {
	static const Record record = [] {
		const std::vector<Job> jobs = grid({.isas = {&kArm64}, .guests = {{.variant = find_variant("v0")}, {.variant = find_variant("v7")}},
		                                    .functions = {Function::nanotime1},
		                                    .vdsos = {{.blob = find_vdso("clean")}, {.blob = find_vdso("clobber-g")}}});
		Result<Record> made = run_campaign(jobs, store(), {.film = [](const Scenario& one) { return one.guest.variant == find_variant("v0"); }});
		EXPECT_TRUE(made.ok());
		return *std::move(made);
	}();
	return record;
}

Json told(std::span<const Record> records) { return Json::parse(page_data(records)); }

TEST(PageData, HasEveryCellOfEveryTable) {
	const Record& record = swept_record();
	const Json data = told({&record, 1});
	ASSERT_EQ(data["tables"].size(), 1u);
	const Json& table = data["tables"][0];
	EXPECT_EQ(table["rows"], Json({"v0", "v7"}));
	EXPECT_EQ(table["columns"], Json({"clean", "clobber-g"}));
	const Json& loses = table["cells"][0][1];
	EXPECT_EQ(loses["grade"], "loses");
	EXPECT_THAT(loses["letters"].get<std::string>(), HasSubstr("R"));
	EXPECT_EQ(loses["walk"], 1u) << "it is filmed";
	const Json& holds = table["cells"][1][1];
	EXPECT_EQ(holds["grade"], "holds");
	EXPECT_FALSE(holds.contains("walk"));
	EXPECT_EQ(holds["place"]["variant"], "v7") << "what would have to be filmed";
	EXPECT_EQ(holds["place"]["vdso"], "clobber-g");
}

TEST(PageData, HasEveryRunOfAFilmedWalkAndWhatBreaksThere) {
	const Record& record = swept_record();
	const Json data = told({&record, 1});
	ASSERT_EQ(data["walks"].size(), 2u);
	size_t runs = 0, broken = 0, wanted_runs = 0, wanted_broken = 0;
	for (const RunRecord& run : record.runs) {
		if (run.variant != "v0") continue;
		++wanted_runs;
		wanted_broken += run.violations.size();
	}
	for (const Json& walk : data["walks"]) {
		EXPECT_EQ(walk["variant"], "v0");
		for (const Json& run : walk["runs"]) {
			++runs;
			for (const Json& one : run["broken"]) {
				++broken;
				EXPECT_LT(one[2].get<size_t>(), data["verdicts"].size());
				EXPECT_LT(one[3].get<size_t>(), data["texts"].size());
				EXPECT_LT(one[4].get<size_t>(), data["texts"].size());
			}
		}
	}
	EXPECT_EQ(runs, wanted_runs);
	EXPECT_EQ(broken, wanted_broken);
	EXPECT_GT(broken, 0u);
	EXPECT_EQ(data["films"].size(), 1u);
	EXPECT_EQ(data["films"][0]["walks"].size(), 2u);
}

TEST(PageData, SaysATextAndAVerdictOnce) {
	const Record& record = swept_record();
	const Json data = told({&record, 1});
	for (const char* list : {"texts", "verdicts"}) {
		const std::vector<Json> all = data[list];
		EXPECT_EQ(std::set<Json>(all.begin(), all.end()).size(), all.size()) << list;
	}
	for (const Json& verdict : data["verdicts"]) EXPECT_FALSE(verdict["what"].get<std::string>().empty()) << verdict;
}

TEST(PageData, TellsAMuseumsPairsAndTheirStories) {
	Result<Record> museum = run_museum(std::array{&kArm64}, store(), {.threads = 2, .film = [](const Scenario&) { return false; }});
	ASSERT_TRUE(museum.ok()) << museum.error().text;
	const std::array<Record, 2> both = {swept_record(), *museum};
	const Json data = told(both);
	EXPECT_EQ(data["reports"].size(), 2u);
	EXPECT_EQ(data["films"].size(), 2u);
	ASSERT_EQ(data["exhibits"].size(), museum->exhibits.size());
	for (const Json& exhibit : data["exhibits"]) {
		EXPECT_EQ(exhibit["film"], 1u);
		EXPECT_TRUE(exhibit["stated"].get<bool>()) << exhibit["id"];
		for (const char* side : {"fails", "holds"}) {
			const size_t story = exhibit[side]["story"].get<size_t>();
			EXPECT_LT(story, data["films"][1]["stories"].size());
			EXPECT_EQ(exhibit[side]["isa"], "arm64");
		}
		EXPECT_THAT(exhibit["token"].get<std::string>(), StartsWith("siglab2:"));
	}
	const std::string page = report_html(both);
	EXPECT_THAT(page, StartsWith("<!DOCTYPE html>"));
	EXPECT_THAT(page, EndsWith("</html>\n"));
}

}  // namespace
}  // namespace siglab::test
