#include "image/lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/text.h"

namespace siglab {
namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";

std::string_view without_leading_blanks(std::string_view text) {
	text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
	return text;
}

std::string_view trimmed(std::string_view text) {
	text = without_leading_blanks(text);
	return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

// Takes what stands before the next blank off the front of `text`.
std::string_view take_word(std::string_view& text) {
	text = without_leading_blanks(text);
	const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
	text.remove_prefix(word.size());
	return word;
}

std::optional<uint32_t> line_number(std::string_view word) {
	const std::optional<uint64_t> number = parse_number(word);
	if (!number || word.starts_with("0x") || *number > std::numeric_limits<uint32_t>::max()) return std::nullopt;
	return static_cast<uint32_t>(*number);
}

std::string_view text_of(std::span<const std::string> source, uint32_t number) {
	return number >= 1 && number <= source.size() ? trimmed(source[number - 1]) : std::string_view{};
}

}  // namespace

std::string print_lines(const LineMap& lines) {
	std::string text;
	for (const auto& [address, line] : lines) text += fmt::format("{:#x} {} {}\n", address, line.number, line.text);
	return text;
}

Result<LineMap> parse_lines(std::string_view name, std::string_view text) {
	LineMap lines;
	for (size_t row = 1; !text.empty(); ++row) {
		std::string_view rest = text.substr(0, text.find('\n'));
		text.remove_prefix(std::min(rest.size() + 1, text.size()));
		const std::optional<uint64_t> address = parse_number(take_word(rest));
		const std::optional<uint32_t> number = line_number(take_word(rest));
		if (!address || !number) return Error{Exit::usage, fmt::format("{}:{}: not 'address number text'", name, row)};
		lines[*address] = {*number, std::string{trimmed(rest)}};
	}
	return lines;
}

// Rows are "FILE LINE ADDRESS [VIEW] [x] [END]". LINE is '-' where a sequence ends. Anything else is a heading.
LineMap decode_lines(std::string_view objdump, std::string_view mark, std::string_view source) {
	const std::vector<std::string> text = split(source, '\n');
	LineMap lines;
	for (const std::string& row : split(objdump, '\n')) {
		std::string_view rest = row;
		const std::string_view file = take_word(rest);
		const std::string_view line = take_word(rest);
		const std::optional<uint64_t> address = parse_number(take_word(rest));
		const std::optional<uint32_t> number = line_number(line);
		if (!address || (!number && line != "-")) continue;
		if (!number || file != mark) {
			// Where one sequence ends the next may already have begun: its row counts.
			lines.try_emplace(*address);
		} else {
			// Of several rows at one address the last made the instruction; the others made nothing.
			lines[*address] = {*number, std::string{text_of(text, *number)}};
		}
	}
	return lines;
}

}  // namespace siglab
