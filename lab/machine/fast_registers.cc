#include "machine/fast_registers.h"

#include <cstring>
#include <optional>

namespace siglab {
namespace {

// The CPU with a value of its own in each of these registers, as wide as they are, that nothing else is likely to hold.
Cpu all_different(Cpu cpu, std::span<const uint8_t> gprs, const Isa& isa, uint64_t seed) {
	const uint64_t mask = isa.word == 4 ? 0xffffffff : ~uint64_t{0};
	for (const uint8_t gpr : gprs) cpu.gpr[gpr] = (0x9e3779b97f4a7c15 * (seed + gpr)) & mask;
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

bool same(const Cpu& one, const Cpu& other) { return one.gpr == other.gpr && one.vec == other.vec; }

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
	const auto offset = [&](const uint64_t& value) {
		return static_cast<uint32_t>(reinterpret_cast<const std::byte*>(&value) - reinterpret_cast<const std::byte*>(&shown));
	};
	for (const uint8_t gpr : gprs) {
		const std::optional<uint32_t> theirs = place_of(cpu, shown.gpr[gpr], isa.word);
		if (!theirs) return false;
		const Place place{offset(shown.gpr[gpr]), *theirs};
		isa.word == sizeof(uint32_t) ? of_32_.push_back(place) : add(place);
	}
	for (uint8_t i = 0; i < isa.vec_words; ++i) {
		const std::optional<uint32_t> theirs = place_of(cpu, shown.vec[i], sizeof(uint64_t));
		if (!theirs) return false;
		add({offset(shown.vec[i]), *theirs});
	}
	return true;
}

void FastRegisters::add(const Place& place) {
	constexpr uint32_t kNext = sizeof(uint64_t);
	if (!of_64_.empty() && place.ours == of_64_.back().ours + kNext && place.theirs == of_64_.back().theirs + kNext) {
		of_128_.push_back(of_64_.back());
		of_64_.pop_back();
	} else {
		of_64_.push_back(place);
	}
}

void FastRegisters::write(const Cpu& cpu) const {
	const auto* ours = reinterpret_cast<const std::byte*>(&cpu);
	for (const Place& place : of_128_) std::memcpy(cpu_ + place.theirs, ours + place.ours, 16);
	for (const Place& place : of_64_) std::memcpy(cpu_ + place.theirs, ours + place.ours, 8);
	for (const Place& place : of_32_) std::memcpy(cpu_ + place.theirs, ours + place.ours, 4);
}

void FastRegisters::read(Cpu& cpu) const {
	auto* ours = reinterpret_cast<std::byte*>(&cpu);
	for (const Place& place : of_128_) std::memcpy(ours + place.ours, cpu_ + place.theirs, 16);
	for (const Place& place : of_64_) std::memcpy(ours + place.ours, cpu_ + place.theirs, 8);
	for (const Place& place : of_32_) std::memcpy(ours + place.ours, cpu_ + place.theirs, 4);
}

}  // namespace siglab
