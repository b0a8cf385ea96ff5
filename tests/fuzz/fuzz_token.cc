// libFuzzer: parse_token and parse_scenario take any text without harm, and what they accept is printed back as it was written.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "world/scenario.h"

namespace siglab {
namespace {

void require(bool holds) {
	if (!holds) std::abort();
}

// An error quotes what is wrong, and goes to a terminal as one line.
void judge_error(const Error& error) {
	require(error.exit == Exit::usage && !error.text.empty());
	require(std::all_of(error.text.begin(), error.text.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}

void fuzz(std::string_view text) {
	if (const Result<Scenario> scenario = parse_scenario(text); scenario.ok()) {
		require(print_scenario(*scenario) == text);
	} else {
		judge_error(scenario.error());
	}
	if (const Result<Token> token = parse_token(text); token.ok()) {
		require(print_token(*token) == text);
	} else {
		judge_error(token.error());
	}
}

}  // namespace
}  // namespace siglab

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
	siglab::fuzz({reinterpret_cast<const char*>(data), size});
	return 0;
}
