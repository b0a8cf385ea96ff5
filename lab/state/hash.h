// A 128-bit hash of bytes, and its text.
//
// Models    XXH3, 128 bits: equal on every host of the same byte order. It tells states apart; it is no protection against somebody who
//           looks for two that agree.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace siglab {

struct Hash128 {
	uint64_t high = 0;
	uint64_t low = 0;
	constexpr auto operator<=>(const Hash128&) const = default;
};

Hash128 hash_bytes(std::span<const std::byte> bytes);

// 32 hexadecimal digits, in lower case, high half first.
std::string print_hash(const Hash128& hash);
std::optional<Hash128> parse_hash(std::string_view text);

}  // namespace siglab
