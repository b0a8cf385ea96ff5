// Packets of gdb's remote serial protocol: "$payload#checksum", and acknowledgements.
//
// Follows   "Remote Protocol" in the GDB manual: Overview, Packet Acknowledgment, Interrupts.
// Does not  use run-length encoding or binary data: nothing that is sent needs them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace siglab::gdb {

std::string framed(std::string_view payload);

// Bytes as pairs of digits, in the order of memory.
std::string to_hex(std::span<const std::byte> bytes);
// The `size` low bytes of a value, little-endian.
std::string to_hex(uint64_t value, size_t size);
// A number as packets write it: hexadecimal, no prefix. None: no digits, others, or more than 64 bits.
std::optional<uint64_t> parse_hex(std::string_view digits);

// Takes bytes as they come, gives packets as they are complete.
class Decoder {
   public:
	struct Event {
		enum class Kind : uint8_t { packet, damaged, interrupt } kind;
		std::string payload;
	};
	void feed(std::string_view bytes) { input_ += bytes; }
	// The next whole event; none: more bytes are needed. Acknowledgements and noise between packets are skipped.
	std::optional<Event> next();
	// More bytes than any packet of gdb's has are waiting for their end.
	[[nodiscard]] bool overfull() const { return input_.size() > kMaxPacket; }

	static constexpr size_t kMaxPacket = 0x4000;

   private:
	std::string input_;
};

}  // namespace siglab::gdb
