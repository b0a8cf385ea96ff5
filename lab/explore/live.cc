#include "explore/live.h"

#include "guest_asm/layout.h"

namespace siglab {

std::vector<GuestRange> live_ranges(const World& world, const Memory& memory, std::span<const uint64_t> sps) {
	std::vector<GuestRange> live;
	for (const Region& region : memory.regions()) {
		if (region.constant()) continue;
		std::optional<uint64_t> lowest;
		for (const uint64_t sp : sps) {
			if (region.range.contains({sp - 1}) && (!lowest || sp < *lowest)) lowest = sp;
		}
		const bool signal_stack = region.range == world.truth.signal_stack;
		// A handler below it has interrupted one on it.
		const auto below = [&](uint64_t sp) { return world.truth.neighbour.contains({sp - 1}); };
		if (signal_stack && std::any_of(sps.begin(), sps.end(), below)) lowest = region.range.begin.value;
		if (signal_stack) live.push_back({region.range.begin, region.range.begin + world.isa().word});
		if (lowest) {
			live.push_back({{*lowest}, region.range.end});
		} else if (!signal_stack) {
			live.push_back(region.range);
		}
	}
	return live;
}

void keep_clock(const Memory& memory, Snapshot& shadow) {
	for (const Region& region : memory.regions()) {
		if (allows(region.perm, Perm::kernel_writes)) shadow.take(region);
	}
}

void wipe_notes(Memory& memory, const Snapshot& base) { (void)memory.place({OBSERVER}, base.bytes({OBSERVER}, OBSERVER_SIZE)); }

}  // namespace siglab
