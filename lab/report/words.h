// Small words of the reports: numbers for people, and text that a terminal may be given.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace siglab {

// "110,000".
inline std::string grouped(uint64_t number) {
	std::string text = fmt::to_string(number);
	for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
	return text;
}

// "1 run", "2 runs".
inline std::string counted(uint64_t number, std::string_view what) {
	return fmt::format("{} {}{}", grouped(number), what, number == 1 ? "" : "s");
}

inline std::string counted(uint64_t number, std::string_view one, std::string_view more) {
	return fmt::format("{} {}", grouped(number), number == 1 ? one : more);
}

// A record may come from anywhere: what could move the cursor or recolour a terminal is shown as '?', a tab as a blank.
inline std::string shown(std::string_view text) {
	std::string plain{text};
	std::replace(plain.begin(), plain.end(), '\t', ' ');
	std::replace_if(plain.begin(), plain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
	return plain;
}

// At most `width` bytes, the last two dots where something is left out.
inline std::string shortened(std::string text, size_t width) {
	if (text.size() <= width) return text;
	size_t keep = width < 2 ? 0 : width - 2;
	while (keep > 0 && (static_cast<unsigned char>(text[keep]) & 0xc0) == 0x80) --keep;  // not in the middle of a UTF-8 character
	return text.substr(0, keep) + "..";
}

// Without the blanks that padding left at its end.
inline std::string stripped(std::string line) {
	line.erase(line.find_last_not_of(' ') + 1);
	return line;
}

}  // namespace siglab
