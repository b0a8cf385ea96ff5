// Small helpers on text: names that were mistyped, lists, hexadecimal.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace siglab {

// The pieces of `text` between `separator`s. An empty text has no pieces; "a," has two, the last one empty.
std::vector<std::string> split(std::string_view text, char separator);

// "a, b, c".
std::string join(std::span<const std::string> pieces, std::string_view separator);

// The candidate that is nearest to a mistyped `name` (edit distance at most a third of its length, at least 2), if any is that near.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates);

// "unknown vdso 'clober-g' (did you mean 'clobber-g'?); known: clean, clobber-g, leak".
std::string unknown_name(std::string_view kind, std::string_view name, std::span<const std::string> candidates);

// "0x1234abcd".
std::string hex(uint64_t value);

// A number in decimal, or in hexadecimal with 0x; nothing else around it.
std::optional<uint64_t> parse_number(std::string_view text);

}  // namespace siglab
