// Golden traces: chosen runs look as they did when somebody last looked at them. tools/golden writes them anew.
#include "cli_fixture.h"

namespace siglab {
namespace {

class GoldenTest : public CliTest, public testing::WithParamInterface<fs::path> {};

// "siglab replay SCENARIO SCHEDULE", as the file's first line has it. The scenario, not a token: a token is of one image only.
std::vector<std::string> arguments_of(const std::string& line) {
	std::istringstream words(line);
	std::vector<std::string> arguments;
	for (std::string word; words >> word;) arguments.push_back(word);
	if (!arguments.empty()) arguments.erase(arguments.begin());
	return arguments;
}

TEST_P(GoldenTest, IsWhatReplayShows) {
	const std::string golden = contents(GetParam());
	const std::string first = golden.substr(0, golden.find('\n'));
	ASSERT_TRUE(first.starts_with("siglab replay ")) << GetParam();
	const Ran ran = siglab(arguments_of(first));
	EXPECT_EQ(ran.err, "");
	const bool holds = ran.out.find("Every property holds on this run.") != std::string::npos;
	EXPECT_EQ(ran.code, holds ? 0 : 1);
	EXPECT_EQ(first + '\n' + ran.out, golden) << "if this is meant: tools/golden, then read git diff tests/golden";
}

std::vector<fs::path> goldens() {
	std::vector<fs::path> files;
	for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(SIGLAB_ROOT) / "tests/golden")) {
		if (entry.path().extension() == ".txt") files.push_back(entry.path());
	}
	std::sort(files.begin(), files.end());
	return files;
}

std::string name_of(const testing::TestParamInfo<fs::path>& info) {
	std::string name = info.param.stem().string();
	std::replace(name.begin(), name.end(), '-', '_');
	return name;
}

INSTANTIATE_TEST_SUITE_P(Traces, GoldenTest, testing::ValuesIn(goldens()), name_of);

TEST(GoldenSize, StaysSmall) {
	uintmax_t bytes = 0;
	for (const fs::path& file : goldens()) bytes += fs::file_size(file);
	EXPECT_GE(goldens().size(), 8u);
	EXPECT_LT(bytes, 120u * 1024);
}

}  // namespace
}  // namespace siglab
