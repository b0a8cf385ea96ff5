// What each version shows: the two tables of docs/expectations.md as letters, held against the exploration of the catalogue's grid.
//
// R recovers-g, A alive, S slot-discipline, P transparent-return, T traceback, M time-correct, * g-in-register; '-': all of these hold.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "explorer_fixture.h"

namespace siglab {
namespace {

using testing::IsEmpty;

// `looked_at`: letters that the row speaks of. Below the two-page row, what follows from a SIGPROF alone is left out.
struct Row {
	const char* what;
	const char* vdso;
	const char* world;
	const char* signals;
	const char* looked_at;
	std::array<const char*, 7> cells;  // v0 .. v6; "arm64/arm" where they differ
};

constexpr const char* kAllLetters = "RASPTM*";
constexpr const char* kAllSignals = "USR1+PROF+URG";

// go#49481 needs no dirty register, and no cgo: on arm v4 shows M in every world in which its handler asks for the time.
const Row kAnyNumber[] = {
	{"clean, USR1", "clean", "go", "USR1", kAllLetters, {"-", "RA", "-", "-", "-", "-", "-"}},
	{"clean, URG", "clean", "go", "URG", kAllLetters, {"-", "RA", "-", "-", "-", "-", "-"}},
	{"dirty, USR1", "clobber-g", "go", "USR1", kAllLetters, {"RA", "RA", "*", "-", "-", "-", "-"}},
	{"dirty, URG", "clobber-g", "go", "URG", kAllLetters, {"RA", "RA", "*", "-", "-", "-", "-"}},
	{"clean, PROF", "clean", "go", "PROF", kAllLetters, {"PT", "RPT", "RSPT", "PT", "T/TM", "-", "-"}},
	{"dirty, PROF", "clobber-g", "go", "PROF", kAllLetters, {"RAPT", "RPT", "RSPT*", "PT", "T/TM", "-", "-"}},
	{"dirty, all", "clobber-g", "go", kAllSignals, kAllLetters, {"RAPT", "RAPT", "RASPT*", "PT", "T/TM", "-", "-"}},
	{"two-page", "two-page", "go", kAllSignals, "RA", {"RA", "RA", "RA", "RA", "RA", "RA", "-"}},
	{"iscgo", "clobber-g", "iscgo", kAllSignals, kAllLetters, {"PT", "RPT", "RSPT", "PT", "T/TM", "-", "-"}},
	{"iscgo, foreign stack", "clobber-g", "iscgo-foreign", kAllSignals, kAllLetters, {"PT", "RPT", "RSPT", "PT", "T/TM", "-", "-"}},
	{"foreign before", "clobber-g", "foreign-before", kAllSignals, "RAS", {"RA", "RA", "RAS", "RAS", "RAS", "RAS", "RAS"}},
	{"foreign later", "clobber-g", "foreign-later", kAllSignals, "RAS", {"RA", "RA", "RAS", "RA", "RA", "RA", "RA"}},
	{"efence", "clobber-g", "efence", kAllSignals, "RAS", {"RA", "RA", "RAS", "RA", "RA", "RA", "RA"}},
	{"freed", "clobber-g", "gsignal-freed", kAllSignals, kAllLetters, {"-", "-", "S", "S", "S", "S", "S"}},
	{"lo = 0", "clobber-g", "gsignal-lo-zero", kAllSignals, kAllLetters, {"-", "-", "A", "A", "A", "A", "A/-"}},
	{"gsignal nil", "clobber-g", "gsignal-nil", kAllSignals, kAllLetters, {"-", "-", "-", "-", "-", "-", "-"}},
};

const Row kOneSignal[] = {
	{"clean, USR1", "clean", "go", "USR1", kAllLetters, {"-", "RA", "-", "-", "-", "-", "-"}},
	{"dirty, URG", "clobber-g", "go", "URG", kAllLetters, {"RA", "RA", "*", "-", "-", "-", "-"}},
	{"clean, PROF", "clean", "go", "PROF", kAllLetters, {"PT", "RPT", "SPT", "PT", "T/TM", "-", "-"}},
	{"dirty, PROF", "clobber-g", "go", "PROF", kAllLetters, {"RAPT", "RPT", "SPT*", "PT", "T/TM", "-", "-"}},
};

std::string cell_of(const Row& row, const Isa& isa, size_t version) {
	const std::vector<std::string> parts = split(row.cells[version], '/');
	const std::string& text = isa.id == IsaId::arm && parts.size() == 2 ? parts[1] : parts[0];
	return text == "-" ? "" : text;
}

std::string shown(const RunRecord& run, std::string_view looked_at) {
	std::set<Verdict> verdicts;
	for (const ViolationRecord& violation : run.violations) verdicts.insert(violation.verdict);
	std::string text;
	for (const char letter : test::letters(verdicts)) {
		if (looked_at.find(letter) != std::string_view::npos) text += letter;
	}
	return text;
}

Record explored_record(const std::vector<Job>& jobs) {
	Result<Record> record = run_campaign(jobs, test::store(), {.threads = 2});
	if (!record) ADD_FAILURE() << record.error().text;
	return record ? *std::move(record) : Record{};
}

const RunRecord* find_run(const Record& record, const Row& row, const Isa& isa, size_t version, std::string_view caller) {
	const auto is = [&](const RunRecord& run) {
		return run.isa == isa.name && run.variant == fmt::format("v{}", version) && run.vdso == row.vdso && run.world == row.world &&
		       run.signal == row.signals && run.caller == caller && run.function == "nanotime1";
	};
	const auto found = std::find_if(record.runs.begin(), record.runs.end(), is);
	return found == record.runs.end() ? nullptr : &*found;
}

void expect_table(const Record& record, std::span<const Row> rows) {
	for (const Isa* isa : all_isas()) {
		for (const Row& row : rows) {
			for (size_t version = 0; version < row.cells.size(); ++version) {
				SCOPED_TRACE(fmt::format("{} v{}: {}", isa->name, version, row.what));
				const RunRecord* run = find_run(record, row, *isa, version, "curg");
				ASSERT_NE(run, nullptr);
				EXPECT_EQ(shown(*run, row.looked_at), cell_of(row, *isa, version));
				EXPECT_EQ(run->outcome, "exhausted");
			}
		}
	}
}

// What the catalogue states of sequences, derived without a run, is what every run shows, in both directions.
void expect_no_deviation(const Record& record) {
	for (const RunRecord& run : record.runs) {
		EXPECT_THAT(run.deviations, IsEmpty()) << run.isa << " " << run.variant << " " << run.vdso << " " << run.world << " " << run.signal;
		EXPECT_EQ(run.injections, run.fired);
		EXPECT_GT(run.states, 0u);
	}
	EXPECT_GT(record.runs.size(), 200u);
	EXPECT_EQ(verdict_of(record), Exit::ok);
}

void expect_both_callers_agree(const Record& record) {
	const Row dirty{"dirty, all", "clobber-g", "go", kAllSignals, kAllLetters, {}};
	for (const Isa* isa : all_isas()) {
		for (size_t version = 0; version <= 6; ++version) {
			const RunRecord* curg = find_run(record, dirty, *isa, version, "curg");
			const RunRecord* g0 = find_run(record, dirty, *isa, version, "g0");
			ASSERT_TRUE(curg != nullptr && g0 != nullptr);
			EXPECT_EQ(shown(*g0, kAllLetters), shown(*curg, kAllLetters)) << isa->name << " v" << version;
		}
	}
}

void expect_native_code_and_a_leak_break_every_version(const Record& record) {
	for (const RunRecord& run : record.runs) {
		const std::string before_v7 = run.variant == "v7" ? "" : "RA";
		EXPECT_TRUE(run.function != "native" || shown(run, "RA") == before_v7) << run.isa << " " << run.variant;
		if (run.vdso != "leak") continue;
		const auto abi = [](const ViolationRecord& v) { return v.verdict == Verdict{Property::abi, Kind::vdso_registers} && v.cause; };
		EXPECT_TRUE(std::any_of(run.violations.begin(), run.violations.end(), abi)) << run.isa << " " << run.variant;
	}
}

// One test for all that is asked of the whole grid, which takes a while.
TEST(AnyNumber, ShowsTheTableAndNothingElse) {
	const Record record = explored_record(exploration_grid({}, test::kAnyNumber));
	expect_table(record, kAnyNumber);
	expect_no_deviation(record);
	expect_both_callers_agree(record);
	expect_native_code_and_a_leak_break_every_version(record);
}

TEST(OneSignal, ShowsTheTable) {
	std::vector<Job> jobs;
	for (const char* vdso : {"clean", "clobber-g"}) {
		for (const Signal signal : {Signal::usr1, Signal::prof, Signal::urg}) {
			const std::vector<Job> some = exploration_grid({.vdsos = {{.blob = find_vdso(vdso)}}, .signals = {signal}}, Budget{});
			jobs.insert(jobs.end(), some.begin(), some.end());
		}
	}
	const Record record = explored_record(jobs);
	expect_table(record, kOneSignal);
	EXPECT_EQ(verdict_of(record), Exit::ok);
	for (const RunRecord& run : record.runs) EXPECT_THAT(run.deviations, IsEmpty());
}

// ---- the record does not depend on threads ----

TEST(AnyNumber, TheRecordIsTheSameEachTimeAndForAnyNumberOfThreads) {
	std::vector<Job> jobs = exploration_grid({.guests = {{.variant = find_variant("v2")}, {.variant = find_variant("v4")}},
	                                          .vdsos = {{.blob = find_vdso("clobber-g")}, {.blob = find_vdso("two-page")}}},
	                                          test::kAnyNumber);
	const auto run = [&](unsigned threads) { return print_record(*run_campaign(jobs, test::store(), {.threads = threads})); };
	const std::string once = run(1);
	EXPECT_EQ(run(1), once);
	EXPECT_EQ(run(2), once);
	ASSERT_TRUE(parse_record(once).ok()) << parse_record(once).error().text;
	EXPECT_EQ(print_record(*parse_record(once)), once);
	// Nor on who the memory belonged to before: the same jobs in another order are the same runs.
	std::reverse(jobs.begin(), jobs.end());
	const Record backwards = *run_campaign(jobs, test::store(), {.threads = 1});
	Record forwards = *parse_record(once);
	std::reverse(forwards.runs.begin(), forwards.runs.end());
	ASSERT_EQ(backwards.runs.size(), forwards.runs.size());
	for (size_t i = 0; i < forwards.runs.size(); ++i) EXPECT_EQ(backwards.runs[i].violations, forwards.runs[i].violations);
}

// ---- runs that were cut short ----

TEST(CutShort, SaysOnlyWhatItSaw) {
	const std::vector<Job> jobs = exploration_grid({.isas = {&kArm64}, .guests = {{.variant = find_variant("v2")}},
	                                                .vdsos = {{.blob = find_vdso("clobber-g")}, {.blob = find_vdso("leak")}}},
	                                                test::kAnyNumber);
	for (const uint32_t states : {1u, 20u, 50u, 80u}) {
		const Record record = *run_campaign(jobs, test::store(), {.limits = {.max_states = states}});
		EXPECT_EQ(record.outcome, "bound-reached");
		EXPECT_EQ(verdict_of(record), Exit::inconclusive) << states;
		for (const RunRecord& run : record.runs) {
			EXPECT_THAT(run.left, testing::HasSubstr("--max-states was reached"));
			EXPECT_THAT(run.deviations, IsEmpty()) << "what was not looked at does not deviate";
		}
	}
	const Limits over{.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1)};
	EXPECT_EQ(verdict_of(*run_campaign(jobs, test::store(), {.limits = over})), Exit::inconclusive);
	const std::atomic<bool> interrupted{true};
	EXPECT_EQ(verdict_of(*run_campaign(jobs, test::store(), {.limits = {.interrupted = &interrupted}})), Exit::interrupted);
}

// What breaks and should not is a deviation all the same.
TEST(CutShort, StillSaysWhatShouldHold) {
	World world = test::world("arm64:v5:nanotime1:curg:clobber-g:go:PROF:1");
	world.kernel.faults.set(static_cast<size_t>(kernel::Fault::mask_not_restored));
	const Result<Sweep> result = sweep(std::move(world), test::kProfAlone, test::machine(kArm64),
	                                   {.budget = test::kAnyNumber, .max_states = 80});
	ASSERT_TRUE(result.ok());
	EXPECT_EQ(result->runs[0].outcome, Outcome::bound_reached);
	EXPECT_THAT(deviations_of(result->world, result->walk, result->runs[0]), testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace siglab
