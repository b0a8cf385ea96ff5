// How strangers' code is confined: what a tool is given and what ends it; what of a source comes through the sieve; what judges nothing.
#include <nlohmann/json.hpp>

#include "grade/confined.h"
#include "grade/judge.h"
#include "grade/pieces.h"
#include "grade/sieve.h"
#include "grade/words.h"
#include "lab_fixture.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace siglab::grade {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// ---- Tools ----

class ConfinedTest : public testing::Test {
   protected:
	Result<ToolRun> shell(const std::string& script, const ToolBounds& bounds = {}) {
		return run_confined({"/bin/sh", "-c", script}, *dir_, bounds);
	}
	std::string said(const std::string& script) {
		const Result<ToolRun> ran = shell(script);
		return ran ? ran->output : ran.error().text;
	}
	std::string stopped(const std::string& script, const ToolBounds& bounds) {
		const Result<ToolRun> ran = shell(script, bounds);
		if (ran) return fmt::format("ended with {}: {}", ran->code, ran->complaints);
		EXPECT_EQ(ran.error().exit, Exit::usage);
		return ran.error().text;
	}
	Result<TempDir> dir_ = TempDir::make();
};

TEST_F(ConfinedTest, NothingOfOursIsHandedOn) {
	ASSERT_TRUE(dir_.ok());
	setenv("SIGLAB_SECRET", "x", 1);
	const int open_here = ::dup(0);
	// A shell sets PWD for itself; env shows what it got.
	const Result<ToolRun> env = run_confined({"/usr/bin/env"}, *dir_);
	ASSERT_TRUE(env.ok());
	EXPECT_EQ(env->output, "");
	EXPECT_EQ(said("pwd"), dir_->path() + "\n");
	EXPECT_EQ(said("/bin/cat"), "") << "there is something to read";
	EXPECT_EQ(said("exec /bin/ls /proc/self/fd"), "0\n1\n2\n3\n") << "3 is the folder that ls reads";
	EXPECT_EQ(said("/bin/grep NoNewPrivs /proc/self/status"), "NoNewPrivs:\t1\n");
	EXPECT_EQ(said("ulimit -c"), "0\n");
	::close(open_here);
}

TEST_F(ConfinedTest, EveryBoundEnds) {
	ASSERT_TRUE(dir_.ok());
	EXPECT_THAT(stopped("while :; do :; done", {.cpu_seconds = 1, .wall_milliseconds = 200'000}), HasSubstr("use too much CPU time"));
	EXPECT_THAT(stopped("/bin/sleep 100", {.wall_milliseconds = 100}), HasSubstr("run for too long"));
	EXPECT_THAT(stopped("exec /bin/dd if=/dev/zero of=x bs=64k count=100", {.file_size = 1 << 20}), HasSubstr("write too large a file"));
	EXPECT_LE(std::filesystem::file_size(dir_->file("x")), 1u << 20);
	EXPECT_THAT(stopped("exec /usr/bin/awk 'BEGIN { for (s = \"x\";; s = s s); }'", {.address_space = 64 << 20}), HasSubstr("ended with 2: "));
	EXPECT_THAT(stopped("exec /bin/kill -SEGV $$", {}), HasSubstr("end with signal 11"));
}

TEST_F(ConfinedTest, AToolThatIsNotThereIsOurFault) {
	ASSERT_TRUE(dir_.ok());
	EXPECT_EQ(find_tool("siglab-no-such-tool").error().exit, Exit::environment);
	EXPECT_EQ(run_confined({"/no/such/tool"}, *dir_).error().exit, Exit::environment);
	EXPECT_EQ(shell("exit 3")->code, 3);
}

// ---- The sieve ----

const SieveRules kRules = {.mark = "m.S", .owned = {"runtime.f", "f.call"}, .reserved = {"G"}};

std::string through(std::string_view source) {
	const Result<Sieved> result = sieve(source, kRules);
	return result ? result->text : "refused: " + result.error().text;
}

TEST(SieveTest, StatementsAreWrittenAnew) {
	EXPECT_EQ(through("runtime.f: mov x0,  #1 // one\n/* two\nlines */ 1: b.ne 1b; ret\n"),
	          "# 1 \"m.S\"\nruntime.f:\n# 1 \"m.S\"\n\tmov\tx0, #1\n# 3 \"m.S\"\n1:\n# 3 \"m.S\"\n\tb.ne\t1b\n# 3 \"m.S\"\n\tret\t\n");
	EXPECT_EQ(through("#include \"layout.h\"\n\tnop @ arm's comment\r\n"), "# 2 \"m.S\"\n\tnop\t\n");
	EXPECT_EQ(through("\t.equ\tN, G + 1"), "# 1 \"m.S\"\n\t.equ\tN, G + 1\n");
	EXPECT_EQ(through(".quad 1, (2, 3)"), "# 1 \"m.S\"\n\t.quad\t1, (2, 3)\n");
	EXPECT_EQ(through(".thumb"), "# 1 \"m.S\"\n\t.thumb\t\n");
}

TEST(SieveTest, LabelsKnowTheirInstruction) {
	const Result<Sieved> result = sieve("a:\n.equ N, 1\nf.call: blr x2\nb:", kRules);
	ASSERT_TRUE(result.ok());
	ASSERT_EQ(result->labels.size(), 3u);
	EXPECT_EQ(result->labels[0].instruction, "blr");
	EXPECT_EQ(result->labels[1].instruction, "blr");
	EXPECT_EQ(result->labels[1].line, 3u);
	EXPECT_EQ(result->labels[2].instruction, "");
}

TEST(SieveTest, CommentsHideNothing) {
	EXPECT_THAT(through("/* never ended\n.incbin x"), HasSubstr("nothing in it but comments"));
	EXPECT_THAT(through("nop /* */ .incbin x"), HasSubstr("refused: 1: '.incbin'"));
	EXPECT_THAT(through("/**/.incbin x"), HasSubstr("refused: 1: .incbin"));
	EXPECT_THAT(through(".inc/**/bin x"), HasSubstr("refused: 1: .inc is"));
	EXPECT_THAT(through("a:b:.incbin x"), HasSubstr("refused: 1: .incbin"));
	EXPECT_THAT(through("nop\r.incbin x"), HasSubstr("refused: 1: the byte 0x0d"));
	EXPECT_THAT(through("nop\f.incbin x"), HasSubstr("refused: 1: the byte 0x0c"));
	EXPECT_THAT(through(std::string_view{"nop\0.incbin x", 13}), HasSubstr("refused: 1: the byte 0x00"));
	EXPECT_THAT(through("n\xc3\xb6p"), HasSubstr("refused: 1: the byte 0xc3"));
	EXPECT_EQ(through("nop // \xc3\xb6"), through("nop"));
}

// ---- What a submission is put together with ----

TEST(PiecesTest, FunctionsAreCutWhole) {
	const std::string version = "\t.equ\tN, 4\n\t.globl\truntime.f\nruntime.f:\n\tret\n\t.size\truntime.f, . - runtime.f\nrest:\n\tret\n";
	const std::vector<std::string> f = {"runtime.f"}, h = {"runtime.h"};
	const Result<std::string> rest = without_functions(version, f);
	ASSERT_TRUE(rest.ok());
	EXPECT_THAT(*rest, AllOf(HasSubstr("rest:\n\tret\n"), Not(HasSubstr("runtime.f"))));
	EXPECT_EQ(without_functions(version, h).error().exit, Exit::environment);
	const Prelude prelude = prelude_of("#define A 0x10 // c\n#define B\n", version + "\t.macro\tm x\n\tnop\n\t.endm\n");
	EXPECT_EQ(prelude.text, "\t.equ\tA, 0x10\n\t.equ\tN, 4\n\t.macro\tm x\n\tnop\n\t.endm\n");
	EXPECT_EQ(prelude.names, (std::set<std::string>{"A", "N", "m"}));
}

// ---- Verdicts that no exercise of the table can get ----

TEST(JudgeTest, WhatMustBreakAndDoesNotIsACounterexample) {
	static constexpr WorldKind kGo[] = {WorldKind::go};
	static constexpr Function kNanotime[] = {Function::nanotime1};
	static constexpr Signal kUsr1[] = {Signal::usr1};
	const Trial trials[] = {{.guest = "v6",
	                         .vdsos = {},
	                         .worlds = kGo,
	                         .functions = kNanotime,
	                         .signals = kUsr1,
	                         .judged = PropertySet{1},
	                         .must_break = true,
	                         .otherwise = "v6 finds g"}};
	const Exercise exercise{
		.name = "x", .task = "", .submits = Submits::vdso, .base = "", .functions = {}, .landmarks = {}, .trials = trials};
	Result<Image> image = Image::read(*all_isas().front(), SIGLAB_IMAGES "/vdso/arm64/clean.so");
	ASSERT_TRUE(image.ok());
	const Result<Judged> judged = judge(exercise, "mine.so", *std::move(image), {SIGLAB_IMAGES, SIGLAB_SOURCES}, {});
	ASSERT_TRUE(judged.ok()) << judged.error().text;
	EXPECT_EQ(judged->outcome, Outcome::breaks);
	ASSERT_TRUE(judged->counterexample.has_value());
	EXPECT_THAT(verdict_text(exercise, *all_isas().front(), *judged), HasSubstr("  it is:     v6 finds g: "));
}

TEST(JudgeTest, WhereNoSignalArrivesNothingIsJudged) {
	static constexpr WorldKind kBlocked[] = {WorldKind::gsignal_nil};
	static constexpr Function kNanotime[] = {Function::nanotime1};
	static constexpr Signal kUsr1[] = {Signal::usr1};
	const Trial trials[] = {
		{.guest = "v6", .vdsos = {}, .worlds = kBlocked, .functions = kNanotime, .signals = kUsr1, .judged = PropertySet{1}}};
	const Exercise exercise{
		.name = "x", .task = "", .submits = Submits::vdso, .base = "", .functions = {}, .landmarks = {}, .trials = trials};
	Result<Image> image = Image::read(*all_isas().front(), SIGLAB_IMAGES "/vdso/arm64/clean.so");
	ASSERT_TRUE(image.ok());
	EXPECT_EQ(judge(exercise, "mine.so", *std::move(image), {SIGLAB_IMAGES, SIGLAB_SOURCES}, {}).error().exit, Exit::vacuous);
}

TEST(WordsTest, OnlyWholeAddressesAreNamed) {
	EXPECT_EQ(with_names("g = 0x30000, 0x300001, 0x30400"), "g = 0x30000 (the user goroutine's g), 0x300001, 0x30400 (gsignal)");
}

}  // namespace
}  // namespace siglab::grade
