// The vDSOs of real kernels, as far as tools/fetch_vdsos has got some. Tests that need them skip without.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace siglab::test {

inline std::vector<std::string> real_vdsos() {
	const char* cache = std::getenv("XDG_CACHE_HOME");
	const char* home = std::getenv("HOME");
	const std::string folder = (cache != nullptr && *cache != '\0' ? std::string{cache} : std::string{home != nullptr ? home : "/root"} + "/.cache") + "/siglab/vdsos";
	std::vector<std::string> files;
	std::error_code error;
	for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
		if (entry.path().extension() == ".so") files.push_back(entry.path().string());
	}
	std::sort(files.begin(), files.end());
	return files;
}

}  // namespace siglab::test

#define SIGLAB_NEEDS_REAL_VDSOS() \
	if (siglab::test::real_vdsos().empty()) GTEST_SKIP() << "skipped: no image (tools/fetch_vdsos gets some)"
