// Words that the clobber document's pages share. Internal to the room.
#pragma once

#include <fmt/format.h>

#include "base/text.h"
#include "record/abi.h"

namespace siglab {

inline std::string dirty_text(const AbiPath& path) { return fmt::format("{}/{}", path.dirty, path.steps.size()); }
inline std::string place_text(const std::optional<uint64_t>& pc) { return pc ? fmt::format("`+{:#x}`", *pc) : "-"; }

inline std::string syscalls_text(const AbiPath& path) {
	std::vector<std::string> numbers;
	for (const uint32_t number : path.syscalls) numbers.push_back(fmt::to_string(number));
	return numbers.empty() ? "-" : join(numbers, ", ");
}

inline std::string end_text(const AbiPath& path) {
	std::string text = path.end;
	if (!path.result.empty()) text += ": " + path.result;
	if (!path.breaks.empty()) text += "; AAPCS broken: " + join(path.breaks, ", ");
	return text;
}

inline std::string registers_text(const AbiPath& path) { return path.registers.empty() ? "-" : join(path.registers, " "); }

// "x28: caller's sp - 16, x19: r3".
inline std::string away_text(const AbiState& state) {
	std::vector<std::string> texts;
	for (const AbiAway& away : state.away) texts.push_back(fmt::format("{}: {}", away.reg, away.where));
	return texts.empty() ? "-" : join(texts, ", ");
}

}  // namespace siglab
