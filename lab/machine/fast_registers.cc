#include "machine/fast_registers.h"

#include <cstring>
#include <optional>
#include <type_traits>

namespace siglab {
namespace {

// The CPU with a value of its own in each of these registers, as wide as they are, that nothing else is likely to hold.
Cpu all_different(Cpu cpu, std::span<const uint8_t> gprs, const Isa& isa, uint64_t seed) {
	constexpr uint64_t kOfSp = 50;
	const uint64_t mask = isa.word == 4 ? 0xffffffff : ~uint64_t{0};
	for (const uint8_t gpr : gprs) cpu.gpr[gpr] = (0x9e3779b97f4a7c15 * (seed + gpr)) & mask;
	cpu.sp = (0x9e3779b97f4a7c15 * (seed + kOfSp)) & mask;
	for (uint8_t i = 0; i < isa.vec_words; ++i) cpu.vec[i] = 0xbf58476d1ce4e5b9 * (seed + 100 + i);
	return cpu;
}

// Where that value stands, on its own alignment. None if nowhere, or twice.
std::optional<uint32_t> place_of(std::span<const std::byte> cpu, uint64_t value, size_t width) {
	std::optional<uint32_t> found;
	for (size_t at = 0; at + width <= cpu.size(); at += width) {
		if (std::memcmp(cpu.data() + at, &value, width) != 0) continue;
		if (found) return std::nullopt;
		found = static_cast<uint32_t>(at);
	}
	return found;
}

// Nearly all pieces have one of two sizes, for which a copy is an instruction or two where the compiler knows it: move(piece, size).
template <class Pieces, class Move>
void each(const Pieces& pieces, const Move& move) {
	for (const auto& piece : pieces) {
		switch (piece.size) {
			case 4: move(piece, std::integral_constant<size_t, 4>{}); break;
			case 16: move(piece, std::integral_constant<size_t, 16>{}); break;
			default: move(piece, size_t{piece.size});
		}
	}
}

bool same(const Cpu& one, const Cpu& other) { return one.gpr == other.gpr && one.sp == other.sp && one.vec == other.vec; }

}  // namespace

FastRegisters::FastRegisters(std::span<std::byte> cpu, const Isa& isa, std::span<const uint8_t> gprs, const std::function<bool(Cpu&)>& write,
                             const std::function<bool(Cpu&)>& read) {
	constexpr uint64_t kShown = 1000, kWritten = 2000;
	Cpu before;
	if (!read(before)) return;
	Cpu shown = all_different(before, gprs, isa, kShown);
	bool proved = write(shown) && find(cpu, shown, gprs, isa);
	if (proved) {
		cpu_ = cpu.data();
		const Cpu written = all_different(before, gprs, isa, kWritten);
		this->write(written);
		Cpu directly, back;
		this->read(directly);
		proved = read(back) && same(back, written) && same(directly, written);
	}
	cpu_ = write(before) && proved ? cpu.data() : nullptr;
}

bool FastRegisters::find(std::span<const std::byte> cpu, const Cpu& shown, std::span<const uint8_t> gprs, const Isa& isa) {
	const auto add = [&](const uint64_t& value, uint32_t width, Pieces& to) {
		const std::optional<uint32_t> theirs = place_of(cpu, value, width);
		if (!theirs) return false;
		const auto ours = static_cast<uint32_t>(reinterpret_cast<const std::byte*>(&value) - reinterpret_cast<const std::byte*>(&shown));
		const bool goes_on = !to.empty() && ours == to.back().ours + to.back().size && *theirs == to.back().theirs + to.back().size;
		if (goes_on) {
			to.back().size += width;
		} else {
			to.push_back({ours, *theirs, width});
		}
		return true;
	};
	bool all = true;
	for (const uint8_t gpr : gprs) all = all && add(shown.gpr[gpr], isa.word, general_);
	all = all && add(shown.sp, isa.word, general_);
	for (uint8_t i = 0; i < isa.vec_words; ++i) all = all && add(shown.vec[i], sizeof(uint64_t), vectors_);
	return all;
}

void FastRegisters::write(const Cpu& cpu) const {
	const auto* ours = reinterpret_cast<const std::byte*>(&cpu);
	const auto move = [&](const Piece& piece, auto size) { std::memcpy(cpu_ + piece.theirs, ours + piece.ours, size); };
	for (const Pieces* pieces : {&general_, &vectors_}) each(*pieces, move);
}

void FastRegisters::read(Cpu& cpu) const {
	read_general(cpu);
	auto* ours = reinterpret_cast<std::byte*>(&cpu);
	each(vectors_, [&](const Piece& piece, auto size) { std::memcpy(ours + piece.ours, cpu_ + piece.theirs, size); });
}

void FastRegisters::read_general(Cpu& cpu) const {
	auto* ours = reinterpret_cast<std::byte*>(&cpu);
	each(general_, [&](const Piece& piece, auto size) { std::memcpy(ours + piece.ours, cpu_ + piece.theirs, size); });
}

}  // namespace siglab
