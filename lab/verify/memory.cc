#include "verify/memory.h"

#include "guest_asm/layout.h"

namespace siglab::verify {
namespace {

// What lives of one region.
struct Life {
	GuestRange slot;   // the signal stack's lowest word; else empty
	GuestRange rest;
};

Life life_of(const World& world, const Region& region, std::span<const uint64_t> sps) {
	std::optional<uint64_t> lowest;
	for (const uint64_t sp : sps) {
		const bool here = region.range.contains({sp - 1});
		if (here && (!lowest || sp < *lowest)) lowest = sp;
	}
	// A handler that runs below the signal stack has interrupted one on it: all of it is in use.
	for (const uint64_t sp : sps) {
		if (region.range == world.truth.signal_stack && world.truth.neighbour.contains({sp - 1})) lowest = region.range.begin.value;
	}
	Life life{.slot = {}, .rest = region.range};
	if (lowest) life.rest.begin = {*lowest};
	if (region.range != world.truth.signal_stack) return life;
	life.slot = {region.range.begin, region.range.begin + world.isa().word};
	if (!lowest) life.rest = {};
	return life;
}

// What of a region lives, over the block that begins at `at`.
void lay_over(std::vector<std::byte>& block, GuestAddr at, const Region& region, const GuestRange& living) {
	const GuestAddr begin = std::max(at, living.begin), end = std::min(at + block.size(), living.end);
	if (begin < end) std::memcpy(block.data() + (begin - at), region.host + (begin - region.range.begin), end - begin);
}

void compare_words(const Region& region, const Snapshot& before, GuestRange range, uint8_t word, std::vector<Change>& changes) {
	if (range.empty()) return;
	const std::byte* then = before.bytes(region.range.begin, region.range.size()).data();
	for (GuestAddr at = range.begin; at < range.end; at = at + word) {
		const uint64_t offset = at - region.range.begin;
		Change change{at};
		std::memcpy(&change.before, then + offset, word);
		std::memcpy(&change.after, region.host + offset, word);
		if (change.before != change.after) changes.push_back(change);
	}
}

}  // namespace

Delta live_memory(const World& world, const Memory& memory, const Snapshot& base, std::span<const uint64_t> sps) {
	Delta delta;
	uint32_t number = 0;
	for (const Region& region : memory.regions()) {
		if (region.constant()) continue;
		const Life life = life_of(world, region, sps);
		for (uint64_t offset = 0; offset < region.range.size(); offset += kBlockSize, ++number) {
			const GuestAddr at = region.range.begin + offset;
			const std::span<const std::byte> then = base.bytes(at, kBlockSize);
			std::vector<std::byte> block(then.begin(), then.end());
			lay_over(block, at, region, life.slot);
			lay_over(block, at, region, life.rest);
			if (std::memcmp(block.data(), then.data(), kBlockSize) == 0) continue;
			delta.blocks.push_back(number);
			delta.bytes.insert(delta.bytes.end(), block.begin(), block.end());
		}
	}
	return delta;
}

std::vector<Change> changes_since(const World& world, const Memory& memory, const Snapshot& before, uint64_t sp) {
	std::vector<Change> changes;
	for (const Region& region : memory.regions()) {
		if (region.constant() || region.range.contains({OBSERVER})) continue;
		const Life life = life_of(world, region, std::array{sp});
		compare_words(region, before, life.slot, world.isa().word, changes);
		compare_words(region, before, life.rest, world.isa().word, changes);
	}
	return changes;
}

}  // namespace siglab::verify
