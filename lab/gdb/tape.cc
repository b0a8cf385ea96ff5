#include "gdb/tape.h"

#include <algorithm>

namespace siglab::gdb {

Tape::Tape(Trace trace, const Memory& memory) : trace_(std::move(trace)), memory_(memory) {
	for (size_t i = 0; i < trace_.lines.size(); ++i) {
		const TraceLine& line = trace_.lines[i];
		if (line.told == Told::boundary) moments_.push_back({i, std::nullopt});
		if (line.told == Told::taken && !moments_.empty()) moments_.back().taken = line.signal;
	}
}

std::byte Tape::byte(size_t at, const Region& region, GuestAddr from) const {
	const std::optional<uint32_t> block = memory_.block_at(from);
	if (!block) return region.host[from - region.range.begin];
	const Delta& delta = line(at).state.memory;
	const size_t offset = (from - region.range.begin) % kBlockSize;
	const auto found = std::lower_bound(delta.blocks.begin(), delta.blocks.end(), *block);
	if (found == delta.blocks.end() || *found != *block) return trace_.base.all()[*block * kBlockSize + offset];
	return delta.bytes[static_cast<size_t>(found - delta.blocks.begin()) * kBlockSize + offset];
}

std::vector<std::byte> Tape::read(size_t at, GuestAddr from, size_t size) const {
	std::vector<std::byte> bytes;
	for (size_t i = 0; i < size; ++i) {
		const Region* region = memory_.find(from + i);
		if (region == nullptr) break;
		bytes.push_back(byte(at, *region, from + i));
	}
	return bytes;
}

}  // namespace siglab::gdb
