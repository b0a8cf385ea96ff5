#include "state/memory.h"

#include <algorithm>
#include <array>

namespace siglab {

Memory::Memory(std::vector<Region> regions) : regions_(std::move(regions)) {
	std::sort(regions_.begin(), regions_.end(), [](const Region& a, const Region& b) { return a.range.begin < b.range.begin; });
	by_page_.assign(regions_.empty() ? 0 : regions_.back().range.end.value / kPageSize, static_cast<uint16_t>(regions_.size()));
	for (const Region& region : regions_) {
		const auto index = static_cast<uint16_t>(&region - regions_.data());
		for (uint64_t page = region.range.begin.value / kPageSize; page < region.range.end.value / kPageSize; ++page) by_page_[page] = index;
		first_block_.push_back(static_cast<uint32_t>(blocks_.size()));
		if (region.constant()) continue;
		for (uint64_t offset = 0; offset < region.range.size(); offset += kBlockSize) {
			blocks_.push_back({region.range.begin + offset, region.host + offset});
		}
	}
	touched_ = recent_ = BlockSet(blocks_.size());
	touch_everything();
}

void Memory::track() {
	touched_.clear();
	recent_.clear();
	everything_ = false;
}

void Memory::touch_everything() {
	touched_.fill();
	recent_.fill();
	everything_ = true;
}

size_t Memory::index_of(GuestAddr at, size_t size, Perm perm) const {
	const size_t index = index_of(at);
	for (size_t last = index; last < regions_.size() && allows(regions_[last].perm, perm); ++last) {
		if (regions_[last].range.end - at >= size) return index;
		if (!touches_next(last)) break;
	}
	return regions_.size();
}

// Who copies does not see where one region ends and the next begins.
bool Memory::touches_next(size_t region) const {
	if (region + 1 == regions_.size()) return false;
	const Region &one = regions_[region], &next = regions_[region + 1];
	return next.range.begin == one.range.end && next.host == one.host + one.range.size();
}

const Region* Memory::find(GuestAddr at) const {
	const size_t index = index_of(at);
	return index == regions_.size() ? nullptr : &regions_[index];
}

void Memory::touch(size_t region, GuestAddr at, uint64_t size) {
	const Region& in = regions_[region];
	if (size > in.range.end - at && touches_next(region)) touch(region + 1, in.range.end, size - (in.range.end - at));
	if (in.constant() || size == 0) return;
	const GuestAddr last = std::min(at + size, in.range.end) - 1;
	for (uint64_t block = (at - in.range.begin) / kBlockSize; block <= (last - in.range.begin) / kBlockSize; ++block) {
		touched_.set(first_block_[region] + block);
		recent_.set(first_block_[region] + block);
	}
}

std::optional<uint32_t> Memory::block_at(GuestAddr at) const {
	const size_t region = index_of(at);
	if (region == regions_.size() || regions_[region].constant()) return std::nullopt;
	return first_block_[region] + static_cast<uint32_t>((at - regions_[region].range.begin) / kBlockSize);
}

bool Memory::read(GuestAddr at, std::span<std::byte> into) const {
	const size_t region = index_of(at, into.size(), Perm::read);
	if (region == regions_.size()) return false;
	std::memcpy(into.data(), host(region, at), into.size());
	return true;
}

std::span<const std::byte> Memory::view(GuestAddr at, size_t size) const {
	const size_t region = index_of(at, size, Perm::read);
	return region == regions_.size() ? std::span<const std::byte>{} : std::span{host(region, at), size};
}

bool Memory::write(GuestAddr at, std::span<const std::byte> from) {
	const std::span<std::byte> into = open_for_write(at, from.size());
	if (into.size() != from.size()) return false;
	std::memcpy(into.data(), from.data(), from.size());
	touch(at, from.size());
	log_written(at, from);
	return true;
}

std::span<std::byte> Memory::open_for_write(GuestAddr at, size_t size) {
	const size_t region = index_of(at, size, Perm::write);
	if (region == regions_.size()) return {};
	return {host(region, at), size};
}

void Memory::log(GuestAddr at, std::span<const std::byte> bytes) {
	for (size_t done = 0; done < bytes.size(); done += sizeof(Write::bytes)) {
		Write piece{at + done, static_cast<uint32_t>(std::min(bytes.size() - done, sizeof(Write::bytes)))};
		std::memcpy(piece.bytes.data(), bytes.data() + done, piece.size);
		log_->push_back(piece);
	}
}

bool Memory::place(GuestAddr at, std::span<const std::byte> from) {
	const size_t region = index_of(at, from.size(), Perm{});
	if (region == regions_.size()) return false;
	touch(region, at, from.size());
	std::memcpy(host(region, at), from.data(), from.size());
	return true;
}

std::optional<uint64_t> Memory::load_word(GuestAddr at, uint8_t width) const {
	uint64_t value = 0;
	const size_t region = index_of(at);
	const bool inside = region < regions_.size() && allows(regions_[region].perm, Perm::read) && regions_[region].range.end - at >= width;
	if (!inside) return read(at, std::as_writable_bytes(std::span{&value, 1}).first(width)) ? std::optional{value} : std::nullopt;
	// Every property asks for words at every step: a copy of a size that is known is an instruction.
	const std::byte* from = host(region, at);
	width == 8 ? std::memcpy(&value, from, 8) : width == 4 ? std::memcpy(&value, from, 4) : std::memcpy(&value, from, width);
	return value;
}

bool Memory::store_word(GuestAddr at, uint64_t value, uint8_t width) {
	return write(at, std::as_bytes(std::span{&value, 1}).first(width));
}

bool Memory::place_word(GuestAddr at, uint64_t value, uint8_t width) {
	return place(at, std::as_bytes(std::span{&value, 1}).first(width));
}

}  // namespace siglab
