// libFuzzer: states and closed sets from any text. What parse_state accepts has one text only, and no set does harm, whatever its ways say.
//
// The record's own fuzzer does not get this far: a digest that fits is not found by chance. This one makes it fit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "record/closed_set.h"

// First line: the signals. Each of the others: a state.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
	using namespace siglab;
	const std::vector<std::string> lines = split({reinterpret_cast<const char*>(data), size}, '\n');
	ClosedSet set;
	for (size_t i = 0; i < lines.size(); ++i) {
		if (i == 0) {
			set.signals = lines[i];
			continue;
		}
		ClosedState state;
		const auto index = static_cast<uint32_t>(set.states.size());
		if (!parse_state(lines[i], index, state)) continue;
		if (print_state(state, index) != lines[i]) std::abort();
		set.states.push_back(std::move(state));
	}
	set.digest = digest_of(set);
	if (nonsense(set).empty()) {
		const Deliveries made = deliveries(set, 0);
		if (made.fired > made.injections) std::abort();
	}
	set.digest = "0";
	if (nonsense(set).empty()) std::abort();
	return 0;
}
