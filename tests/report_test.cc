// The room report: the text matrix in full, then what each format promises.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "record_fixture.h"
#include "report/csv.h"
#include "report/document.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/matrix.h"
#include "report/mechanism.h"
#include "report/text.h"
#include "report/windows.h"
#include "report/words.h"

namespace siglab {
namespace {

using test::broken;
using test::small_record;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kGolden = R"(arm64: nanotime1 called from curg, world go
      clean  clobber-g
----------------------
v0    holds  2/6 RA
v1    holds  holds

A cell: boundaries at which one signal breaks something / all boundaries, and which of these no longer holds:
  R  recovers-g          the g that the handler goes on with owns the interrupted code
  A  alive               no fault, no undefined instruction, no exit, no livelock

4 runs, 24 injections, all fired, 0 masked; in 1 run something breaks.
Everything is as the catalogue says.

The first finding

arm64 v0 nanotime1 curg clobber-g go: SIGUSR1 at boundary 2, clock_gettime+0x8
  recovers-g broken (wrong): the g that the handler goes on with owns the interrupted code
  expected  g = 0xc000001000
  observed  g = 0x2a, "dirty"

    boundary  PC      g      symbol              instruction  our source
           0  0x1000         clock_gettime+0x0   mov x0, x28  10: mov x0, x28  // step 0
           1  0x1004         clock_gettime+0x4   mov x1, x28  11: mov x1, x28  // step 1
  >        2  0x1008  DIRTY  clock_gettime+0x8   mov x2, x28  12: mov x2, x28  // step 2
           3  0x100c  DIRTY  clock_gettime+0xc   mov x3, x28  13: mov x3, x28  // step 3
           4  0x1010         clock_gettime+0x10  mov x4, x28  14: mov x4, x28  // step 4
           5  0x1014         lab.call+0x8        svc #0
  > the signal came before this instruction   DIRTY: the g register does not hold g

  The signal came while the g register held something else, as C code may have it, and the handler believed it.
  It goes on with a number that is nobody's g, or somebody else's: it reads its stack bounds and its m through it.

  siglab replay siglab2:0123456789abcdef.00000000:arm64:USR1@2
)";

TEST(TextReport, IsTheGoldenOne) { EXPECT_EQ(report_text(small_record(), {}), kGolden); }

std::string without_escapes(std::string text) {
	for (size_t at = 0; (at = text.find('\x1b', at)) != std::string::npos;) text.erase(at, text.find('m', at) + 1 - at);
	return text;
}

TEST(TextReport, DiffersByColourOnly) {
	const std::string coloured = report_text(small_record(), {.colour = true});
	EXPECT_THAT(coloured, HasSubstr("\x1b[1;31m2/6 RA"));
	EXPECT_THAT(coloured, HasSubstr("\x1b[32mholds"));
	std::vector<std::string> lines = split(without_escapes(coloured), '\n');
	for (std::string& line : lines) line = stripped(std::move(line));
	EXPECT_EQ(join(lines, "\n"), kGolden);
}

TEST(TextReport, AnAbsentCellIsDim) {
	Record record = small_record();
	record.runs.pop_back();
	EXPECT_THAT(report_text(record, {.colour = true}), HasSubstr("\x1b[2m-"));
}

TEST(TextReport, SaysWhereABreachShowsThatComesLater) {
	Record record = small_record();
	for (ViolationRecord& violation : record.runs[1].violations) violation.at = 5;
	EXPECT_THAT(report_text(record, {}), HasSubstr("\n  it shows at boundary 5, after the return\n"));
}

TEST(TextReport, SaysThatABoundWasReached) {
	Record record = small_record();
	record.outcome = "bound-reached";
	EXPECT_THAT(report_text(record, {}), HasSubstr("A bound was reached: what was not looked at is not known to hold.\n"));
}

// --- cells

Record with_runs(const std::vector<RunRecord>& runs) {
	Record record = small_record();
	record.runs = runs;
	return record;
}

Cell only_cell(const std::vector<RunRecord>& runs) {
	const std::vector<Table> all = tables(with_runs(runs));
	EXPECT_EQ(all.size(), 1u);
	EXPECT_EQ(all[0].cells.size(), 1u);
	EXPECT_EQ(all[0].cells[0].size(), 1u);
	return all[0].cells[0][0];
}

RunRecord run_with(const std::vector<ViolationRecord>& violations) {
	RunRecord run = test::run_of("v0", "clobber-g", 1);
	run.violations = violations;
	return run;
}

TEST(Matrix, CountsABoundaryOnceOverAllSignals) {
	RunRecord first = run_with({broken(Property::recovers_g, Kind::wrong, 2), broken(Property::alive, Kind::fault, 2)});
	RunRecord second = run_with({broken(Property::traceback, Kind::zero, 2), broken(Property::traceback, Kind::zero, 3)});
	second.signal = "PROF";
	const Cell cell = only_cell({first, second});
	EXPECT_EQ(count_text(cell), "2/6");
	EXPECT_EQ(letters(cell), "RAT");
	EXPECT_EQ(grade(cell), Grade::loses_g);
}

TEST(Matrix, CountsEveryBoundaryOfAWalkThatBreaksByItself) {
	const Cell cell = only_cell({run_with({broken(Property::vdso_used, Kind::unused, std::nullopt)})});
	EXPECT_EQ(count_text(cell), "6/6");
	EXPECT_EQ(letters(cell), "U");
	EXPECT_EQ(grade(cell), Grade::breaks);
}

TEST(Matrix, NamesTheVdsosOwnFaultFirst) {
	const ViolationRecord leaks = broken(Property::abi, Kind::vdso_registers, std::nullopt);
	const Cell cell = only_cell({run_with({leaks, broken(Property::recovers_g, Kind::wrong, 4, false)})});
	EXPECT_EQ(letters(cell), "BR");
	EXPECT_EQ(grade(cell), Grade::vdso);
	const ViolationRecord trampoline = broken(Property::abi, Kind::trampoline, std::nullopt);
	const Cell ours = only_cell({run_with({trampoline, broken(Property::recovers_g, Kind::wrong, 4)})});
	EXPECT_EQ(letters(ours), "RB") << "a trampoline's fault is not the vDSO's";
	EXPECT_EQ(grade(ours), Grade::loses_g);
}

TEST(Matrix, DoesNotSayHoldsOfWhatWasNotTried) {
	RunRecord run = run_with({});
	EXPECT_EQ(count_text(only_cell({run})), "holds");
	run.injections = run.fired = 0;
	run.masked = 6;
	EXPECT_EQ(count_text(only_cell({run})), "masked");
	run.masked = run.boundaries = 0;
	EXPECT_EQ(count_text(only_cell({run})), "nothing");
	EXPECT_EQ(count_text(Cell{}), "-");
}

TEST(Matrix, MarksWhatIsUnfinishedOrUnexpected) {
	RunRecord run = run_with({});
	run.outcome = "bound-reached";
	EXPECT_EQ(count_text(only_cell({run})), "holds?");
	run.deviations = {"should break"};
	EXPECT_EQ(count_text(only_cell({run})), "holds?!");
	run.outcome = "exhausted";
	run.violations = {broken(Property::traceback, Kind::zero, 1)};
	EXPECT_EQ(count_text(only_cell({run})), "1/6!");
	const std::string text = report_text(with_runs({run}), {});
	EXPECT_THAT(text, HasSubstr("  !  not what the catalogue says"));
	EXPECT_THAT(text, HasSubstr("1 deviation from the catalogue:\n  arm64 v0 nanotime1 curg clobber-g go USR1: should break\n"));
}

TEST(Matrix, HasATableForWorldsAndOneForCallers) {
	Record record = small_record();
	RunRecord cgo = test::run_of("v0", "clobber-g", 1);
	cgo.world = "iscgo";
	RunRecord native = test::run_of("v0", "clean", 0);
	native.function = "native";
	record.runs.push_back(cgo);
	record.runs.push_back(native);
	const std::vector<Table> all = tables(record);
	ASSERT_EQ(all.size(), 3u);
	EXPECT_EQ(all[1].title, "arm64: worlds, nanotime1 called from curg, vDSO clobber-g") << "the vDSO that costs v0 its g";
	EXPECT_EQ(all[1].columns, (std::vector<std::string>{"go", "iscgo"}));
	EXPECT_EQ(count_text(all[1].cells[0][0]), "2/6");
	EXPECT_EQ(count_text(all[1].cells[1][1]), "-") << "v1 was not run under cgo";
	EXPECT_EQ(all[2].columns, (std::vector<std::string>{"nanotime1 curg", "native curg (clean)"})) << "another vDSO is named";
}

TEST(Matrix, HasATableForEachIsa) {
	Record record = small_record();
	RunRecord arm = test::run_of("v0", "thumb", 0);
	arm.isa = "arm";
	record.runs.push_back(arm);
	const std::vector<Table> all = tables(record);
	ASSERT_EQ(all.size(), 2u);
	EXPECT_EQ(all[1].columns, std::vector<std::string>{"thumb"});
}

TEST(Matrix, IsAboutWhateverTheRecordHas) {
	RunRecord run = run_with({});
	run.function = "walltime1";
	run.caller = "g0";
	run.world = "efence";
	const std::vector<Table> all = tables(with_runs({run}));
	ASSERT_EQ(all.size(), 1u);
	EXPECT_EQ(all[0].title, "arm64: walltime1 called from g0, world efence");
	EXPECT_TRUE(tables(Record{}).empty());
}

// --- the text around it

size_t longest_line(const std::string& text) {
	size_t longest = 0;
	for (const std::string& line : split(text, '\n')) longest = std::max(longest, line.size());
	return longest;
}

TEST(TextReport, FitsItsWidth) {
	Record record = small_record();
	record.runs.clear();
	const char* names[] = {"none", "clean", "clobber-g", "clobber-g-brief", "clobber-g-zero", "clobber-g-plausible", "clobber-all",
	                       "nested-call", "two-page", "gnu-hash-only", "thumb", "leak", "@a-user's.so"};
	for (const char* name : names) {
		RunRecord run = test::run_of("v0", name, 0);
		run.boundaries = run.injections = run.fired = 150;
		for (uint32_t i = 0; i < 100; ++i) run.violations.push_back(broken(Property::recovers_g, Kind::wrong, i));
		record.runs.push_back(run);
	}
	for (const size_t width : {120u, 80u, 60u}) {
		const std::string tables_only = report_text(record, {.width = width});
		const std::string text = tables_only.substr(0, tables_only.find("A cell:"));
		EXPECT_LE(longest_line(text), width);
		size_t cells = 0;
		for (size_t at = 0; (at = text.find("100/150", at)) != std::string::npos; ++at) ++cells;
		EXPECT_EQ(cells, std::size(names)) << "no column is lost between blocks";
	}
	EXPECT_LE(longest_line(report_text(record, {})), 120u);
}

TEST(TextReport, StandsOnItsOwnWithoutRunsOrWalks) {
	const std::string empty = report_text(Record{}, {});
	EXPECT_THAT(empty, HasSubstr("0 runs, 0 injections"));
	EXPECT_THAT(empty, Not(HasSubstr("catalogue")));
	Record bare = with_runs({run_with({broken(Property::recovers_g, Kind::wrong, 2)})});
	bare.walks.clear();
	bare.code.clear();
	EXPECT_THAT(report_text(bare, {}), HasSubstr("siglab replay"));
}

TEST(TextReport, TellsTheFindingThatLosesG) {
	Record record = small_record();
	record.runs[0].violations = {broken(Property::traceback, Kind::zero, 1)};
	EXPECT_EQ(first_finding(record).run, &record.runs[1]);
	for (ViolationRecord& violation : record.runs[1].violations) violation.cause = false;
	EXPECT_EQ(first_finding(record).run, &record.runs[0]) << "a consequence comes last";
	record.runs[3].violations = {broken(Property::recovers_g, Kind::nil, 1)};
	EXPECT_EQ(first_finding(record).run, &record.runs[3]);
}

TEST(TextReport, SaysWhatIsNotKnown) {
	Record record = small_record();
	record.outcome = "interrupted";
	record.runs[2].catalogued = false;
	record.runs[0].fired = 5;
	const std::string text = report_text(record, {});
	EXPECT_THAT(text, HasSubstr("Interrupted"));
	EXPECT_THAT(text, HasSubstr("only 23 fired"));
	EXPECT_THAT(text, Not(HasSubstr("as the catalogue says"))) << "an interrupted run knows that of what it ran only";
}

TEST(TextReport, NamesWhatIsNotApplicableOnce) {
	EXPECT_THAT(report_text(small_record(), {}), Not(HasSubstr("Not applicable")));
	Record record = small_record();
	for (RunRecord& run : record.runs) {
		run.variant = "@a_b.S";
		run.not_applicable = {"slot-discipline: no .slot_store label"};
	}
	EXPECT_THAT(report_text(record, {}), HasSubstr("\nNot applicable, because the guest does not declare what it takes:\n"
	                                               "  @a_b.S: slot-discipline: no .slot_store label\nEverything"));
	EXPECT_THAT(report_markdown(record), HasSubstr("## Not applicable\n\n- @a\\_b.S: slot-discipline: no .slot\\_store label\n\n"));
}

TEST(TextReport, DoesNotTakeLabelsForTheCatalogue) {
	Record record = small_record();
	record.runs[0].catalogued = false;
	record.runs[0].deviations = {"boundary 3: the g register is dirty"};
	const std::string text = report_text(record, {}), markdown = report_markdown(record);
	EXPECT_THAT(text, HasSubstr("The labels and the walk disagree, 1 time:\n  arm64 v0 "));
	EXPECT_THAT(text, Not(HasSubstr("the catalogue:")));
	EXPECT_THAT(markdown, HasSubstr("## The labels and the walk disagree\n"));
	EXPECT_THAT(markdown, Not(HasSubstr("Deviations from")));
}

TEST(TextReport, DoesNotSayThatNothingFired) {
	RunRecord run = run_with({broken(Property::alive, Kind::livelock, std::nullopt)});
	run.injections = run.fired = 0;
	EXPECT_THAT(report_text(with_runs({run}), {}), HasSubstr("1 run, 0 injections, 0 masked; in 1 run something breaks.\n"
	                                                         "Into 1 run nothing could be injected: the walk never ends.\n"));
	EXPECT_THAT(report_text(small_record(), {}), Not(HasSubstr("never ends")));
}

TEST(TextReport, NeverCommandsTheTerminal) {
	Record record = small_record();
	record.runs[1].vdso = "@evil\x1b[2J";
	record.runs[1].violations[0].observed = "\x1b]0;title\x07";
	record.code["clobber-g"][0x1008].source = "a\x1b[31m";
	EXPECT_EQ(report_text(record, {}).find('\x1b'), std::string::npos);
}

TEST(Mechanism, HasWordsForEachKind) {
	for (int kind = 0; kind <= static_cast<int>(Kind::unused); ++kind) {
		const Mechanism& words = mechanism_of({Property::alive, static_cast<Kind>(kind)});
		EXPECT_TRUE(words.what.ends_with(".") && words.so.ends_with(".")) << kind;
	}
	EXPECT_THAT(std::string{mechanism_of({Property::traceback, Kind::own_sp}).what}, HasSubstr("own SP"));
	EXPECT_THAT(std::string{mechanism_of({Property::time_correct, Kind::bogus}).what}, HasSubstr("time"));
	EXPECT_THAT(std::string{mechanism_of({Property::abi, Kind::sigtramp}).what}, HasSubstr("sigtramp"));
	EXPECT_THAT(std::string{mechanism_of({Property::alive, Kind::livelock}).what}, HasSubstr("second time"));
}

TEST(Words, AreForPeople) {
	EXPECT_EQ(grouped(0), "0");
	EXPECT_EQ(grouped(999), "999");
	EXPECT_EQ(grouped(1000), "1,000");
	EXPECT_EQ(grouped(1234567), "1,234,567");
	EXPECT_EQ(counted(1, "run"), "1 run");
	EXPECT_EQ(shortened("0123456789", 6), "0123..");
	EXPECT_EQ(shortened("abc\xc3\xa9xyz", 6), "abc..") << "no half character";
	EXPECT_EQ(shortened("abc", 0), "..");
}

// --- the other formats

TEST(Windows, AreContiguous) {
	const RunRecord run = run_with({broken(Property::abi, Kind::trampoline, std::nullopt), broken(Property::recovers_g, Kind::wrong, 1),
	                                broken(Property::alive, Kind::fault, 1), broken(Property::recovers_g, Kind::wrong, 2),
	                                broken(Property::recovers_g, Kind::wrong, 4), broken(Property::recovers_g, Kind::nil, 3)});
	std::vector<std::string> texts;
	for (const Window& window : windows(run)) texts.push_back(fmt::format("{} {}", kind_name(window.verdict.kind), range_text(window)));
	EXPECT_EQ(texts, (std::vector<std::string>{"wrong 1..2", "wrong 4", "nil 3", "trampoline no signal", "fault 1"}));
}

TEST(CsvReport, QuotesAsRfc4180Says) {
	const std::string csv = report_csv(small_record());
	const std::vector<std::string> lines = split(csv, '\n');
	ASSERT_EQ(lines.size(), 6u) << "a header, four violations, and nothing after the last line break";
	EXPECT_EQ(lines[1], "arm64,v0,nanotime1,curg,clobber-g,go,USR1,1,2,2,0x1008,clock_gettime+0x8,recovers-g,wrong,g = 0xc000001000,"
	                    "\"g = 0x2a, \"\"dirty\"\"\",true,siglab2:0123456789abcdef.00000000:arm64:USR1@2\r");
	for (size_t i = 0; i < 5; ++i) EXPECT_TRUE(lines[i].ends_with('\r'));
	EXPECT_EQ(std::count(lines[0].begin(), lines[0].end(), ','), 17);
}

TEST(MarkdownReport, HasTheMatrixAndTheWindows) {
	Record record = small_record();
	record.runs[1].violations[0].symbol = "a|b_c";
	const std::string text = report_markdown(record);
	EXPECT_THAT(text, HasSubstr("| | clean | clobber-g |\n|---|---|---|\n| **v0** | holds | 2/6 RA |\n| **v1** | holds | holds |\n"));
	EXPECT_THAT(text, HasSubstr("| USR1 | 2..3 | recovers-g | wrong | a\\|b\\_c .. clock\\_gettime+0xc |  |\n"));
	EXPECT_THAT(text, HasSubstr("| USR1 | 2..3 | alive | fault | clock\\_gettime+0x8 .. clock\\_gettime+0xc | consequence |\n"));
	EXPECT_THAT(text, Not(HasSubstr("Deviations")));
	record.runs[0].deviations = {"<b>"};
	EXPECT_THAT(report_markdown(record), HasSubstr("- arm64 v0 nanotime1 curg clean go USR1: \\<b\\>\n"));
}

TEST(JunitReport, FailsOnlyWhatDeviates) {
	Record record = small_record();
	std::string text = report_junit(record);
	EXPECT_THAT(text, HasSubstr("tests=\"4\" failures=\"0\" errors=\"0\" skipped=\"0\""));
	EXPECT_THAT(text, HasSubstr("<testcase classname=\"arm64.v0\" name=\"nanotime1 curg clobber-g go USR1\" assertions=\"6\">"));
	EXPECT_THAT(text, HasSubstr("recovers-g wrong at 2..3: expected g = 0xc000001000, observed g = 0x2a, &quot;dirty&quot;"));
	EXPECT_THAT(text, Not(HasSubstr("<failure")));
	record.runs[0].deviations = {"a < b > & \"c\"\x01"};
	record.runs[1].catalogued = false;
	record.runs[2].outcome = "bound-reached";
	text = report_junit(record);
	EXPECT_THAT(text, HasSubstr("failures=\"2\" errors=\"0\" skipped=\"1\""));
	EXPECT_THAT(text, HasSubstr("<failure message=\"a &lt; b &gt; &amp; &quot;c&quot;?\">"));
	EXPECT_THAT(text, HasSubstr("<failure message=\"a property is broken\">recovers-g wrong"));
	EXPECT_THAT(text, HasSubstr("<skipped message=\"bound-reached\"/>"));
}

// ---- documents ----

TEST(Document, EscapesWhatTheFormatWouldRead) {
	Document document{.title = "a < b", .blocks = {}};
	document.heading(2, "1 > 0 & \"so\"");
	document.paragraph("`x<y>` is `open");
	const std::string html = to_html(document);
	EXPECT_THAT(html, HasSubstr("<title>a &lt; b</title>"));
	EXPECT_THAT(html, HasSubstr("<h2>1 &gt; 0 &amp; &quot;so&quot;</h2>"));
	EXPECT_THAT(html, HasSubstr("<p><code>x&lt;y&gt;</code> is <code>open</code></p>"));
}

}  // namespace
}  // namespace siglab
