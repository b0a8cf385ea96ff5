// siglab check as teachers and students run it: every model answer passes, every wrong one gets its own counterexample, and what is hostile
// is judged or refused.
#include "grade/exercise.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli_fixture.h"
#include "exercises/wrong.h"
#include "lab_fixture.h"

namespace siglab {
namespace {

using grade::all_exercises;
using grade::Exercise;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

fs::path root(const std::string& name) { return fs::path(SIGLAB_ROOT) / name; }
std::string model(std::string_view exercise, std::string_view isa) {
	return contents(root(fmt::format("tests/exercises/{}-{}.S", exercise, isa)));
}
std::string start_of(std::string_view exercise, std::string_view isa) {
	return contents(root(fmt::format("notebooks/exercises/{}-{}.S", exercise, isa)));
}

class CheckTest : public CliTest {
   protected:
	Ran check(std::string_view exercise, std::string_view isa, const std::string& text, const std::vector<std::string>& more = {}) {
		write(dir_ / "mine.S", text);
		std::vector<std::string> arguments = {"check", std::string{exercise}, "mine.S", "--isa", std::string{isa}};
		arguments.insert(arguments.end(), more.begin(), more.end());
		return siglab(arguments);
	}
	// A model answer with that line behind it.
	Ran with_line(const std::string& line) { return check("save-g", "arm64", model("save-g", "arm64") + "\n" + line + "\n"); }
	void refused(const std::string& line, const std::string& why) {
		SCOPED_TRACE(line);
		const Ran ran = with_line(line);
		EXPECT_EQ(ran.code, 2) << ran.out << ran.err;
		EXPECT_EQ(ran.out, "");
		EXPECT_THAT(ran.err, AllOf(StartsWith("siglab: mine.S:"), HasSubstr(why)));
	}
};

TEST_F(CheckTest, ListNamesTheExercisesOneALine) {
	const Ran ran = siglab({"check", "--list"});
	EXPECT_EQ(ran.code, 0);
	std::string names;
	for (const std::string& line : split(ran.out, '\n')) names += line.substr(0, line.find(' ')) + ",";
	EXPECT_EQ(names, "save-g,fetch-g,handler-nanotime,two-profs,break-v1,own-scheme,,");
}

// ---- Model answers, and wrong ones: a test for each ----

std::string test_name(std::string_view exercise, std::string_view isa, std::string_view more) {
	std::string name = fmt::format("{}_{}{}", exercise, isa, more);
	for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
	return name;
}

std::vector<std::pair<const Exercise*, const Isa*>> every_exercise() {
	std::vector<std::pair<const Exercise*, const Isa*>> all;
	for (const Exercise& exercise : all_exercises()) {
		for (const Isa* isa : all_isas()) all.emplace_back(&exercise, isa);
	}
	return all;
}

class ModelAnswer : public CheckTest, public testing::WithParamInterface<std::pair<const Exercise*, const Isa*>> {};

TEST_P(ModelAnswer, Passes) {
	const auto [exercise, isa] = GetParam();
	const Ran ran = check(exercise->name, isa->name, model(exercise->name, isa->name));
	EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
	EXPECT_THAT(ran.out, StartsWith(fmt::format("{} ({}): passes.", exercise->name, isa->name)));
}

// The answer is left out: what is handed out assembles, and breaks.
TEST_P(ModelAnswer, IsNotInTheStartingPoint) {
	const auto [exercise, isa] = GetParam();
	const Ran ran = check(exercise->name, isa->name, start_of(exercise->name, isa->name));
	EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
}

TEST_P(ModelAnswer, HasThreeWrongOnesBesideIt) {
	// Not a structured binding: clang 14 captures none.
	const std::pair asked{GetParam().first->name, GetParam().second->name};
	const auto wrong = std::count_if(std::begin(kWrongAnswers), std::end(kWrongAnswers),
	                                 [&](const WrongAnswer& answer) { return std::pair{answer.exercise, answer.isa} == asked; });
	EXPECT_GE(wrong, 3);
}

INSTANTIATE_TEST_SUITE_P(Exercises, ModelAnswer, testing::ValuesIn(every_exercise()),
                         [](const auto& tested) { return test_name(tested.param.first->name, tested.param.second->name, ""); });

class WrongAnswerTest : public CheckTest, public testing::WithParamInterface<WrongAnswer> {};

TEST_P(WrongAnswerTest, GetsItsCounterexample) {
	const WrongAnswer& answer = GetParam();
	std::string text = answer.from_start ? start_of(answer.exercise, answer.isa) : model(answer.exercise, answer.isa);
	const size_t at = text.find(answer.what);
	ASSERT_NE(at, std::string::npos) << answer.what;
	text.replace(at, answer.what.size(), answer.by);
	const Ran ran = check(answer.exercise, answer.isa, text, {"--format", "json", "--out", "kept"});
	EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
	const json verdict = json::parse(ran.out, nullptr, false);
	ASSERT_TRUE(verdict.is_object()) << ran.out << ran.err;
	EXPECT_EQ(verdict["verdict"], "breaks");
	const json& found = verdict["counterexample"];
	ASSERT_TRUE(found.is_object());
	EXPECT_EQ(found["property"], answer.property) << found;
	EXPECT_EQ(found["kind"], answer.kind) << found;
	const Result<Schedule> schedule = parse_schedule(std::string{found["schedule"]});
	ASSERT_TRUE(schedule.ok());
	EXPECT_EQ((*schedule).size(), answer.events) << found;
	EXPECT_THAT(std::string{found["source"]}, HasSubstr(std::string{answer.source})) << found;
	// What it names in the student's file is there.
	if (found["line"].is_number()) {
		EXPECT_THAT(split(text, '\n').at(size_t{found["line"]} - 1), HasSubstr(std::string{found["source"]}));
	}
	const Ran replayed = siglab({"replay", found["token"]});
	EXPECT_EQ(replayed.code, 1) << replayed.out << replayed.err;
	EXPECT_THAT(replayed.out, HasSubstr(std::string{answer.property} + " broken ("));
}

INSTANTIATE_TEST_SUITE_P(Exercises, WrongAnswerTest, testing::ValuesIn(kWrongAnswers), [](const auto& tested) {
	return test_name(tested.param.exercise, tested.param.isa, fmt::format("_{}", tested.param.mistake));
});

// Nothing breaks that should not; but the answer says that g is not in its register where it is. No schedule shows that.
TEST_F(CheckTest, LabelsThatLieAreACounterexampleWithoutASchedule) {
	std::string text = model("break-v1", "arm64");
	const std::string what = "\tsvc\t#0\n\tret";
	text.replace(text.find(what), what.size(), "dirty_begin:\n\tsvc\t#0\ndirty_end:\n\tret");
	const Ran ran = check("break-v1", "arm64", text, {"--format", "json"});
	EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
	const json verdict = json::parse(ran.out, nullptr, false);
	ASSERT_TRUE(verdict.is_object()) << ran.out << ran.err;
	const json& found = verdict["counterexample"];
	EXPECT_EQ(found["property"], "abi");
	EXPECT_EQ(found["schedule"], "-");
	EXPECT_EQ(found["token"], "");
	EXPECT_THAT(std::string{found["observed"]}, HasSubstr("the g register is clean, the labels declare it dirty"));
}

TEST_F(CheckTest, FeedbackIsInPlainWords) {
	const Ran ran = check("fetch-g", "arm64", start_of("fetch-g", "arm64"));
	EXPECT_EQ(ran.code, 1);
	EXPECT_THAT(ran.out, AllOf(HasSubstr("With the vDSO clobber-g, nanotime1 called from curg, world go:\n"),
	                           HasSubstr("Signals (SIGNAL@BOUNDARY): USR1@"), HasSubstr("  it was:           g = 0xca00\n"),
	                           HasSubstr("  should have been: g = 0x30000 (the user goroutine's g)\n"), HasSubstr("--out DIR"),
	                           Not(HasSubstr("siglab2:"))));
}

TEST_F(CheckTest, TheIsaIsAsTheFilesNameEnds) {
	write(dir_ / "mine-arm.S", model("save-g", "arm"));
	EXPECT_THAT(siglab({"check", "save-g", "mine-arm.S"}).out, StartsWith("save-g (arm): passes."));
	write(dir_ / "mine.S", model("save-g", "arm64"));
	EXPECT_THAT(siglab({"check", "save-g", "mine.S"}).out, StartsWith("save-g (arm64): passes."));
}

TEST_F(CheckTest, WrongUsageIsToldInOneLine) {
	complains({"check"}, 2, HasSubstr("siglab check EXERCISE SUBMISSION.S"));
	complains({"check", "save-g"}, 2, HasSubstr("an exercise and a file are wanted"));
	complains({"check", "save-f", "x.S"}, 2, HasSubstr("did you mean 'save-g'?"));
	complains({"check", "save-g", "x.S", "--isa", "mips"}, 2, StartsWith("unknown isa 'mips'"));
	complains({"check", "save-g", "x.S"}, 2, "x.S: No such file or directory");
}

// ---- Hostile submissions ----

TEST_F(CheckTest, WhatIsNoSourceIsRefused) {
	write(dir_ / "empty.S", "");
	complains({"check", "save-g", "empty.S"}, 2, "empty.S: is empty");
	write(dir_ / "comment.S", "// nothing\n/* at all */\n");
	complains({"check", "save-g", "comment.S"}, 2, "comment.S:1: there is nothing in it but comments");
	fs::copy_file(image("guest/arm/v3.elf"), dir_ / "object.S");
	complains({"check", "save-g", "object.S"}, 2, HasSubstr("an object file; the source is wanted"));
	std::string garbage;
	for (unsigned i = 0, x = 1; i < 5000; ++i) garbage += static_cast<char>((x = x * 1103515245 + 12345) >> 16);
	write(dir_ / "garbage.S", garbage);
	complains({"check", "save-g", "garbage.S"}, 2, HasSubstr("in it: no text"));
	write(dir_ / "large.S", std::string(70000, '\n'));
	complains({"check", "save-g", "large.S"}, 2, "large.S: is larger than 65536 bytes");
	fs::create_symlink("/etc/passwd", dir_ / "link.S");
	complains({"check", "save-g", "link.S"}, 2, "link.S: is a symbolic link; name the file itself");
	ASSERT_EQ(mkfifo((dir_ / "pipe.S").c_str(), 0600), 0);
	complains({"check", "save-g", "pipe.S"}, 2, "pipe.S: is no regular file");
	complains({"check", "save-g", "."}, 2, ".: is no regular file");
	for (const char* device : {"/dev/zero", "/dev/null", "/dev/random"})
		complains({"check", "save-g", device}, 2, fmt::format("{}: is no regular file", device));
	complains({"check", "save-g", "/proc/self/mem"}, 2, "/proc/self/mem: is empty");
	write(dir_ / "huge.S", "");
	fs::resize_file(dir_ / "huge.S", uintmax_t{1} << 30);
	complains({"check", "save-g", "huge.S"}, 2, "huge.S: is larger than 65536 bytes");
	fs::create_symlink("pipe.S", dir_ / "link-to-pipe.S");
	complains({"check", "save-g", "link-to-pipe.S"}, 2, "link-to-pipe.S: is a symbolic link; name the file itself");
}

TEST_F(CheckTest, DirectivesThatReachTheHostAreRefused) {
	for (const char* line : {".incbin \"/etc/passwd\"", ".include \"/etc/passwd\"", ".file \"/etc/passwd\"", ".ascii \"x\"",
	                         "nop; .incbin \"/x\"", ".in/**/cbin \"x\"", ".section \".init\"", ".pushsection \"x\""}) {
		refused(line, "'\"' is not allowed outside comments");
	}
	for (const char* line :
	     {".incbin x",          ".include x",      ".macro x",       ".irp x, 1", ".irpc x, 1", ".altmacro", ".rept 100000000",
	      ".fill 0x7fffffff",   ".org 0x7fffffff", ".section .init", ".print x",  ".if 1",      ".inst 0",   ".reloc 0, x",
	      ".macro x; x; .endm", "/* */ .incbin x", "1: .incbin x",   "x: .org 4", ".INCBIN x",  ".weak x",   ".comm x, 0x7fffffff",
	      ".lcomm x, 9",        ".loc 1 1",        ".cfi_startproc", ".end",      ".mri 1",     ".uleb128 1"}) {
		refused(line, " is not allowed here: allowed are .text, ");
	}
	refused("#include \"/etc/passwd\"", "a line for the preprocessor");
	refused("# 1 \"/etc/passwd\"", "a line for the preprocessor");
	refused("\t #define x .incbin", "a line for the preprocessor");
	refused("no\\", "'\\' is not allowed outside comments");
	refused("x .req x0", "'.req' is not allowed in an operand");
	refused("b .incbin", "'.incbin' is not allowed in an operand");
}

TEST_F(CheckTest, RoomIsCounted) {
	refused(".space 0x7fffffff", "2147483647 is more than 256");
	refused(".skip 257", "257 is more than 256");
	refused(".zero 1 << 30", "is no plain number");
	refused(".skip x", "'x' is no plain number");
	refused(".skip 4, 5", "takes one plain number");
	refused(".syntax divided", "the syntax is unified");
	refused("9x x0", "'9x' is no instruction");
	refused(".balign 0x10000", "65536 is more than 4096");
	refused(".p2align 30", "30 is more than 12");
	std::string much;
	for (int i = 0; i < 9; ++i) much += ".skip 256\n";
	refused(much, "more than 2048 bytes of room in all");
	std::string many;
	for (int i = 0; i < 3000; ++i) many += "nop\n";
	refused(many, "more than 3000 statements");
	refused("\tmov\tx0, #" + std::string(400, '('), "longer than 300 characters");
}

// What is allowed, in amounts or forms that are hard on the tools: they end it, or are ended.
TEST_F(CheckTest, ToolsThatAStrangerMakesSufferAreEnded) {
	const auto many = [](size_t times, const auto& line) {
		std::string text;
		for (size_t i = 0; i < times; ++i) text += line(i) + "\n";
		return text;
	};
	refused(many(1400, [](size_t) { return std::string{".balign 4096\n nop"}; }), "write too large a file");
	refused(many(900, [](size_t) { return std::string{".balign 4096\n nop"}; }), "does not link");
	refused(many(2500, [](size_t i) { return fmt::format(".set a{0}, a{1}+a{1}", i, i + 1); }), "does not assemble");
	refused(".set a, b\n.set b, a\n.quad a", "symbol definition loop");
	refused(".set a, -0x8000000000000000\n.set b, -1\n.quad a/b", "mine.S:");
	EXPECT_EQ(with_line(".quad " + std::string(140, '(') + "1" + std::string(140, ')')).code, 0);
	EXPECT_EQ(with_line(many(2500, [](size_t) { return std::string{"1: b 1f"}; }) + "1:").code, 0);
}

TEST_F(CheckTest, WhatTheLabBelievesIsNotTheStudentsToDefine) {
	refused("runtime.sigtramp: nop", "runtime.sigtramp is not part of this exercise");
	refused("lab.call_nanotime1: nop", "lab.call_nanotime1 is not part of this exercise");
	refused("x.setg: nop", "x.setg is a landmark of the lab's");
	refused(".equ x.setg, .", "x.setg is a landmark of the lab's");
	refused(".equ m_vdsoPC, 0", "m_vdsoPC is the lab's: it can be used, but not defined here");
	refused(".set OBSERVER, 0", "OBSERVER is the lab's");
	refused("g_m = 0", ".equ NAME, VALUE");
	refused(".globl runtime.sigtramp", "for the functions of this exercise only");
	refused(".type nanotime1.call, %function", "for the functions of this exercise only");
	std::string text = model("save-g", "arm64");
	const size_t at = text.find("nanotime1.sp_switch:");
	complains({"check", "save-g", write(dir_ / "less.S", std::string{text}.erase(at, 20)).filename()}, 2,
	          HasSubstr("the label nanotime1.sp_switch is missing"));
	complains(
		{"check", "save-g", write(dir_ / "moved.S", text.replace(text.find("nanotime1.call:"), 15, "nanotime1.call:\tnop\n")).filename()},
		2, HasSubstr("nanotime1.call stands on 'nop'"));
	complains({"check", "fetch-g", write(dir_ / "other.S", "nop\n").filename()}, 2, HasSubstr("runtime.sigFetchG is missing"));
}

TEST_F(CheckTest, WhatDoesNotAssembleIsToldInTheStudentsLines) {
	const Ran ran = check("fetch-g", "arm64", start_of("fetch-g", "arm64") + "\tfrobnicate\tx0\n\tb\tnowhere\n");
	EXPECT_EQ(ran.code, 2);
	const auto lines = std::to_string(split(start_of("fetch-g", "arm64"), '\n').size());
	EXPECT_THAT(ran.err, HasSubstr("mine.S:" + lines + ": Error: unknown mnemonic"));
	EXPECT_THAT(ran.err, Not(HasSubstr("/tmp")));
	const Ran undefined = check("fetch-g", "arm64", start_of("fetch-g", "arm64") + "\tb\tnowhere\n");
	EXPECT_EQ(undefined.code, 2);
	EXPECT_THAT(undefined.err, HasSubstr("nowhere"));
	EXPECT_EQ(check("save-g", "arm64", model("save-g", "arm")).code, 2);
}

TEST_F(CheckTest, LoopsAndFaultsAreJudged) {
	const auto at_call = [&](const std::string& code) {
		std::string text = model("save-g", "arm64");
		return check("save-g", "arm64", text.insert(text.find("nanotime1.slot_store:"), code));
	};
	const Ran loop = at_call("1:\tb\t1b\n");
	EXPECT_EQ(loop.code, 1);
	EXPECT_THAT(loop.out, HasSubstr("alive (livelock)"));
	const Ran fault = at_call("\tldr\tx9, [xzr]\n");
	EXPECT_EQ(fault.code, 2) << "not an addressing mode";
	EXPECT_THAT(at_call("\tmov\tx9, #8\n\tldr\tx9, [x9]\n").out, HasSubstr("alive (fault)"));
	EXPECT_THAT(at_call("\tudf\t#0\n").out, HasSubstr("alive (undefined)"));
	EXPECT_THAT(at_call("\tmov\tx8, #94\n\tsvc\t#0\n").out, HasSubstr("alive (exit)"));
	// What a user's program may not do, what it may, and what asks the kernel for more than there is.
	for (const char* code : {"hvc #0", "smc #0", "brk #1", "hlt #0", "eret", "msr daifset, #15", "msr sctlr_el1, x9", "tlbi vmalle1"})
		EXPECT_THAT(at_call(fmt::format("\t{}\n", code)).out, HasSubstr("alive (undefined)")) << code;
	for (const char* code : {"wfi", "wfe", "sev", "isb", "nop"}) EXPECT_EQ(at_call(fmt::format("\t{}\n", code)).code, 0) << code;
	for (const char* call : {"221", "220", "222", "999", "-1"})
		EXPECT_THAT(at_call(fmt::format("\tmov\tx8, #{}\n\tsvc\t#0\n", call)).out, HasSubstr("alive (refused)")) << call;
	EXPECT_THAT(at_call("\tmov\tx8, #139\n\tsvc\t#0\n").out, HasSubstr("alive (killed)"));
	EXPECT_THAT(at_call("\tmov\tx9, sp\n\tbr\tx9\n").out, HasSubstr("alive (fault)"));
	EXPECT_THAT(at_call("\tadr\tx9, .\n\tstr\tx9, [x9]\n").out, HasSubstr("alive (fault)"));
	// It fills the stack, a word a turn, until there is no more.
	EXPECT_THAT(at_call("\tmov\tx9, sp\n1:\tstr\tx9, [x9, #-16]!\n\tb\t1b\n").out, HasSubstr("alive (fault)"));
	// It never comes back, and never to the same state: that is not decided.
	const Ran counting = at_call("1:\tadd\tx9, x9, #1\n\tb\t1b\n");
	EXPECT_EQ(counting.code, 3);
	EXPECT_THAT(counting.out, AllOf(StartsWith("save-g (arm64): unfinished."), HasSubstr("still running after 2000 boundaries")));
	std::string text = model("fetch-g", "arm64");
	text.insert(text.find("\tstr\tx30"), "1:\tadd\tx9, x9, #1\n\tb\t1b\n");
	const Ran handler = check("fetch-g", "arm64", text);
	EXPECT_EQ(handler.code, 3);
	EXPECT_THAT(handler.out, HasSubstr("still running after 2000 boundaries"));
}

TEST_F(CheckTest, TheVerdictIsTheSameEveryTime) {
	const std::string text = start_of("handler-nanotime", "arm");
	EXPECT_EQ(check("handler-nanotime", "arm", text, {"--format", "json"}).out,
	          check("handler-nanotime", "arm", text, {"--format", "json"}).out);
}

}  // namespace
}  // namespace siglab
