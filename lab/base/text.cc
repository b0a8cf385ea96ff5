#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

namespace siglab {

std::vector<std::string> split(std::string_view text, char separator) {
	std::vector<std::string> pieces;
	if (text.empty()) return pieces;
	for (;;) {
		const size_t at = text.find(separator);
		pieces.emplace_back(text.substr(0, at));
		if (at == std::string_view::npos) return pieces;
		text.remove_prefix(at + 1);
	}
}

std::string join(std::span<const std::string> pieces, std::string_view separator) {
	return fmt::format("{}", fmt::join(pieces.begin(), pieces.end(), separator));
}

namespace {

// Levenshtein's distance, one row at a time.
size_t edit_distance(std::string_view a, std::string_view b) {
	std::vector<size_t> row(b.size() + 1);
	std::iota(row.begin(), row.end(), size_t{0});
	for (size_t i = 1; i <= a.size(); ++i) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.size(); ++j) {
			const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
			diagonal = row[j];
			row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
		}
	}
	return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates) {
	std::optional<std::string> best;
	size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
	for (const std::string& candidate : candidates) {
		const size_t distance = edit_distance(name, candidate);
		if (distance < best_distance) {
			best_distance = distance;
			best = candidate;
		}
	}
	return best;
}

std::string unknown_name(std::string_view kind, std::string_view name, std::span<const std::string> candidates) {
	const std::optional<std::string> meant = nearest(name, candidates);
	const std::string hint = meant ? fmt::format(" (did you mean '{}'?)", *meant) : std::string{};
	return fmt::format("unknown {} '{}'{}; known: {}", kind, name, hint, join(candidates, ", "));
}

std::string hex(uint64_t value) { return fmt::format("{:#x}", value); }

std::optional<uint64_t> parse_number(std::string_view text) {
	int base = 10;
	if (text.starts_with("0x")) {
		base = 16;
		text.remove_prefix(2);
	}
	uint64_t value = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
	if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
	return value;
}

}  // namespace siglab
