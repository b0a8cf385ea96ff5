#include "explore/sweep.h"

#include <fmt/format.h>

#include <map>

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

// What the host can tell of two handler runs without stepping through them. Runs of one class noted the same and left the same behind, from
// the same ghost: one of them is judged step by step for all.
using HandlerClass = std::vector<uint64_t>;

HandlerClass class_of(const Delivery& delivery, const Observed& before, const Ghost& ghost) {
	const Observed& now = delivery.observed;
	HandlerClass key = {static_cast<uint64_t>(delivery.end.kind), now.fetch_count - before.fetch_count, now.fetched_g, now.setg_reg,
	                    now.prof_count - before.prof_count, now.prof_pc, now.prof_sp, now.time_count - before.time_count, now.time,
	                    now.nog_samples - before.nog_samples, now.badsignals - before.badsignals, now.quiet - before.quiet, ghost.depth,
	                    ghost.in_vdso};
	for (const OpenCall& call : ghost.calls) {
		key.push_back(uint64_t{call.pc_stored} | uint64_t{call.sp_stored} << 1 | uint64_t{call.sp_switched} << 2 | uint64_t{call.slot_set} << 3);
	}
	for (const Change& change : delivery.changes) key.insert(key.end(), {change.at.value, change.after});
	return key;
}

class Sweeper {
   public:
	Sweeper(const World& world, const Walk& walk, std::span<const Finding> of_the_walk, Machine& machine, const SweepOptions& options)
		: world_(world), walk_(walk), of_the_walk_(of_the_walk), machine_(machine), options_(options), shadow_(machine.memory()) {}

	// Requires  memory as at boundary 0.
	Status run(std::vector<Run>& runs) {
		classes_.resize(runs.size());
		for (uint32_t i = 0; i < walk_.boundaries(); ++i) {
			if (options_.interrupted != nullptr && options_.interrupted->load()) return leave_undone(runs);
			for (const Write& write : walk_.writes(i)) {
				(void)machine_.memory().place(write.at, write.data());
				shadow_.apply(write);
			}
			const Thread thread = walk_.thread(i);
			const Observed before = read_observed(machine_.memory());
			for (size_t r = 0; r < runs.size(); ++r) {
				if (!kernel::deliverable(thread, runs[r].scenario.signal)) {
					++runs[r].masked;
				} else if (Status done = inject(i, thread, before, runs[r], classes_[r]); !done) {
					return done;
				}
			}
		}
		return Done{};
	}

   private:
	using Classes = std::map<HandlerClass, HandlerJudgement>;

	static Status leave_undone(std::vector<Run>& runs) {
		for (Run& run : runs) run.outcome = Outcome::interrupted;
		return Done{};
	}

	Status inject(uint32_t boundary, const Thread& thread, const Observed& before, Run& run, Classes& classes) {
		const Ghost& ghost = walk_.ghost(boundary);
		const Signal signal = run.scenario.signal;
		++run.injections;
		Result<Delivery> delivery = deliver_at(world_, machine_, shadow_, thread, ghost, signal);
		if (!delivery) return delivery.error();
		Result<const HandlerJudgement*> inside = judged_inside(class_of(*delivery, before, ghost), thread, ghost, signal, classes);
		if (!inside) return inside.error();
		// The un-hooked engine knows that it faulted; only the hooked one knows exactly where.
		if (delivery->end.kind == EndKind::fault || delivery->end.kind == EndKind::undefined) delivery->end = (*inside)->end;
		Violations violations;
		check_delivery({world_.isa(), world_.truth, signal, ghost, thread, delivery->entered, delivery->leaving, delivery->after, delivery->end,
		                before, delivery->observed, delivery->changes}, violations);
		const auto not_seen = [](const Violation& violation) { return violation.verdict.property == Property::fired; };
		if (std::none_of(violations.begin(), violations.end(), not_seen)) ++run.fired;
		if (delivery->end.kind == EndKind::bound) run.outcome = Outcome::bound_reached;

		// What broke inside the handler came before what its return shows; what was noted first of all is R and T.
		std::vector<Finding> findings = broken_by(boundary);
		const size_t known = findings.size();
		const GuestAddr pc{thread.cpu.pc};
		const auto shows_at_return = [](const Violation& violation) { return violation.verdict.property == Property::transparent_return; };
		const auto split = std::stable_partition(violations.begin(), violations.end(), [&](const Violation& v) { return !shows_at_return(v); });
		add_findings({violations.begin(), split}, boundary, pc, boundary, findings);
		add_findings((*inside)->violations, boundary, pc, boundary, findings);
		add_findings({split, violations.end()}, boundary, pc, boundary, findings);
		if (delivery->lasting) {
			if (Status done = go_on(*delivery, boundary, ghost, findings); !done) return done;
		}
		for (size_t i = known; i < findings.size(); ++i) {
			findings[i].boundary = boundary;
			run.findings.push_back(std::move(findings[i]));
		}
		return Done{};
	}

	// What the undisturbed walk had broken by then: it may be the cause of what the delivery shows, and is not the delivery's own.
	[[nodiscard]] std::vector<Finding> broken_by(uint32_t boundary) const {
		std::vector<Finding> known;
		std::copy_if(of_the_walk_.begin(), of_the_walk_.end(), std::back_inserter(known), [&](const Finding& f) { return f.at <= boundary; });
		return known;
	}

	Result<const HandlerJudgement*> judged_inside(HandlerClass key, const Thread& thread, const Ghost& ghost, Signal signal, Classes& classes) {
		const auto known = classes.find(key);
		if (known != classes.end() && !options_.judge_every_handler) return &known->second;
		Result<HandlerJudgement> inside = judge_handler(world_, machine_, shadow_, thread, ghost, signal);
		if (!inside) return inside.error();
		return &(classes[std::move(key)] = std::move(*inside));
	}

	// The return left something changed: the rest of the walk is another walk. What it breaks later without the signal too is not news.
	Status go_on(const Delivery& delivery, uint32_t boundary, const Ghost& ghost, std::vector<Finding>& findings) {
		std::vector<Finding> rest = findings;
		for (Finding finding : of_the_walk_) {
			finding.cause = false;
			if (finding.at > boundary) rest.push_back(finding);
		}
		const auto known = static_cast<std::ptrdiff_t>(rest.size());
		for (const Change& change : delivery.changes) (void)machine_.memory().place_word(change.at, change.after, world_.isa().word);
		Result<Walk> walk = record_walk(world_, machine_, delivery.after, ghost, boundary, rest);
		shadow_.restore(machine_.memory());
		if (!walk) return walk.error();
		findings.insert(findings.end(), rest.begin() + known, rest.end());
		return Done{};
	}

	const World& world_;
	const Walk& walk_;
	std::span<const Finding> of_the_walk_;
	Machine& machine_;
	const SweepOptions& options_;
	Snapshot shadow_;
	std::vector<Classes> classes_;
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

Result<Sweep> sweep(World world, std::span<const Signal> signals, Machine& machine, const SweepOptions& options) {
	if (Status loaded = machine.load(world.plan); !loaded) return loaded.error();
	const Snapshot start(machine.memory());
	std::vector<Finding> findings;
	Result<Walk> walk = record_walk(world, machine, world.start, world.ghost, 0, findings);
	if (!walk) return walk.error();
	start.restore(machine.memory());

	std::vector<Run> runs;
	const std::vector<std::string> disagreements = compare_sources(world, *walk);
	for (const Signal signal : signals) {
		Run run{.scenario = world.scenario, .boundaries = walk->boundaries(), .findings = findings, .disagreements = disagreements};
		run.scenario.signal = signal;
		if (walk->end.kind == EndKind::bound) run.outcome = Outcome::bound_reached;
		runs.push_back(std::move(run));
	}
	if (walk->end.kind != EndKind::livelock && walk->end.kind != EndKind::bound) {
		if (Status done = Sweeper(world, *walk, findings, machine, options).run(runs); !done) return done.error();
	}
	return Sweep{std::move(world), std::move(*walk), std::move(runs)};
}

}  // namespace siglab
