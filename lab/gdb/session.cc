#include "gdb/session.h"

#include <fmt/format.h>

#include "base/text.h"
#include "gdb/packet.h"

namespace siglab::gdb {
namespace {

constexpr std::string_view kOk = "OK", kRefused = "E01";
constexpr std::string_view kStopped = "T05thread:1;";
constexpr std::string_view kBegin = "T05thread:1;replaylog:begin;", kEnd = "T05thread:1;replaylog:end;";

// gdb has signal numbers of its own, the same for all systems (include/gdb/signals.def).
uint8_t number_in_gdb(Signal signal) {
	switch (signal) {
		case Signal::segv: return 11;
		case Signal::usr1: return 30;
		case Signal::urg: return 16;
		case Signal::prof: break;
	}
	return 27;
}

// "ADDRESS,SIZE".
struct Range {
	uint64_t at, size;
};
std::optional<Range> parse_range(std::string_view text) {
	const size_t comma = text.find(',');
	if (comma == std::string_view::npos) return std::nullopt;
	const std::optional<uint64_t> at = parse_hex(text.substr(0, comma)), size = parse_hex(text.substr(comma + 1));
	if (!at || !size) return std::nullopt;
	return Range{*at, *size};
}

}  // namespace

std::string Session::answer(std::string_view packet) {
	if (packet.empty()) return {};
	const std::string_view rest = packet.substr(1);
	switch (packet.front()) {
		case '?': return std::string{kStopped};
		case 'g': return read_registers();
		case 'p': return read_register(rest);
		case 'm': return read_memory(rest);
		case 'G':
		case 'P':
		case 'M':
		case 'X': return std::string{kRefused};
		case 'c':
		case 'C': return move(Direction::forward, false);
		case 's':
		case 'S': return move(Direction::forward, true);
		case 'v': return resume(rest);
		case 'b': return rest == "s" || rest == "c" ? move(Direction::backward, rest == "s") : std::string{};
		case 'Z':
		case 'z': return breakpoint(packet);
		case 'H':
		case 'T': return std::string{kOk};
		case 'q':
		case 'Q': return query(packet);
		case 'D': over_ = true; return std::string{kOk};
		case 'k': over_ = true; return {};
		default: return {};
	}
}

// "vCont;ACTION[:THREAD]...": there is one thread, so the first action is its. Without it gdb steps 32-bit ARM by breakpoints of its own, which
// it sets where it believes the next instruction to be.
std::string Session::resume(std::string_view packet) {
	if (packet == "Cont?") return "vCont;c;C;s;S";
	constexpr std::string_view kResume = "Cont;";
	if (!packet.starts_with(kResume) || packet.size() == kResume.size()) return {};
	switch (packet[kResume.size()]) {
		case 'c':
		case 'C': return move(Direction::forward, false);
		case 's':
		case 'S': return move(Direction::forward, true);
		default: return std::string{kRefused};
	}
}

std::string Session::query(std::string_view packet) {
	constexpr std::string_view kDocument = "qXfer:features:read:target.xml:";
	if (packet.starts_with("qSupported")) {
		return fmt::format("PacketSize={:x};qXfer:features:read+;ReverseStep+;ReverseContinue+;QStartNoAckMode+;vContSupported+", Decoder::kMaxPacket);
	}
	if (packet == "QStartNoAckMode") {
		acknowledges_ = false;
		return std::string{kOk};
	}
	if (packet.starts_with(kDocument)) return document(packet.substr(kDocument.size()));
	if (packet == "qAttached") return "1";
	if (packet == "qC") return "QC1";
	if (packet == "qfThreadInfo") return "m1";
	if (packet == "qsThreadInfo") return "l";
	return {};
}

std::string Session::document(std::string_view text) const {
	const std::optional<Range> range = parse_range(text);
	if (!range || range->at > target_.description.size()) return std::string{kRefused};
	const std::string piece = target_.description.substr(range->at, range->size);
	return (range->at + piece.size() == target_.description.size() ? "l" : "m") + piece;
}

std::string Session::value_of(const Register& reg) const {
	if (reg.name.empty()) return {};
	const uint64_t* words = reg.words(tape_.cpu(at_), reg.index);
	std::string digits;
	for (size_t left = reg.bytes; left > 0; left -= std::min<size_t>(left, 8), ++words) digits += to_hex(*words, std::min<size_t>(left, 8));
	return digits;
}

std::string Session::read_registers() const {
	std::string digits;
	for (const Register& reg : target_.registers) digits += value_of(reg);
	return digits;
}

std::string Session::read_register(std::string_view number) const {
	const std::optional<uint64_t> index = parse_hex(number);
	if (!index || *index >= target_.registers.size() || target_.registers[*index].name.empty()) return std::string{kRefused};
	return value_of(target_.registers[*index]);
}

std::string Session::read_memory(std::string_view text) const {
	const std::optional<Range> range = parse_range(text);
	if (!range) return std::string{kRefused};
	const std::vector<std::byte> bytes = tape_.read(at_, {range->at}, std::min<uint64_t>(range->size, Decoder::kMaxPacket / 2 - 4));
	return bytes.empty() && range->size != 0 ? std::string{kRefused} : to_hex(bytes);
}

// "Z0,ADDRESS,KIND": a software breakpoint, or (1) a hardware one. Here they are the same.
std::string Session::breakpoint(std::string_view packet) {
	const std::vector<std::string> parts = split(packet, ',');
	if (parts.size() < 3 || (parts[0].substr(1) != "0" && parts[0].substr(1) != "1")) return {};
	const std::optional<uint64_t> address = parse_hex(parts[1]);
	if (!address) return std::string{kRefused};
	if (packet.front() == 'Z') {
		breakpoints_.insert(*address);
	} else {
		breakpoints_.erase(*address);
	}
	return std::string{kOk};
}

std::string Session::move(Direction direction, bool one_step) { return direction == Direction::forward ? forward(one_step) : backward(one_step); }

std::string Session::forward(bool one_step) {
	for (;;) {
		if (const std::optional<Signal> taken = tape_.taken(at_); taken && !signal_told_) {
			signal_told_ = true;
			return fmt::format("T{:02x}thread:1;", number_in_gdb(*taken));
		}
		if (at_ + 1 == tape_.size()) return std::string{kEnd};
		++at_;
		signal_told_ = false;
		if (one_step || at_breakpoint()) return std::string{kStopped};
	}
}

std::string Session::backward(bool one_step) {
	for (;;) {
		if (at_ == 0) return std::string{kBegin};
		--at_;
		signal_told_ = false;
		if (one_step || at_breakpoint()) return std::string{kStopped};
	}
}

}  // namespace siglab::gdb
