#include "explore/exploration.h"

#include <algorithm>

namespace siglab {

std::string_view outcome_name(Outcome outcome) {
	switch (outcome) {
		case Outcome::exhausted: return "exhausted";
		case Outcome::bound_reached: return "bound-reached";
		case Outcome::interrupted: break;
	}
	return "interrupted";
}

Schedule schedule_to(const Exploration& exploration, NodeId id) {
	Schedule schedule;
	for (const Node* node = &exploration.nodes[id]; node->parent != kNone; node = &exploration.nodes[node->parent]) {
		if (node->edge == kNone) continue;
		const Node& from = exploration.nodes[exploration.edges[node->edge].from];
		schedule.push_back({.signal = exploration.edges[node->edge].signal, .depth = from.depth, .boundary = from.boundary});
	}
	std::reverse(schedule.begin(), schedule.end());
	return counted(std::move(schedule));
}

Schedule schedule_over(const Exploration& exploration, uint32_t edge) {
	const Node& from = exploration.nodes[exploration.edges[edge].from];
	Schedule schedule = schedule_to(exploration, exploration.edges[edge].from);
	schedule.push_back({.signal = exploration.edges[edge].signal, .depth = from.depth, .boundary = from.boundary});
	return counted(std::move(schedule));
}

}  // namespace siglab
