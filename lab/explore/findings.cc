#include "explore/findings.h"

#include <map>
#include <set>

namespace siglab {

Shown::Shown(const Exploration& found) : found_(found) {
	for (const Broken& broken : found.broken) {
		const uint32_t key = broken.shows == Shows::edge ? broken.edge : broken.node;
		by_place_[static_cast<size_t>(broken.shows)][key].push_back(broken.violation);
	}
}

namespace {

// Where the walk stands: a handler's node shows what it shows at the boundary that it interrupts.
const Node& on_walk(const Exploration& found, NodeId node) {
	while (found.nodes[node].depth > 0) node = found.nodes[node].parent;
	return found.nodes[node];
}

}  // namespace

void Shown::add(Shows shows, uint32_t key, NodeId at, std::vector<Finding>& findings) const {
	const auto& places = by_place_[static_cast<size_t>(shows)];
	const auto there = places.find(key);
	const Node& node = on_walk(found_, at);
	if (there != places.end()) add_findings(there->second, node.boundary, {node.pc}, std::nullopt, findings);
}

void Shown::add_step(NodeId node, std::vector<Finding>& findings) const {
	const NodeId next = found_.nodes[node].next;
	add(Shows::step, node, next == kNone ? node : next, findings);
}

void Shown::add_rest(NodeId node, std::vector<Finding>& findings) const {
	add(Shows::state, node, node, findings);
	// A run that never ends goes round.
	for (size_t steps = 0; node != kNone && steps <= found_.nodes.size(); ++steps) {
		add_step(node, findings);
		node = found_.nodes[node].next;
	}
}

void Shown::add_edge(uint32_t edge, std::vector<Finding>& findings) const { add(Shows::edge, edge, found_.edges[edge].from, findings); }

void Shown::add_way_to(NodeId node, std::vector<Finding>& findings) const {
	std::vector<NodeId> way;
	for (NodeId at = node; at != kNone; at = found_.nodes[at].parent) way.push_back(at);
	for (size_t i = way.size(); i-- > 0;) {
		const Node& here = found_.nodes[way[i]];
		if (here.parent != kNone && here.edge == kNone) add_step(here.parent, findings);
		if (here.edge != kNone) add_edge(here.edge, findings);
		// After a step this says nothing new. After a return, or a jump, nothing else says it.
		add(Shows::state, way[i], way[i], findings);
	}
}

namespace {

// The events on the way to each node. A parent stands before its children.
std::vector<uint32_t> count_events(const Exploration& found) {
	std::vector<uint32_t> events;
	for (const Node& node : found.nodes) {
		const uint32_t before = node.parent == kNone ? 0 : events[node.parent];
		events.push_back(before + (node.edge == kNone ? 0 : 1));
	}
	return events;
}

// The edge over which the last event before that node came; none: there was none.
uint32_t last_edge(const Exploration& found, NodeId node) {
	while (node != kNone && found.nodes[node].edge == kNone) node = found.nodes[node].parent;
	return node == kNone ? kNone : found.nodes[node].edge;
}

// All that one verdict showed.
struct Seen {
	const Broken* shortest = nullptr;
	uint32_t events = kNone;
	std::set<uint32_t> window;
};

void note(const Exploration& found, const std::vector<uint32_t>& events, const Broken& broken, Seen& seen) {
	const bool over_edge = broken.shows == Shows::edge;
	const uint32_t count = events[broken.node] + (over_edge ? 1 : 0);
	if (count < seen.events) seen = {&broken, count, std::move(seen.window)};
	const uint32_t edge = over_edge ? broken.edge : last_edge(found, broken.node);
	if (edge == kNone) return;
	seen.window.insert(on_walk(found, found.edges[edge].from).boundary);
}

Finding finding_of(const Exploration& found, const Shown& shown, const Seen& seen) {
	const Broken& broken = *seen.shortest;
	std::vector<Finding> way;
	shown.add_way_to(broken.node, way);
	if (broken.shows == Shows::edge) shown.add_edge(broken.edge, way);
	if (broken.shows == Shows::step) {
		// It shows where the step leads to.
		const NodeId next = found.nodes[broken.node].next;
		const Node& at = on_walk(found, next == kNone ? broken.node : next);
		add_findings({broken.violation}, at.boundary, {at.pc}, std::nullopt, way);
	}
	const auto same = [&](const Finding& finding) { return finding.verdict == broken.violation.verdict; };
	Finding finding = *std::find_if(way.begin(), way.end(), same);
	finding.schedule = broken.shows == Shows::edge ? schedule_over(found, broken.edge) : schedule_to(found, broken.node);
	if (!finding.schedule.empty() && finding.schedule.back().depth == 0) finding.boundary = finding.schedule.back().boundary;
	if (!finding.schedule.empty()) finding.window.assign(seen.window.begin(), seen.window.end());
	return finding;
}

}  // namespace

std::vector<Finding> shortest_findings(const Exploration& found) {
	const std::vector<uint32_t> events = count_events(found);
	std::map<Verdict, Seen> all;
	for (const Broken& broken : found.broken) note(found, events, broken, all[broken.violation.verdict]);
	const Shown shown(found);
	std::vector<Finding> findings;
	for (const auto& [verdict, seen] : all) findings.push_back(finding_of(found, shown, seen));
	const auto sooner = [](const Finding& a, const Finding& b) { return a.schedule.size() < b.schedule.size(); };
	std::stable_sort(findings.begin(), findings.end(), sooner);
	return findings;
}

}  // namespace siglab
