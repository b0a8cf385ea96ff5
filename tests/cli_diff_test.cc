// siglab replay --diff: what a schedule leaves behind, against the undisturbed walk.
#include "cli_fixture.h"

namespace siglab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CliDiffTest : public CliTest {
   protected:
	std::string differs(const std::string& scenario, const std::string& schedule, int code) {
		const Ran ran = siglab({"replay", scenario, schedule, "--diff"});
		EXPECT_EQ(ran.code, code) << ran.err;
		return ran.out;
	}
};

TEST_F(CliDiffTest, AHandlerThatOverwritesTheSlotIsSeenFromThereOn) {
	const std::string text = differs("arm64:v2:nanotime1:curg:clobber-g:go:PROF:1", "PROF@30", 1);
	EXPECT_THAT(text, HasSubstr("What differs from the undisturbed walk (undisturbed -> here), where it changes\n"));
	EXPECT_THAT(text, HasSubstr("\n   30  vdso:__kernel_clock_gettime+0x8: "));
	EXPECT_THAT(text, AllOf(HasSubstr("vdsoSP 0x"), HasSubstr("vdsoPC 0x"), HasSubstr("slot 0x30000 -> 0x0")));
	EXPECT_THAT(text, HasSubstr("\ntransparent-return broken (vdsoSP)\n"));
}

TEST_F(CliDiffTest, WhatIsPutRightDiffersNoMore) {
	const std::string text = differs("arm64:v2:nanotime1:curg:clobber-g:go:PROF:1", "PROF@3", 0);
	EXPECT_THAT(text, AllOf(HasSubstr("vdsoPC 0x0 -> 0x"), HasSubstr(": nothing any more\n"), Not(HasSubstr("nothing, at any"))));
}

TEST_F(CliDiffTest, AnUndisturbedWalkDiffersNowhere) {
	EXPECT_THAT(differs("arm:v7:nanotime1:curg:clean:go:PROF:1", "-", 0), HasSubstr("\n  nothing, at any boundary\n\nEvery property holds"));
}

TEST_F(CliDiffTest, ARunThatEndsEarlySaysWhere) {
	const std::string text = differs("arm64:v0:nanotime1:curg:clobber-g:go:PROF:1", "PROF@30", 1);
	EXPECT_THAT(text, HasSubstr("\n  the run ends at boundary 30, the undisturbed walk at 73\n"));
}

// The clock moves while the vDSO reads it: it looks twice.
TEST_F(CliDiffTest, ARunThatGoesOnLongerSaysWhere) {
	const std::string text = differs("arm64:v2:nanotime1:curg:clobber-g:go:PROF:1", "tick@38", 0);
	EXPECT_THAT(text, HasSubstr(": the undisturbed walk has ended\n"));
}

// The clock is the kernel's; the vDSO's data page follows it, and so do registers. Of many differences the first six are told.
TEST_F(CliDiffTest, ATickMovesTheClockTheDataPageAndWhatIsReadThere) {
	const std::string text = differs("arm64:v2:nanotime1:curg:clobber-g:go:PROF:1", "tick@20", 0);
	EXPECT_THAT(text, AllOf(HasSubstr("\n   20  runtime.nanotime1+0x44: clock 0x"), HasSubstr(", 0x9f000 0x100000000 -> 0x100000002"),
	                        HasSubstr(" x4 0x0 -> 0x2"), HasSubstr(", and 2 more\n")));
}

}  // namespace
}  // namespace siglab
