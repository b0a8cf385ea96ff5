#include "gdb/packet.h"

#include <fmt/format.h>

#include <charconv>

namespace siglab::gdb {
namespace {

constexpr char kInterrupt = '\x03';

uint8_t checksum(std::string_view payload) {
	uint8_t sum = 0;
	for (const char byte : payload) sum = static_cast<uint8_t>(sum + static_cast<uint8_t>(byte));
	return sum;
}

}  // namespace

std::string framed(std::string_view payload) { return fmt::format("${}#{:02x}", payload, checksum(payload)); }

std::string to_hex(std::span<const std::byte> bytes) {
	std::string digits;
	for (const std::byte byte : bytes) digits += fmt::format("{:02x}", static_cast<unsigned>(byte));
	return digits;
}

std::string to_hex(uint64_t value, size_t size) {
	std::string digits;
	for (size_t i = 0; i < size; ++i) digits += fmt::format("{:02x}", i < sizeof value ? value >> 8 * i & 0xff : 0);
	return digits;
}

std::optional<uint64_t> parse_hex(std::string_view digits) {
	uint64_t value = 0;
	const char* end = digits.data() + digits.size();
	const auto [at, error] = std::from_chars(digits.data(), end, value, 16);
	return digits.empty() || error != std::errc{} || at != end ? std::nullopt : std::optional{value};
}

std::optional<Decoder::Event> Decoder::next() {
	while (!input_.empty()) {
		if (input_.front() == kInterrupt) {
			input_.erase(0, 1);
			return Event{Event::Kind::interrupt, {}};
		}
		if (input_.front() == '$') break;
		input_.erase(0, 1);
	}
	const size_t end = input_.find('#');
	if (end == std::string::npos || input_.size() < end + 3) return std::nullopt;
	const std::string payload = input_.substr(1, end - 1);
	const std::optional<uint64_t> stated = parse_hex(std::string_view{input_}.substr(end + 1, 2));
	input_.erase(0, end + 3);
	return Event{stated == checksum(payload) ? Event::Kind::packet : Event::Kind::damaged, payload};
}

}  // namespace siglab::gdb
