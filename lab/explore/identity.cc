#include "explore/identity.h"

#include "explore/live.h"

namespace siglab {

void Identity::capture(const Thread& thread, const Ghost& ghost, const Open& open, State& state) const {
	std::vector<uint64_t> sps = {thread.cpu.sp};
	for (const auto& interrupted : open) sps.push_back(interrupted->state.thread.cpu.sp);
	state.thread = thread;
	state.ghost = ghost;
	std::vector<GuestRange> live = live_ranges(world_, memory_, sps);
	const auto is_slot = [&](const GuestRange& range) { return range.size() == world_.isa().word; };
	if (faulty(SearchFault::slot_is_dead)) std::erase_if(live, is_slot);
	take_delta(memory_, base_, live, state.memory);
}

Hash128 Identity::key_of(const State& state, const Open& open, const Graph& graph) const {
	const Hash128 hash = faulty(SearchFault::memory_not_hashed) ? hash_state({state.thread, {}, state.ghost}) : hash_state(state);
	if (open.empty()) return hash;
	// Inside a handler it matters who was interrupted, and by what: that is what the return is judged by.
	const Interrupted& last = *open.back();
	const Hash128& whom = graph.node(graph.found.edges[last.edge].from).hash;
	const std::array<uint64_t, 5> parts = {hash.high, hash.low, whom.high, whom.low, static_cast<uint64_t>(last.signal)};
	return hash_bytes(std::as_bytes(std::span{parts}));
}

}  // namespace siglab
