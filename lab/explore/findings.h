// Findings: what an exploration has broken, as schedules that show it again.
#pragma once

#include <unordered_map>

#include "explore/exploration.h"

namespace siglab {

// What broke, by where it showed; and the same along a way through the graph, each verdict once, with what follows from what.
class Shown {
   public:
	explicit Shown(const Exploration& found);

	// Of the run from `node` to its end, without any more events.
	void add_rest(NodeId node, std::vector<Finding>& findings) const;
	void add_edge(uint32_t edge, std::vector<Finding>& findings) const;
	// Of the way with the fewest events that leads to `node`.
	void add_way_to(NodeId node, std::vector<Finding>& findings) const;

   private:
	void add(Shows shows, uint32_t key, NodeId at, std::vector<Finding>& findings) const;
	void add_step(NodeId node, std::vector<Finding>& findings) const;

	const Exploration& found_;
	std::array<std::unordered_map<uint32_t, Violations>, 3> by_place_;
};

// Each verdict that broke anywhere, once: by a shortest schedule, with the window of boundaries of the walk at which the last event of some
// schedule shows it.
std::vector<Finding> shortest_findings(const Exploration& found);

}  // namespace siglab
