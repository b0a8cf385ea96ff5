#include "explore/closed.h"

#include "base/text.h"

namespace siglab {
namespace {

Way way_to(const Exploration& found, NodeId to, bool over_this) {
	if (to != kNone) return {.leads = Leads::to, .to = to, .found = over_this};
	return {.leads = found.outcome == Outcome::exhausted ? Leads::ends : Leads::outside};
}

}  // namespace

ClosedSet closed_set(const Exploration& found, const World& world, std::span<const Signal> signals, const Budget& budget) {
	std::vector<std::string> names;
	for (const Signal signal : signals) names.emplace_back(signal_name(signal));
	ClosedSet set{.search = {}, .images = world.images, .start = first_moment(world), .signals = join(names, "+"), .states = {}, .digest = {}};
	const size_t columns = 1 + signals.size() + (budget.ticks != 0 ? 1 : 0);
	for (NodeId id = 0; id < found.nodes.size(); ++id) {
		const Node& node = found.nodes[id];
		ClosedState& state = set.states.emplace_back(ClosedState{node.hash, std::vector<Way>(columns)});
		const bool first = node.next != kNone && found.nodes[node.next].parent == id && found.nodes[node.next].edge == kNone;
		state.ways[0] = way_to(found, node.next, first);
		for (size_t i = 0; i < signals.size(); ++i) {
			if ((node.masked >> i & 1) != 0) state.ways[1 + i].leads = Leads::masked;
		}
	}
	for (uint32_t id = 0; id < found.edges.size(); ++id) {
		const Edge& edge = found.edges[id];
		const size_t signal = static_cast<size_t>(std::find(signals.begin(), signals.end(), edge.signal) - signals.begin());
		Way& way = set.states[edge.from].ways[1 + signal];
		way = way_to(found, edge.to, edge.to != kNone && found.nodes[edge.to].edge == id);
		way.missed = !edge.fired;
	}
	return set;
}

}  // namespace siglab
