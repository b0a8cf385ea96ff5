// libFuzzer: parse_schedule takes any text without harm, and what it accepts is printed back as it was written.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "state/schedule.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
	const std::string_view text{reinterpret_cast<const char*>(data), size};
	const siglab::Result<siglab::Schedule> schedule = siglab::parse_schedule(text);
	if (!schedule) {
		// An error quotes what is wrong, and goes to a terminal as one line.
		const std::string& error = schedule.error().text;
		const bool one_line = std::all_of(error.begin(), error.end(), [](char c) { return c >= ' ' && c <= '~'; });
		if (error.empty() || !one_line) std::abort();
		return 0;
	}
	const std::string printed = siglab::print_schedule(*schedule);
	if (printed != text) {
		std::fprintf(stderr, "'%.*s' is printed back as '%s'\n", static_cast<int>(size), text.data(), printed.c_str());
		std::abort();
	}
	return 0;
}
