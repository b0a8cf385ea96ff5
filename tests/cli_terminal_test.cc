// siglab on a terminal: colours, lines that fit, and how far it is.
#include <sys/ioctl.h>

#include "base/text.h"
#include "cli_fixture.h"

namespace siglab {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr uint16_t kColumns = 110;

class CliTerminalTest : public CliTest {
   protected:
	void SetUp() override {
		CliTest::SetUp();
		master_ = posix_openpt(O_RDWR | O_NOCTTY);
		if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0) GTEST_SKIP() << "skipped: no pseudo-terminal";
		const winsize size{.ws_row = 40, .ws_col = kColumns, .ws_xpixel = 0, .ws_ypixel = 0};
		ASSERT_EQ(ioctl(master_, TIOCSWINSZ, &size), 0);
		terminal_ = ptsname(master_);
	}
	void TearDown() override {
		if (master_ >= 0) close(master_);
		CliTest::TearDown();
	}

	// What the terminal showed: stdout and stderr, or stderr alone where stdout goes elsewhere.
	std::string shown_by(const std::vector<std::string>& arguments, int code, const std::string& out = {}) {
		SCOPED_TRACE(testing::PrintToString(arguments));
		const pid_t child = start(arguments, out.empty() ? terminal_ : out, terminal_);
		std::string text;
		char piece[4096];
		for (ssize_t got = 0; (got = read(master_, piece, sizeof piece)) > 0;) text.append(piece, static_cast<size_t>(got));
		EXPECT_EQ(wait(child).code, code) << text;
		std::erase(text, '\r');
		return text;
	}

	static size_t widest(const std::string& text) {
		size_t most = 0;
		for (const std::string& line : split(text, '\n')) most = std::max(most, line.size());
		return most;
	}

	int master_ = -1;
	std::string terminal_;
};

// Escapes have no width.
std::string without_colour(std::string text) {
	for (size_t at = 0; (at = text.find("\x1b[", at)) != std::string::npos;) text.erase(at, text.find('m', at) + 1 - at);
	return text;
}

TEST_F(CliTerminalTest, AReplayFitsAndIsColoured) {
	const std::vector<std::string> arguments = {"replay", "arm64:v0:nanotime1:curg:clobber-g:go:PROF:1", "PROF@30"};
	const std::string text = shown_by(arguments, 1);
	EXPECT_THAT(text, AllOf(HasSubstr("\x1b[31mDIRTY\x1b[0m"), HasSubstr("\x1b[2m"), HasSubstr("\x1b[1m")));
	const std::string plain = siglab(arguments).out;
	EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
	EXPECT_LE(widest(without_colour(text)), std::max<size_t>(kColumns, widest(plain)));
	EXPECT_LT(without_colour(text).size(), plain.size()) << "source lines are cut to fit";
}

TEST_F(CliTerminalTest, NoColorIsHeard) {
	setenv("NO_COLOR", "1", 1);
	const std::string text = shown_by({"replay", "arm64:v0:nanotime1:curg:clobber-g:go:PROF:1", "PROF@30"}, 1);
	unsetenv("NO_COLOR");
	EXPECT_THAT(text, AllOf(HasSubstr("DIRTY"), Not(HasSubstr("\x1b"))));
}

TEST_F(CliTerminalTest, ASweepShowsItsProgressAndItsTableInColours) {
	const std::string text = shown_by({"sweep", "--isa", "arm64", "--variant", "v0,v7", "--vdso", "clean,clobber-g,leak"}, 0);
	EXPECT_THAT(text, HasSubstr("#."));
	EXPECT_THAT(text, AllOf(HasSubstr(" walks"), HasSubstr("\x1b[32m"), HasSubstr("\x1b[1;31m"), HasSubstr("\x1b[35m")));
	for (const std::string& line : split(without_colour(text), '\n')) {
		const bool of_the_table = line.starts_with("v") || line.starts_with("---");
		EXPECT_TRUE(!of_the_table || line.size() <= kColumns) << line;
	}
}

TEST_F(CliTerminalTest, AnExplorationsCellsHaveColours) {
	const std::string text = shown_by({"sweep", "--isa", "arm64", "--variant", "v0,v7", "--vdso", "clobber-g", "--budget", "any"}, 0);
	EXPECT_THAT(text, AllOf(HasSubstr("\x1b[32mholds"), HasSubstr("\x1b[1;31m")));
}

TEST_F(CliTerminalTest, ChangedLinesStandInRedAndGreen) {
	const std::string text = shown_by({"list", "--diff", "v1", "v2", "--isa", "arm64"}, 0);
	EXPECT_THAT(text, AllOf(HasSubstr("\x1b[31m"), HasSubstr("\x1b[32m")));
	EXPECT_LE(widest(without_colour(text)), size_t{kColumns});
}

TEST_F(CliTerminalTest, FuzzSaysHowFarItIs) {
	const std::vector<std::string> arguments = {"fuzz", "--isa", "arm64", "--variant", "v5", "--explore", "0", "--count", "1", "-j", "1"};
	const std::string text = shown_by(arguments, 0, "/dev/null");
	EXPECT_THAT(text, AllOf(HasSubstr(" vDSOs, "), HasSubstr(" deliveries, 0 deviate")));
}

TEST_F(CliTerminalTest, VerifySaysHowFarItIs) {
	(void)siglab({"sweep", "--isa", "arm64", "--variant", "v7", "--function", "native", "--vdso", "clean", "--signal", "PROF", "--out", "."});
	const std::string text = shown_by({"verify", "record.json", "-j", "4"}, 0, "/dev/null");
	EXPECT_THAT(text, AllOf(HasSubstr("# 1/1 walks"), EndsWith(" ")));
	EXPECT_EQ(text.find_first_not_of(' ', text.rfind("walks") + 5), std::string::npos) << "wiped out at the end";
}

}  // namespace
}  // namespace siglab
