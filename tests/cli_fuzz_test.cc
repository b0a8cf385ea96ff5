// siglab fuzz as its user meets it.
#include "cli_fixture.h"

namespace siglab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kQuick = {"fuzz", "--isa", "arm64", "--variant", "v1,v5", "--explore", "0", "-j", "1"};

std::vector<std::string> quick(std::vector<std::string> more) {
	std::vector<std::string> all = kQuick;
	all.insert(all.end(), more.begin(), more.end());
	return all;
}

TEST_F(CliTest, FuzzTellsWhatItTried) {
	const Ran ran = siglab(quick({"--count", "6", "--seed", "5"}));
	EXPECT_EQ(ran.code, 0) << ran.err;
	EXPECT_THAT(ran.out, AllOf(HasSubstr("seed 5, from index 0 to 5"), HasSubstr("arm64: 6 vDSOs"), HasSubstr("No deviation")));
	EXPECT_EQ(siglab(quick({"--count", "6", "--seed", "5"})).out, ran.out);
	EXPECT_NE(siglab(quick({"--count", "6", "--seed", "6"})).out, ran.out);
}

TEST_F(CliTest, FuzzGoesOnWhereItStopped) {
	EXPECT_EQ(siglab(quick({"--count", "12", "--out", "whole"})).code, 0);
	EXPECT_EQ(siglab(quick({"--count", "5", "--out", "part"})).code, 0);
	EXPECT_EQ(siglab(quick({"--count", "12", "--out", "part"})).code, 0);
	EXPECT_EQ(contents(dir_ / "part/fuzz.json"), contents(dir_ / "whole/fuzz.json"));
	complains(quick({"--count", "12", "--seed", "9", "--out", "part"}), 2, HasSubstr("part/fuzz.json is of another run"));
	complains(quick({"--count", "12", "--shard", "1/2", "--out", "part"}), 2, HasSubstr("another run"));
}

TEST_F(CliTest, FuzzShardsMakeTheWhole) {
	EXPECT_EQ(siglab(quick({"--count", "9", "--out", "whole"})).code, 0);
	for (const char* i : {"1", "2"}) EXPECT_EQ(siglab(quick({"--count", "9", "--shard", std::string{i} + "/2", "--out", std::string{"s"} + i})).code, 0);
	const Ran ran = siglab({"fuzz", "--union", "s2,s1/fuzz.json", "--out", "all"});
	EXPECT_EQ(ran.code, 0) << ran.err;
	EXPECT_EQ(contents(dir_ / "all/fuzz.json"), contents(dir_ / "whole/fuzz.json"));
	complains({"fuzz", "--union", "s1"}, 5, HasSubstr("shard 2/2 is missing"));
	complains({"fuzz", "--union", "s1,s1"}, 2, HasSubstr("twice"));
	complains({"fuzz", "--union", "nowhere"}, 2, HasSubstr("nowhere"));
}

TEST_F(CliTest, FuzzKeepsWhatItFinds) {
	const Ran ran = siglab({"fuzz", "--isa", "arm", "--variant", "v6", "--count", "1", "--explore", "0", "--break", "leak-other", "--out", "o"});
	EXPECT_EQ(ran.code, 1) << ran.err;
	EXPECT_THAT(ran.out, AllOf(HasSubstr("The fault is the vDSO's: r4 = 0x4d"), HasSubstr("o/finds/seed1-0-arm-v6.S"), HasSubstr("1 vDSO with deviations.")));
	const std::string mark = "siglab replay ";
	const std::string line = ran.out.substr(ran.out.find(mark + "siglab2:") + mark.size());
	const std::string token = line.substr(0, line.find('\n'));
	// In the run's folder the token shows it again.
	fs::copy(dir_ / "o" / "finds", dir_ / "finds", fs::copy_options::recursive);
	const Ran replayed = siglab({"replay", token});
	EXPECT_EQ(replayed.code, 1) << replayed.err;
	EXPECT_THAT(replayed.out, HasSubstr("abi"));
	const Ran judged = siglab({"fuzz", "--isa", "arm", "--variant", "v6", "--signal", "USR1", "--file", "finds/seed1-0-arm-v6.S"});
	EXPECT_EQ(judged.code, 1);
	EXPECT_THAT(judged.out, HasSubstr("abi (registers) was expected to hold, and breaks"));
}

TEST_F(CliTest, FuzzShowsASourceThatObeys) {
	const Ran ran = siglab({"fuzz", "--show", "3", "--isa", "arm64"});
	EXPECT_EQ(ran.code, 0);
	EXPECT_THAT(ran.out, AllOf(HasSubstr("// Generated: seed 1, index 3, arm64"), HasSubstr("__kernel_clock_gettime:")));
	write(dir_ / "shown.S", ran.out);
	const Ran judged = siglab({"fuzz", "--isa", "arm64", "--variant", "v0,v5,v7", "--signal", "PROF", "--explore", "0", "--file", "shown.S"});
	EXPECT_EQ(judged.code, 0) << judged.out << judged.err;
	EXPECT_EQ(siglab({"sweep", "--isa", "arm64", "--vdso", "shown.S"}).code, 0);
}

TEST_F(CliTest, FuzzEndsAtItsLimit) {
	// More than there is time for: not done, unless nobody said how many.
	const Ran limited = siglab(quick({"--count", "1000000", "--time", "1"}));
	EXPECT_EQ(limited.code, 3) << limited.err;
	EXPECT_THAT(limited.out, HasSubstr("Stopped (time-limit): it goes on from index "));
	EXPECT_EQ(siglab(quick({"--time", "1"})).code, 0);
}

TEST_F(CliTest, FuzzRefusesWrongUsage) {
	complains({"fuzz", "--seed", "x"}, 2, HasSubstr("--seed is 'x'"));
	complains({"fuzz", "--count", "0"}, 2, HasSubstr("nothing to do"));
	complains({"fuzz", "--count=-3"}, 2, HasSubstr("--count is '-3'"));
	for (const char* shard : {"0/2", "3/2", "1", "a/b", "1/2/3", "1/9999999999"}) complains({"fuzz", "--shard", shard}, 2, HasSubstr("it is i/N"));
	complains({"fuzz", "--break", "leek-g"}, 2, HasSubstr("did you mean 'leak-g'?"));
	complains({"fuzz", "--vdso", "clean"}, 2, HasSubstr("makes its own vDSOs"));
	complains({"fuzz", "--guest", "mine.S"}, 2, HasSubstr("takes no --guest"));
	complains({"fuzz", "--function", "native"}, 2, HasSubstr("native"));
	complains({"fuzz", "--world", "mask-empty"}, 2, HasSubstr("nothing is expected"));
	complains({"fuzz", "--variant", "v9"}, 2, HasSubstr("v9"));
	complains({"fuzz", "--calls", "2"}, 2, HasSubstr("--calls"));
	complains({"fuzz", "--show", "x"}, 2, HasSubstr("no index"));
	complains({"fuzz", "--file", "missing.S", "--isa", "arm"}, 2, HasSubstr("missing.S"));
	fs::create_directory(dir_ / "bad");
	write(dir_ / "bad" / "fuzz.json", "{}");
	complains({"fuzz", "--out", "bad"}, 2, HasSubstr("bad/fuzz.json: malformed fuzz record"));
}

}  // namespace
}  // namespace siglab
