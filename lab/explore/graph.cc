#include "explore/graph.h"

#include "record/closed_set.h"

namespace siglab {

static_assert(kBytesOfState == sizeof(Node) + sizeof(std::pair<const Hash128, NodeId>) + 2 * sizeof(void*));
static_assert(kBytesOfEvent == sizeof(Edge));

NodeId Graph::find(const Hash128& key) const {
	const auto known = visited_.find(key);
	return known == visited_.end() ? kNone : known->second;
}

NodeId Graph::add(const Node& node) {
	const auto id = static_cast<NodeId>(found.nodes.size());
	found.nodes.push_back(node);
	found.bytes += kBytesOfState;
	return id;
}

void Graph::name(NodeId id, const Hash128& hash) {
	found.nodes[id].hash = hash;
	visited_.emplace(hash, id);
}

uint32_t Graph::add_edge(NodeId from, std::optional<Signal> signal) {
	found.edges.push_back({.from = from, .signal = signal});
	found.bytes += kBytesOfEvent;
	return static_cast<uint32_t>(found.edges.size() - 1);
}

void Graph::link(NodeId parent, uint32_t edge, NodeId to) {
	if (edge != kNone) {
		found.edges[edge].to = to;
	} else if (parent != kNone) {
		found.nodes[parent].next = to;
	}
}

void Graph::broke(NodeId at, Shows shows, uint32_t edge, const Violation& violation) {
	found.broken.push_back({at, shows, edge, violation});
}

void Graph::judged(uint32_t edge, const Violations& violations) {
	const auto not_seen = [](const Violation& violation) { return violation.verdict.property == Property::fired; };
	found.edges[edge].fired = std::none_of(violations.begin(), violations.end(), not_seen);
}

}  // namespace siglab
