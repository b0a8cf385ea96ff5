#include "verify/memory.h"

#include "guest_asm/layout.h"

namespace siglab::verify {
namespace {

// What lives of one region.
struct Life {
	GuestRange slot;   // the signal stack's lowest word; else empty
	GuestRange rest;

	[[nodiscard]] bool has(GuestAddr at) const { return slot.contains(at) || rest.contains(at); }
};

Life life_of(const World& world, const Region& region, std::span<const uint64_t> sps) {
	std::optional<uint64_t> lowest;
	for (const uint64_t sp : sps) {
		const bool here = region.range.contains({sp - 1});
		if (here && (!lowest || sp < *lowest)) lowest = sp;
	}
	Life life{.slot = {}, .rest = region.range};
	if (lowest) life.rest.begin = {*lowest};
	if (region.range != world.truth.signal_stack) return life;
	life.slot = {region.range.begin, region.range.begin + world.isa().word};
	if (!lowest) life.rest = {};
	return life;
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
			for (uint64_t i = 0; i < kBlockSize; ++i) {
				if (life.has(at + i)) block[i] = region.host[offset + i];
			}
			if (std::equal(block.begin(), block.end(), then.begin())) continue;
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
