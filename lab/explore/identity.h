// Identity: what of a moment makes it a state of its own. The thread, the ghost, live memory; inside a handler also whom it interrupted.
#pragma once

#include "explore/explorer.h"
#include "explore/graph.h"
#include "explore/seed.h"

namespace siglab {

class Identity {
   public:
	// `memory` and `base` outlive it.
	Identity(const World& world, const Memory& memory, const Snapshot& base, const Limits& limits)
		: world_(world), memory_(memory), base_(base), limits_(limits) {}

	// Memory as it is now, all that is dead left out.
	void capture(const Thread& thread, const Ghost& ghost, const Open& open, State& state) const;
	[[nodiscard]] Hash128 key_of(const State& state, const Open& open, const Graph& graph) const;

   private:
	[[nodiscard]] bool faulty(SearchFault fault) const { return limits_.faults.test(static_cast<size_t>(fault)); }

	const World& world_;
	const Memory& memory_;
	const Snapshot& base_;
	const Limits& limits_;
};

}  // namespace siglab
