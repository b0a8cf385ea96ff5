#include "state/delta.h"

#include <algorithm>
#include <cstring>

#include "state/state.h"

namespace siglab {
namespace {

// The block as a delta has it: the base's bytes, with memory's where something lives.
void overlay(const Block& block, std::span<const GuestRange> live, std::byte* bytes) {
	for (const GuestRange& range : live) {
		const GuestAddr begin = std::max(block.at, range.begin);
		const GuestAddr end = std::min(block.at + kBlockSize, range.end);
		if (begin < end) std::memcpy(bytes + (begin - block.at), block.host + (begin - block.at), end - begin);
	}
}

}  // namespace

void take_delta(const Memory& memory, const Snapshot& base, std::span<const GuestRange> live, Delta& delta) {
	delta.blocks.clear();
	delta.bytes.clear();
	memory.each_touched([&](uint32_t number, const Block& block) {
		const std::byte* then = base.all().data() + number * kBlockSize;
		if (std::memcmp(block.host, then, kBlockSize) == 0) return;
		const size_t at = delta.bytes.size();
		delta.bytes.insert(delta.bytes.end(), then, then + kBlockSize);
		overlay(block, live, delta.bytes.data() + at);
		if (std::memcmp(delta.bytes.data() + at, then, kBlockSize) == 0) {
			delta.bytes.resize(at);
		} else {
			delta.blocks.push_back(number);
		}
	});
}

void restore(Memory& memory, const Snapshot& base, const Delta& delta) {
	base.restore(memory);
	for (size_t i = 0; i < delta.blocks.size(); ++i) {
		const Block& block = memory.blocks()[delta.blocks[i]];
		memory.touch(block.at, kBlockSize);
		std::memcpy(block.host, delta.bytes.data() + i * kBlockSize, kBlockSize);
	}
}

}  // namespace siglab
