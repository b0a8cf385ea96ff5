// Exploration: what a search has found: every state, every event that was tried in it, and what broke, as one graph.
//
// Models    a state as a node (its content as a 128-bit hash), the next instruction as `next`, a delivery or a tick as an edge. Nodes stand in
//           the order in which a breadth-first search met them, so `parent` leads back to the start over the fewest events.
// Does not  keep the states themselves: a schedule replays them.
// Handlers  whose every boundary is masked and sees no tick are one edge: nothing can happen in them. Otherwise they are nodes too.
#pragma once

#include "explore/walk.h"

namespace siglab {

using NodeId = uint32_t;
inline constexpr uint32_t kNone = UINT32_MAX;

// A boundary's state.
struct Node {
	Hash128 hash;
	uint64_t pc = 0;
	uint32_t boundary = 0;   // of the walk, or of the handler's own
	uint8_t depth = 0;       // handlers that are open
	bool dirty = false;      // the g register does not hold the owner's g
	uint8_t masked = 0;      // bit i: the i-th signal was to come, and no mask let it through
	NodeId parent = kNone;   // on a way with the fewest events
	uint32_t edge = kNone;   // by which the parent leads here; none: by its next instruction, or a handler's return
	NodeId next = kNone;     // after one more instruction; none: the run ends here
};

// An event at a node.
struct Edge {
	NodeId from = kNone;
	NodeId to = kNone;               // none: the process ended, or the search did before it got there
	std::optional<Signal> signal;    // none: a tick
	bool fired = false;              // the guest saw it
};

// What broke, as it showed: on the way from `node` to its next, on an edge from it, or in its state alone.
enum class Shows : uint8_t { step, edge, state };
struct Broken {
	NodeId node = kNone;
	Shows shows = Shows::step;
	uint32_t edge = kNone;
	Violation violation;
};

enum class Outcome : uint8_t { exhausted, bound_reached, interrupted };
std::string_view outcome_name(Outcome outcome);

struct Exploration {
	Walk walk;                       // the undisturbed one: nodes 0 .. walk.boundaries() - 1
	std::vector<Node> nodes;
	std::vector<Edge> edges;
	std::vector<Broken> broken;      // in the order in which it was seen
	uint32_t masked = 0;             // signals that no state of depth 0 let through
	std::vector<uint32_t> not_injected;  // boundaries of the walk with a state at which nothing was tried: inside an IT block, and the engine
	                                     // cannot stop there. Rising
	bool nested = false;             // some handler was interrupted
	bool nesting_cut = false;        // one could have been interrupted deeper than asked
	size_t bytes = 0;                // that nodes, edges and states to go on from take
	Outcome outcome = Outcome::exhausted;
	std::string left;                // what was not looked at; empty if exhausted
};

// The events that lead to a node, or to and over an edge.
Schedule schedule_to(const Exploration& exploration, NodeId node);
Schedule schedule_over(const Exploration& exploration, uint32_t edge);

}  // namespace siglab
