// The list of long tests in tests/CMakeLists.txt: each entry is a test that there is.
#include <gtest/gtest.h>

#include "base/text.h"

namespace siglab {
namespace {

bool is_meant(std::string_view pattern, std::string_view name) {
	if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
	return name == pattern;
}

bool is_there(std::string_view pattern) {
	const testing::UnitTest& all = *testing::UnitTest::GetInstance();
	for (int i = 0; i < all.total_test_suite_count(); ++i) {
		const testing::TestSuite& suite = *all.GetTestSuite(i);
		for (int j = 0; j < suite.total_test_count(); ++j) {
			if (is_meant(pattern, std::string{suite.name()} + "." + suite.GetTestInfo(j)->name())) return true;
		}
	}
	return false;
}

TEST(LongTests, AreThere) {
	const std::vector<std::string> patterns = split(SIGLAB_LONG_TESTS, ':');
	EXPECT_FALSE(patterns.empty());
	for (const std::string& pattern : patterns) EXPECT_TRUE(is_there(pattern)) << pattern << " in tests/CMakeLists.txt";
}

}  // namespace
}  // namespace siglab
