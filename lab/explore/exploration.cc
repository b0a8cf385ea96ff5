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

namespace {

// "Again" counts the deliveries at one boundary of one walk; a new handler's walk starts counting anew.
void count_repetitions(Schedule& schedule) {
	struct Last {
		uint32_t boundary = kNone;
		uint32_t count = 0;
	};
	std::vector<Last> last;
	for (Event& event : schedule) {
		last.resize(event.depth + 1u);
		Last& here = last[event.depth];
		here = {event.boundary, here.boundary == event.boundary ? here.count : 0};
		event.again = here.count;
		if (event.signal) ++here.count;
	}
}

}  // namespace

Schedule schedule_to(const Exploration& exploration, NodeId id) {
	Schedule schedule;
	for (const Node* node = &exploration.nodes[id]; node->parent != kNone; node = &exploration.nodes[node->parent]) {
		if (node->edge == kNone) continue;
		const Node& from = exploration.nodes[exploration.edges[node->edge].from];
		schedule.push_back({.signal = exploration.edges[node->edge].signal, .depth = from.depth, .boundary = from.boundary});
	}
	std::reverse(schedule.begin(), schedule.end());
	count_repetitions(schedule);
	return schedule;
}

Schedule schedule_over(const Exploration& exploration, uint32_t edge) {
	const Node& from = exploration.nodes[exploration.edges[edge].from];
	Schedule schedule = schedule_to(exploration, exploration.edges[edge].from);
	schedule.push_back({.signal = exploration.edges[edge].signal, .depth = from.depth, .boundary = from.boundary});
	count_repetitions(schedule);
	return schedule;
}

}  // namespace siglab
