#include "explore/sweep.h"

#include <fmt/format.h>

#include <set>

#include "explore/closed.h"
#include "explore/findings.h"

namespace siglab {
namespace {

class Sweeper {
   public:
	explicit Sweeper(const Exploration& found) : found_(found), shown_(found) {
		if (!found.nodes.empty()) shown_.add_rest(0, of_the_walk_);
	}

	void fill(Run& run) const {
		run.boundaries = found_.walk.boundaries();
		run.findings = of_the_walk_;
		run.outcome = found_.outcome;
		run.left = found_.left;
		for (uint32_t edge = 0; edge < found_.edges.size(); ++edge) {
			if (found_.edges[edge].signal == run.scenario.signal) add_delivery(edge, run);
		}
		run.not_injected = found_.not_injected;
		for (uint32_t i = 0; run.outcome != Outcome::interrupted && i < run.boundaries; ++i) {
			if (std::binary_search(run.not_injected.begin(), run.not_injected.end(), i)) continue;
			run.masked += kernel::deliverable(found_.walk.signals(i), run.scenario.signal) ? 0 : 1;
		}
	}

   private:
	void add_delivery(uint32_t edge, Run& run) const {
		const Edge& delivery = found_.edges[edge];
		++run.injections;
		run.fired += delivery.fired ? 1 : 0;
		const uint32_t boundary = found_.nodes[delivery.from].boundary;
		std::vector<Finding> findings = broken_by(boundary);
		const size_t known = findings.size();
		shown_.add_edge(edge, findings);
		if (delivery.to != kNone && delivery.to != delivery.from) go_on(delivery.to, boundary, findings);
		for (size_t i = known; i < findings.size(); ++i) {
			findings[i].boundary = boundary;
			findings[i].schedule = {{.signal = delivery.signal, .boundary = boundary}};
			run.findings.push_back(std::move(findings[i]));
		}
	}

	// What the undisturbed walk had broken by then: it may be the cause of what the delivery shows, and is not the delivery's own.
	[[nodiscard]] std::vector<Finding> broken_by(uint32_t boundary) const {
		std::vector<Finding> known;
		std::copy_if(of_the_walk_.begin(), of_the_walk_.end(), std::back_inserter(known),
		             [&](const Finding& f) { return f.at <= boundary; });
		return known;
	}

	// The return left something changed: the rest of the walk is another walk. What it breaks later without the signal too is not news.
	void go_on(NodeId to, uint32_t boundary, std::vector<Finding>& findings) const {
		std::vector<Finding> rest = findings;
		for (Finding finding : of_the_walk_) {
			finding.cause = false;
			if (finding.at > boundary) rest.push_back(finding);
		}
		const auto known = static_cast<std::ptrdiff_t>(rest.size());
		shown_.add_rest(to, rest);
		findings.insert(findings.end(), rest.begin() + known, rest.end());
	}

	const Exploration& found_;
	Shown shown_;
	std::vector<Finding> of_the_walk_;
};

// Labels in the blob's source declare where the g register is dirty; the walk shows where it is. They must agree at every boundary.
std::vector<std::string> compare_sources(const World& world, const Walk& walk) {
	std::vector<std::string> disagreements;
	const bool native = world.scenario.function == Function::native;
	if (!world.truth.dirty_declared && !native) return disagreements;
	for (uint32_t i = 0; i < walk.boundaries(); ++i) {
		const Cpu& cpu = walk.cpu(i);
		if (!walk.ghost(i).in_vdso && !native) continue;
		const bool shown = cpu.gpr[world.isa().g] != walk.ghost(i).owner;
		if (shown == world.truth.declared_dirty({cpu.pc})) continue;
		disagreements.push_back(fmt::format("boundary {} ({}): the g register is {}, the labels declare it {}", i, world.describe({cpu.pc}),
		                                    shown ? "dirty" : "clean", shown ? "clean" : "dirty"));
	}
	return disagreements;
}

}  // namespace

namespace {

// One run for each signal, delivered once.
std::vector<Run> runs_by_signal(const Scenario& scenario, const Exploration& found, std::span<const Signal> signals) {
	const Sweeper sweeper(found);
	std::vector<Run> runs;
	for (const Signal signal : signals) {
		Run run{.scenario = scenario, .signals = {signal}};
		run.scenario.signal = signal;
		sweeper.fill(run);
		runs.push_back(std::move(run));
	}
	return runs;
}

// One run for all of them, in any mixture.
Run run_of_all(const Scenario& scenario, const Exploration& found, std::span<const Signal> signals, const Budget& budget) {
	Run run{.scenario = scenario, .signals = {signals.begin(), signals.end()}, .budget = budget, .boundaries = found.walk.boundaries(),
	        .masked = found.masked, .states = static_cast<uint32_t>(found.nodes.size()), .nested = found.nested,
	        .nesting_cut = found.nesting_cut, .outcome = found.outcome,
	        .left = found.left, .bytes = found.bytes, .findings = shortest_findings(found)};
	run.scenario.signal = signals.front();
	run.not_injected = found.not_injected;
	if (!run.not_injected.empty() && run.outcome == Outcome::exhausted) {
		run.outcome = Outcome::bound_reached;
		run.left = fmt::format("nothing was tried inside IT blocks, {} boundaries of the walk: this engine cannot stop there",
		                       run.not_injected.size());
	}
	for (const Edge& edge : found.edges) {
		run.injections += edge.signal ? 1 : 0;
		run.fired += edge.signal && edge.fired ? 1 : 0;
		run.ticks += edge.signal ? 0 : 1;
	}
	return run;
}

// A retry, or a second that is carried, takes a walk to code that the undisturbed one leaves out.
std::vector<uint64_t> pcs_beside(const World& world, const Exploration& found) {
	std::set<uint64_t> pcs;
	for (const Node& node : found.nodes) {
		if (node.depth == 0 && world.truth.vdso.contains({node.pc})) pcs.insert(node.pc);
	}
	for (uint32_t i = 0; i < found.walk.boundaries(); ++i) pcs.erase(found.walk.cpu(i).pc);
	return {pcs.begin(), pcs.end()};
}

}  // namespace

Result<Sweep> sweep(World world, std::span<const Signal> signals, Machine& machine, Limits limits, bool together) {
	const bool one = limits.budget.one_signal() && !together;
	limits.watch_every_handler = limits.watch_every_handler || !one;
	Result<Exploration> found = explore(world, machine, signals, limits);
	if (!found) return found.error();
	std::vector<Run> runs;
	if (one) {
		runs = runs_by_signal(world.scenario, *found, signals);
	} else {
		runs.push_back(run_of_all(world.scenario, *found, signals, limits.budget));
		if (limits.budget.ticks != 0) runs.back().beside = pcs_beside(world, *found);
	}
	const std::vector<std::string> disagreements = compare_sources(world, found->walk);
	for (Run& run : runs) run.disagreements = disagreements;
	ClosedSet closed = limits.tells_states ? closed_set(*found, world, signals, limits.budget) : ClosedSet{};
	return Sweep{std::move(world), std::move(found->walk), std::move(closed), std::move(runs)};
}

}  // namespace siglab
