// Stops in words: the same for every engine, because records hold them.
#pragma once

#include <fmt/format.h>

#include "machine/engine.h"

namespace siglab {

enum class Access : uint8_t { read, write, fetch };

inline Stop fault_stop(Access access, GuestAddr address) {
	constexpr std::string_view kDoes[] = {"reads from", "writes to", "jumps to"};
	return {StopReason::fault, address, fmt::format("{} {:#x}", kDoes[static_cast<size_t>(access)], address.value)};
}

inline Stop undefined_stop(GuestAddr pc) {
	return {StopReason::undefined, pc, fmt::format("executes an undefined instruction at {:#x}", pc.value)};
}

}  // namespace siglab
