#include "state/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>

namespace siglab {

Hash128 hash_bytes(std::span<const std::byte> bytes) {
	const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
	return {hash.high64, hash.low64};
}

std::string print_hash(const Hash128& hash) { return fmt::format("{:016x}{:016x}", hash.high, hash.low); }

std::optional<Hash128> parse_hash(std::string_view text) {
	constexpr size_t kDigits = 32;
	constexpr int kBase = 16;
	const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
	if (text.size() != kDigits || !std::all_of(text.begin(), text.end(), digit)) return std::nullopt;
	Hash128 hash;
	const char* middle = text.data() + kDigits / 2;
	std::from_chars(text.data(), middle, hash.high, kBase);
	std::from_chars(middle, text.data() + kDigits, hash.low, kBase);
	return hash;
}

}  // namespace siglab
