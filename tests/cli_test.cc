// The command line: what each sub-command prints and ends with, and what it says of wrong usage.
#include "cli_fixture.h"

#include "record/record.h"
#include "world/scenario.h"

namespace siglab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kDirty = "arm64:v0:nanotime1:curg:clobber-g:go:USR1:1";

TEST_F(CliTest, ListTellsTheCatalogue) {
	const Ran ran = siglab({"list"});
	EXPECT_EQ(ran.code, 0);
	EXPECT_EQ(ran.err, "");
	for (const char* name : {"v0", "v7", "clobber-g-plausible", "thumb", "gsignal-lo-zero", "recovers-g"}) {
		EXPECT_THAT(ran.out, HasSubstr(name));
	}
	EXPECT_THAT(siglab({"list", "scenarios"}).out, HasSubstr("  " + kDirty + "\n"));
}

TEST_F(CliTest, DiffStandsSideBySideAndFits) {
	for (const char* isa : {"arm64", "arm"}) {
		const Ran ran = siglab({"list", "variants", "--diff", "v1", "v2", "--isa", isa});
		EXPECT_EQ(ran.code, 0);
		EXPECT_THAT(ran.out, AllOf(HasSubstr(std::string{"guest_asm/"} + isa + "/v1.S"), HasSubstr("slot_store"), Not(HasSubstr("\x1b"))));
		std::istringstream lines(ran.out);
		for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 160u) << line;
	}
	EXPECT_EQ(siglab({"list", "--diff", "v3", "v3"}).out, "");
}

TEST_F(CliTest, DoctorFindsThisMachineWell) {
	const Ran ran = siglab({"doctor"});
	EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
	EXPECT_THAT(ran.out, HasSubstr("all is well"));
	// Which way stores take is said for each ISA, and a fast one has been held against the public API.
	for (const Isa* isa : all_isas()) {
		const size_t at = ran.out.find(std::string{isa->name} + ": stores ");
		ASSERT_NE(at, std::string::npos) << ran.out;
		const bool fast = ran.out.substr(at, ran.out.find('\n', at) - at).find("straight to memory") != std::string::npos;
		const bool compared = ran.out.find(std::string{isa->name} + ": as by the public API from") != std::string::npos;
		EXPECT_EQ(compared, fast) << ran.out;
	}
}

TEST_F(CliTest, HelpAndVersion) {
	EXPECT_THAT(siglab({"--help"}).out, HasSubstr("Exit codes: 0"));
	EXPECT_EQ(siglab({"--version"}).code, 0);
	for (const char* sub : {"list", "sweep", "replay", "doctor", "report"}) EXPECT_EQ(siglab({sub, "--help"}).code, 0) << sub;
}

TEST_F(CliTest, SweepWritesTheRecordThatReportReads) {
	const Ran swept = siglab({"sweep", "--isa", "arm64,arm", "--variant", "v0,v6", "--vdso", "clobber-g", "--out", "deep/er"});
	EXPECT_EQ(swept.code, 0) << swept.err;
	EXPECT_EQ(swept.err, "siglab: the record is in deep/er/record.json\n");
	EXPECT_THAT(swept.out, AllOf(HasSubstr("Everything is as the catalogue says."), HasSubstr("siglab replay siglab2:")));
	const Ran told = siglab({"report", "deep/er/record.json"});
	EXPECT_EQ(told.code, 0);
	EXPECT_EQ(told.out, swept.out);
	EXPECT_THAT(siglab({"report", "deep/er/record.json", "--format", "markdown"}).out, HasSubstr("|"));
	EXPECT_THAT(siglab({"report", "deep/er/record.json", "--format", "csv"}).out, HasSubstr(","));
	EXPECT_THAT(siglab({"report", "deep/er/record.json", "--format", "junit"}).out, StartsWith("<?xml"));
	const Ran json = siglab({"sweep", "--isa", "arm64,arm", "--variant", "v0,v6", "--vdso", "clobber-g", "--format", "json", "-j", "1"});
	EXPECT_EQ(json.out, contents(dir_ / "deep/er/record.json"));
}

// All versions and signals, with a vDSO that keeps g, one that does not, and one on two pages: from the command to the page, on each ISA.
TEST_F(CliTest, AShortWholeSweepIsAsTheCatalogueSays) {
	for (const char* isa : {"arm64", "arm"}) {
		const Ran ran = siglab({"sweep", "--isa", isa, "--vdso", "clean,clobber-g,two-page", "--film", "--out", isa});
		EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
		EXPECT_THAT(ran.out, AllOf(HasSubstr("clobber-g"), HasSubstr("v7"), HasSubstr("holds")));
		EXPECT_EQ(siglab({"report", std::string{isa} + "/record.json", "--format", "html"}).code, 0);
	}
}

TEST_F(CliTest, AValueNamedTwiceIsRunOnce) {
	const Ran once = siglab({"sweep", "--isa", "arm", "--variant", "v6", "--vdso", "clean"});
	EXPECT_EQ(siglab({"sweep", "--isa", "arm", "--isa", "arm", "--variant", "v6,v6", "--vdso", "clean"}).out, once.out);
}

TEST_F(CliTest, UnknownNamesSuggestTheNearest) {
	const auto meant = [](const std::string& kind, const std::string& name) {
		return AllOf(StartsWith("unknown " + kind + " "), HasSubstr("did you mean '" + name + "'?"));
	};
	complains({"sweep", "--isa", "arm65"}, 2, meant("isa", "arm64"));
	complains({"sweep", "--variant", "v9"}, 2, meant("variant", "v0"));
	complains({"sweep", "--vdso", "clober-g"}, 2, meant("vdso", "clobber-g"));
	complains({"sweep", "--world", "isgo"}, 2, meant("world", "iscgo"));
	complains({"sweep", "--function", "nanotime"}, 2, meant("function", "nanotime1"));
	complains({"sweep", "--caller", "curgg"}, 2, meant("caller", "curg"));
	complains({"sweep", "--signal", "USR"}, 2, meant("signal", "USR1"));
	complains({"swep"}, 2, meant("sub-command", "sweep"));
	complains({"sweep", "--vdos=clean"}, 2, meant("option", "--vdso"));
	complains({"list", "variant"}, 2, meant("list", "variants"));
	complains({"list", "--diff", "v1", "v22"}, 2, meant("variant", "v2"));
}

TEST_F(CliTest, WrongUsageIsOneLine) {
	complains({}, 2, HasSubstr("a sub-command is missing; known: list, sweep, museum, replay, doctor, fuzz, report, verify, abi, check"));
	complains({"sweep", "--frob"}, 2, AllOf(StartsWith("unknown option '--frob'"), HasSubstr("siglab sweep --help")));
	complains({"sweep", "more"}, 2, StartsWith("unexpected argument 'more'"));
	complains({"sweep", "--isa"}, 2, StartsWith("--isa: its value is missing"));
	complains({"sweep", "--isa", ""}, 2, StartsWith("unknown isa ''"));
	complains({"sweep", "--guest", ""}, 2, StartsWith("--guest is not followed by a file's path"));
	complains({"sweep", "--isa", "a\nb"}, 2, HasSubstr("control character"));
	complains({"sweep", "--calls", "0"}, 2, AllOf(StartsWith("--calls: "), HasSubstr("1 to 1000")));
	complains({"sweep", "--calls", "x"}, 2, AllOf(StartsWith("--calls: "), HasSubstr("1 to 1000")));
	complains({"sweep", "-j", "0"}, 2, AllOf(StartsWith("-j: "), HasSubstr("1 to 256")));
	complains({"sweep", "--format", "xml"}, 2, AllOf(StartsWith("--format: "), HasSubstr("text,json")));
	complains({"sweep", "--isa", "arm64", "--vdso", "thumb"}, 2, HasSubstr("no such combination"));
	complains({"list", "worlds", "--diff", "v1", "v2"}, 2, HasSubstr("--diff compares variants"));
	complains({"list", "--diff", "v1"}, 2, StartsWith("--diff: "));
	complains({"list", "--diff", "v1", "@mine.S"}, 2, testing::Eq("--diff compares versions of the catalogue, not '@mine.S'"));
	complains({"sweep", "--nesting", "17"}, 2, testing::Eq("--nesting is '17': neither 'any' nor a number of handlers from 0 to 16"));
	complains({"sweep", "--budget", "0"}, 2, StartsWith("--budget is '0': neither 'any' nor a number of signals"));
	complains({"report"}, 2, HasSubstr("record is required"));
	complains({"replay"}, 2, HasSubstr("target is required"));
}

TEST_F(CliTest, AFullDiskBehindStdoutIsNoticed) {
	const std::vector<std::vector<std::string>> commands = {
		{"list"}, {"--help"}, {"--version"}, {"replay", kDirty}, {"sweep", "--isa", "arm", "--variant", "v6", "--vdso", "clean"}};
	for (const std::vector<std::string>& command : commands) {
		const Ran ran = siglab(command, "/dev/full");
		EXPECT_EQ(ran.code, 4) << command[0];
		EXPECT_EQ(ran.err, "siglab: stdout cannot be written: is the disk full?\n");
	}
}

TEST_F(CliTest, ReplayShowsTheWalkAndTheFinding) {
	const Ran walk = siglab({"replay", "arm64:v5:nanotime1:curg:clobber-g:go:PROF:1"});
	EXPECT_EQ(walk.code, 0);
	EXPECT_THAT(walk.out, AllOf(HasSubstr("DIRTY  curg   slot"), HasSubstr("Every property holds on this run."), Not(HasSubstr("\x1b"))));
	const Ran dies = siglab({"replay", kDirty, "USR1@26"});
	EXPECT_EQ(dies.code, 1);
	EXPECT_THAT(dies.out, AllOf(HasSubstr("---- SIGUSR1 is taken at boundary 26"), HasSubstr("recovers-g broken (wrong)"),
	                            HasSubstr("  h0  "), HasSubstr("alive broken (fault): a consequence")));
}

TEST_F(CliTest, ReplayTellsThatAMaskedSignalStaysPending) {
	const Ran ran = siglab({"replay", "arm64:v2:nanotime1:curg:clobber-g:gsignal-nil:USR1:1", "USR1@3"});
	EXPECT_EQ(ran.code, 0) << ran.err;
	EXPECT_THAT(ran.out, HasSubstr("---- SIGUSR1 is sent at boundary 3, where it is masked: it stays pending"));
}

TEST_F(CliTest, ReplayTellsWhereAHandlerJumpsOut) {
	const Ran ran = siglab({"replay", "arm64:v2:nanotime1:curg:clobber-g:longjmp:PROF:1", "PROF@32"});
	EXPECT_EQ(ran.code, 0) << ran.err;
	EXPECT_THAT(ran.out, HasSubstr("---- the handler has jumped out, without a return: boundary 32 goes on elsewhere ----"));
}

// What is no g that anybody knows is shown as it is.
TEST_F(CliTest, ReplayShowsASlotThatWasWrittenOver) {
	const Ran ran = siglab({"replay", "arm64:v5:nanotime1:curg:clobber-all:overflow:PROF:1", "PROF@0"});
	EXPECT_EQ(ran.code, 1) << ran.err;
	EXPECT_THAT(ran.out, HasSubstr("  0x4028000000000000  "));
}

TEST_F(CliTest, ReplayTellsALoopOnce) {
	const Ran ran = siglab({"replay", "arm64:v1:nanotime1:curg:clean:go:USR1:1", "USR1@30"});
	EXPECT_EQ(ran.code, 1);
	EXPECT_THAT(ran.out, AllOf(HasSubstr("boundaries more of the same"), HasSubstr("runs for ever"), HasSubstr("alive broken (livelock)")));
	EXPECT_LT(std::count(ran.out.begin(), ran.out.end(), '\n'), 200);
}

class TokenTest : public CliTest {
   protected:
	void SetUp() override {
		CliTest::SetUp();
		const Ran swept = siglab({"sweep", "--isa", "arm64", "--variant", "v0", "--vdso", "clobber-g", "--signal", "USR1", "--format",
		                          "json"});
		Result<Record> record = parse_record(swept.out);
		ASSERT_TRUE(record.ok());
		finding_ = record->runs.at(0).violations.at(0);
		token_ = finding_.token;
	}
	[[nodiscard]] std::string with(const std::string& what, const std::string& by) const {
		std::string text = token_;
		const size_t at = text.rfind(what);
		EXPECT_NE(at, std::string::npos);
		return text.replace(at, what.size(), by);
	}
	ViolationRecord finding_;
	std::string token_;
};

TEST_F(TokenTest, OfAFindingShowsItAgain) {
	const Ran ran = siglab({"replay", token_});
	EXPECT_EQ(ran.code, 1);
	EXPECT_THAT(ran.out, AllOf(HasSubstr("recovers-g broken"), HasSubstr("expected  " + finding_.expected),
	                           HasSubstr("observed  " + finding_.observed)));
}

TEST_F(TokenTest, ThatWasTamperedWithIsRefused) {
	complains({"replay", with("siglab2", "siglab1")}, 2, HasSubstr("version 'siglab1'"));
	complains({"replay", with("clobber-g", "clobber-h")}, 2, HasSubstr("did you mean 'clobber-g'?"));
	complains({"replay", token_.substr(0, token_.rfind(':'))}, 2, HasSubstr("cut off or edited"));
	complains({"replay", with("USR1@26", "USR1@026")}, 2, HasSubstr("'USR1@026' is not an event"));
	complains({"replay", with("USR1@26", "USR1@27")}, 2, HasSubstr("the token's check does not fit: it was cut off or edited"));
	complains({"replay", token_.substr(0, token_.size() - 1)}, 2, HasSubstr("the token's check does not fit"));
	complains({"replay", token_, "USR1@3"}, 2, HasSubstr("a token has its own schedule"));
}

TEST_F(TokenTest, OfOtherImagesOrOfAScheduleThatCannotHappenIsRefused) {
	Token token = *parse_token(token_);
	token.images ^= 1;
	complains({"replay", print_token(token)}, 2, HasSubstr("made with other images"));
	token.images ^= 1;
	token.schedule.front().boundary = 9999;
	complains({"replay", print_token(token)}, 2, HasSubstr("USR1@9999 cannot happen: its walk ends after 74 boundaries"));
}

// A user's own schedule, longer than it need be.
TEST_F(TokenTest, IsShrunkOnRequest) {
	Token token = *parse_token(token_);
	const std::string shortest = print_token(token);
	token.schedule = *parse_schedule("URG@3 PROF@9 URG@h4 tick@11 USR1@30");
	const Ran ran = siglab({"replay", print_token(token), "--shrink"});
	EXPECT_EQ(ran.code, 1);
	EXPECT_THAT(ran.out, AllOf(HasSubstr("Shrunk from 5 events to 1, keeping recovers-g (wrong), by "), HasSubstr("'USR1@26'\n  " + shortest)));
	const Ran fine = siglab({"replay", "arm64:v6:nanotime1:curg:clean:go:USR1:1", "USR1@30", "--shrink"});
	EXPECT_EQ(fine.code, 0);
	EXPECT_THAT(fine.out, HasSubstr("Nothing to shrink: nothing is broken."));
}

TEST_F(CliTest, ReplayRefusesWhatIsNotARun) {
	complains({"replay", "nonsense"}, 2, HasSubstr("is not a scenario"));
	complains({"replay", kDirty, "USR1@3 USR1@3"}, 2, HasSubstr("'USR1@3' in the schedule should be 'USR1@3''"));
	complains({"replay", kDirty, "USR1@h3"}, 2, HasSubstr("USR1@h3 cannot happen: no such handler is open"));
	complains({"replay", kDirty, "USR1@9 USR1@8"}, 2, HasSubstr("USR1@8 cannot happen: it lies behind"));
	complains({"replay", "arm64:v2:nanotime1:curg:thumb:go:USR1:1"}, 2, HasSubstr("exists on arm only"));
	complains({"replay", "arm64:v2:nanotime1:curg:clean:go:USR1:0"}, 2, HasSubstr("not a number from 1 to 1000"));
	complains({"replay", kDirty, "USR1"}, 2, HasSubstr("is not an event"));
}

// ---- explorations ----

const std::vector<std::string> kExplore = {"sweep", "--isa", "arm64", "--variant", "v2", "--vdso", "clobber-g", "--format", "json"};

std::vector<std::string> explore_with(std::initializer_list<std::string> more) {
	std::vector<std::string> arguments = kExplore;
	arguments.insert(arguments.end(), more);
	return arguments;
}

TEST_F(CliTest, AnExplorationSaysWhatItWasAskedFor) {
	const Ran any = siglab(explore_with({"--budget", "any", "-j", "1"}));
	EXPECT_EQ(any.code, 0) << any.err;
	EXPECT_THAT(any.out, AllOf(HasSubstr("\"signal\":\"USR1+PROF+URG\""), HasSubstr("\"budget\":\"any\""), HasSubstr("\"kind\":\"nil\"")));
	EXPECT_EQ(siglab(explore_with({"--budget", "any", "-j", "2"})).out, any.out);
	const Ran two = siglab(explore_with({"--budget", "2", "--nesting", "3"}));
	EXPECT_THAT(two.out, AllOf(HasSubstr("\"budget\":\"2\""), HasSubstr("\"nesting\":3"), HasSubstr("\"outcome\":\"exhausted\"")));
	const Ran ticks = siglab({"sweep", "--isa", "arm", "--variant", "v6", "--vdso", "clean", "--signal", "USR1", "--ticks", "1", "--out",
	                          "."});
	EXPECT_EQ(ticks.code, 0) << ticks.err;
	EXPECT_THAT(contents(dir_ / "record.json"), AllOf(HasSubstr("\"ticks\":1,"), HasSubstr("\"violations\":[]")));
	EXPECT_EQ(siglab({"report", "record.json"}).out, ticks.out) << "what it wrote can be read";
}

TEST_F(CliTest, AnExplorationThatWasCutIsInconclusiveAndSaysWhatIsLeft) {
	const Ran states = siglab(explore_with({"--budget", "any", "--max-states", "50"}));
	EXPECT_EQ(states.code, 3) << states.err;
	EXPECT_THAT(states.out, AllOf(HasSubstr("\"outcome\":\"bound-reached\""),
	                              HasSubstr("--max-states was reached after 50 states, with ")));
	const Ran told = siglab({"sweep", "--isa", "arm64", "--variant", "v2", "--vdso", "clobber-g", "--budget", "any", "--max-states", "50"});
	EXPECT_EQ(told.code, 3);
	EXPECT_THAT(told.out, HasSubstr("A bound was reached"));
	EXPECT_THAT(told.out, Not(HasSubstr("was expected to break")));
	const Ran time = siglab({"sweep", "--isa", "arm64", "--world", "mask-empty", "--vdso", "clobber-g", "--budget", "3", "--nesting", "2",
	                         "--time-limit", "1"});
	EXPECT_EQ(time.code, 3) << time.err;
}

TEST_F(CliTest, ABudgetIsANumberOrAny) {
	for (const char* wrong : {"0", "x", "-1", "1001", "any more", ""}) {
		complains({"sweep", "--budget", wrong}, 2, AllOf(StartsWith("--budget"), HasSubstr("'any'")));
	}
	complains({"sweep", "--ticks", "x"}, 2, StartsWith("--ticks: "));
	complains({"sweep", "--max-states", "0"}, 2, StartsWith("--max-states: "));
	complains({"sweep", "--time-limit", "0"}, 2, StartsWith("--time-limit: "));
}

TEST_F(CliTest, NothingFiredIsNoSuccess) {
	const Ran ran = siglab({"sweep", "--world", "gsignal-nil", "--vdso", "clean", "--out", "."});
	EXPECT_EQ(ran.code, 5);
	EXPECT_THAT(ran.err, HasSubstr("siglab: nothing fired: this run shows nothing\n"));
	EXPECT_EQ(siglab({"report", "record.json"}).code, 5);
}

TEST_F(CliTest, InterruptedKeepsAValidRecord) {
	const pid_t child = start({"sweep", "--calls", "200", "--out", "."});
	EXPECT_TRUE(interrupt_at_work(child));
	const Ran ran = wait(child);
	EXPECT_EQ(ran.code, 130) << ran.err;
	EXPECT_THAT(ran.out, HasSubstr("Interrupted: what is not above was not run."));
	EXPECT_THAT(ran.out, Not(HasSubstr("Everything is as the catalogue says")));
	Result<Record> record = parse_record(contents(dir_ / "record.json"));
	ASSERT_TRUE(record.ok());
	EXPECT_EQ(record->outcome, "interrupted");
	EXPECT_EQ(siglab({"report", "record.json"}).code, 130);
}

}  // namespace
}  // namespace siglab
