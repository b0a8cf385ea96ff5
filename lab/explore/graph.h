// Graph: an exploration under construction: nodes by the hash of their state, edges, what broke, and what all of it takes.
#pragma once

#include <unordered_map>

#include "explore/exploration.h"

namespace siglab {

class Graph {
   public:
	[[nodiscard]] const Node& node(NodeId id) const { return found.nodes[id]; }
	// kNone: no such state is known.
	[[nodiscard]] NodeId find(const Hash128& key) const;

	// No such state is known, or it has no hash yet.
	NodeId add(const Node& node);
	// Now it can be found.
	void name(NodeId id, const Hash128& hash);
	uint32_t add_edge(NodeId from, std::optional<Signal> signal);
	// `to` comes after `edge`; if there is none, after one more instruction of `parent`, or the return of the handler that ends there.
	void link(NodeId parent, uint32_t edge, NodeId to);
	void broke(NodeId at, Shows shows, uint32_t edge, const Violation& violation);
	// The delivery on that edge has been judged: did the guest see it?
	void judged(uint32_t edge, const Violations& violations);

	Exploration found;

   private:
	struct HashOfHash {
		size_t operator()(const Hash128& hash) const { return hash.low; }
	};
	std::unordered_map<Hash128, NodeId, HashOfHash> visited_;
};

}  // namespace siglab
