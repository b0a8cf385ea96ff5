#include "state/delta.h"

#include <algorithm>
#include <cstring>

#include "state/state.h"

namespace siglab {
namespace {

// The page at `at` as a delta has it: the base's bytes, with memory's where something lives.
void overlay(const Region& region, GuestAddr at, std::span<const GuestRange> live, std::span<std::byte> page) {
	for (const GuestRange& range : live) {
		const GuestAddr begin = std::max(at, range.begin);
		const GuestAddr end = std::min({at + kPageSize, range.end, region.range.end});
		if (begin < end) std::memcpy(page.data() + (begin - at), region.host + (begin - region.range.begin), end - begin);
	}
}

}  // namespace

void take_delta(const Memory& memory, const Snapshot& base, std::span<const GuestRange> live, Delta& delta) {
	delta.pages.clear();
	delta.bytes.clear();
	const std::byte* then = base.all().data();
	uint32_t number = 0;
	for (const Region& region : memory.regions()) {
		if (region.constant()) continue;
		for (uint64_t offset = 0; offset < region.range.size(); offset += kPageSize, then += kPageSize, ++number) {
			if (std::memcmp(region.host + offset, then, kPageSize) == 0) continue;
			const size_t at = delta.bytes.size();
			delta.bytes.insert(delta.bytes.end(), then, then + kPageSize);
			const std::span<std::byte> page = std::span{delta.bytes}.subspan(at);
			overlay(region, region.range.begin + offset, live, page);
			if (std::memcmp(page.data(), then, kPageSize) == 0) {
				delta.bytes.resize(at);
			} else {
				delta.pages.push_back(number);
			}
		}
	}
}

void restore(Memory& memory, const Snapshot& base, const Delta& delta) {
	base.restore(memory);
	uint32_t number = 0;
	size_t next = 0;
	for (const Region& region : memory.regions()) {
		if (region.constant()) continue;
		for (uint64_t offset = 0; offset < region.range.size() && next < delta.pages.size(); offset += kPageSize, ++number) {
			if (delta.pages[next] != number) continue;
			std::memcpy(region.host + offset, delta.bytes.data() + next++ * kPageSize, kPageSize);
		}
	}
}

}  // namespace siglab
