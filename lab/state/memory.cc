#include "state/memory.h"

#include <algorithm>
#include <array>

namespace siglab {

Memory::Memory(std::vector<Region> regions) : regions_(std::move(regions)) {
	std::sort(regions_.begin(), regions_.end(), [](const Region& a, const Region& b) { return a.range.begin < b.range.begin; });
}

const Region* Memory::find(GuestAddr at) const {
	for (const Region& region : regions_) {
		if (region.range.contains(at)) return &region;
	}
	return nullptr;
}

std::byte* Memory::host(GuestAddr at, size_t size, Perm perm) const {
	const Region* region = find(at);
	if (region == nullptr) return nullptr;
	std::byte* const from = region->host + (at - region->range.begin);
	for (const Region* end = regions_.data() + regions_.size(); allows(region->perm, perm);) {
		if (region->range.end - at >= size) return from;
		// The next one, if it touches: who copies does not see where one ends.
		const Region* next = region + 1;
		if (next == end || next->range.begin != region->range.end || next->host != region->host + region->range.size()) break;
		region = next;
	}
	return nullptr;
}

bool Memory::read(GuestAddr at, std::span<std::byte> into) const {
	const std::byte* from = host(at, into.size(), Perm::read);
	if (from == nullptr) return false;
	std::memcpy(into.data(), from, into.size());
	return true;
}

std::span<const std::byte> Memory::view(GuestAddr at, size_t size) const {
	const std::byte* from = host(at, size, Perm::read);
	return from == nullptr ? std::span<const std::byte>{} : std::span{from, size};
}

bool Memory::write(GuestAddr at, std::span<const std::byte> from) {
	const std::span<std::byte> into = open_for_write(at, from.size());
	if (into.size() != from.size()) return false;
	std::memcpy(into.data(), from.data(), from.size());
	written(at, from);
	return true;
}

std::span<std::byte> Memory::open_for_write(GuestAddr at, size_t size) {
	std::byte* into = host(at, size, Perm::write);
	return into == nullptr ? std::span<std::byte>{} : std::span{into, size};
}

void Memory::log(GuestAddr at, std::span<const std::byte> bytes) {
	for (size_t done = 0; done < bytes.size(); done += sizeof(Write::bytes)) {
		Write piece{at + done, static_cast<uint32_t>(std::min(bytes.size() - done, sizeof(Write::bytes)))};
		std::memcpy(piece.bytes.data(), bytes.data() + done, piece.size);
		log_->push_back(piece);
	}
}

bool Memory::place(GuestAddr at, std::span<const std::byte> from) {
	std::byte* into = host(at, from.size(), Perm{});
	if (into == nullptr) return false;
	std::memcpy(into, from.data(), from.size());
	return true;
}

std::optional<uint64_t> Memory::load_word(GuestAddr at, uint8_t width) const {
	uint64_t value = 0;
	if (!read(at, std::as_writable_bytes(std::span{&value, 1}).first(width))) return std::nullopt;
	return value;
}

bool Memory::store_word(GuestAddr at, uint64_t value, uint8_t width) {
	return write(at, std::as_bytes(std::span{&value, 1}).first(width));
}

bool Memory::place_word(GuestAddr at, uint64_t value, uint8_t width) {
	return place(at, std::as_bytes(std::span{&value, 1}).first(width));
}

}  // namespace siglab
