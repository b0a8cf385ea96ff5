// siglab_assemble, the build's own tool: an image of one source, or one line that says why not.
#include <gmock/gmock.h>

#include "lab_fixture.h"

namespace siglab::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class AssembleMain : public testing::Test {
   protected:
	ToolRun run(std::vector<std::string> arguments) {
		arguments.insert(arguments.begin(), SIGLAB_ASSEMBLE);
		Result<ToolRun> ran = run_tool(arguments, dir_, WorkIn::temp);
		EXPECT_TRUE(ran.ok());
		return ran ? *ran : ToolRun{};
	}
	TempDir dir_ = *TempDir::make();
	const std::string clean_ = SIGLAB_SOURCES "/vdso_blobs/arm64/clean.S";
};

TEST_F(AssembleMain, MakesTheImageThatTheBuildMakes) {
	const std::string made = dir_.file("clean.so");
	EXPECT_EQ(run({"arm64", "vdso", clean_, made, SIGLAB_SOURCES}).code, 0);
	const Result<std::string> is = read_text(made), was = read_text(SIGLAB_IMAGES "/vdso/arm64/clean.so");
	ASSERT_TRUE(is.ok() && was.ok());
	EXPECT_TRUE(*is == *was);
}

TEST_F(AssembleMain, SaysWhatItDoesNotKnow) {
	const std::string out = dir_.file("out");
	const ToolRun usage = run({"arm64", "vdso"});
	EXPECT_EQ(usage.code, static_cast<int>(Exit::usage));
	EXPECT_THAT(usage.complaints, StartsWith("usage: siglab_assemble ISA "));
	const ToolRun isa = run({"arm46", "vdso", clean_, out, SIGLAB_SOURCES});
	EXPECT_EQ(isa.code, static_cast<int>(Exit::usage));
	EXPECT_THAT(isa.complaints, HasSubstr("did you mean 'arm64'?"));
	const ToolRun kind = run({"arm64", "vdos", clean_, out, SIGLAB_SOURCES});
	EXPECT_EQ(kind.code, static_cast<int>(Exit::usage));
	EXPECT_THAT(kind.complaints, HasSubstr("did you mean 'vdso'?"));
	EXPECT_FALSE(file_exists(out));
}

TEST_F(AssembleMain, SaysWhyASourceIsNone) {
	const OwnFile wrong("wrong.S", "\tmov x0, y0\n");
	const ToolRun ran = run({"arm64", "vdso", wrong.path(), dir_.file("out"), SIGLAB_SOURCES});
	EXPECT_NE(ran.code, 0);
	EXPECT_THAT(ran.complaints, HasSubstr("wrong.S"));
}

}  // namespace
}  // namespace siglab::test
