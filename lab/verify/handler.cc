#include "verify/handler.h"

#include <fmt/format.h>

#include "verify/memory.h"

namespace siglab::verify {

Ghost ghost_inside(const Ghost& interrupted) {
	Ghost ghost = interrupted;
	ghost.interrupted = interrupted.owner;
	ghost.in_vdso = false;
	ghost.vdso = {};
	return ghost;
}

Violations judge_delivery(const DeliveryView& view, bool& missed) {
	Violations violations;
	check_delivery(view, violations);
	missed = std::any_of(violations.begin(), violations.end(), [](const Violation& v) { return v.verdict.property == Property::fired; });
	return violations;
}

namespace {

struct Run {
	End end;
	Thread leaving, after;
	Violations inside;
};

Result<Run> run_handler(const World& world, Machine& machine, const Thread& entered, Ghost ghost, std::span<const Signal> signals, Handled& handled) {
	Run run;
	Course course(world, machine, true);
	Loop loop;
	Thread now = entered;
	for (;; ++handled.steps) {
		const auto comes = [&](Signal signal) { return kernel::deliverable(now.signals, signal); };
		handled.opens_mask = handled.opens_mask || std::any_of(signals.begin(), signals.end(), comes);
		if (handled.steps + 1 >= kMaxSteps) {
			run.end = {EndKind::bound, {now.cpu.pc}, fmt::format("still running after {} boundaries", kMaxSteps)};
			return run;
		}
		if (loop.closes(now, machine.memory())) {
			run.end = runs_for_ever(world, {now.cpu.pc});
			return run;
		}
		Result<Step> step = course.step(now);
		if (!step) return step.error();
		if (step->over) {
			run.end = std::move(step->end);
			run.leaving = std::move(course.leaving);
			run.after = std::move(step->thread);
			return run;
		}
		const Ghost was = ghost;
		const GuestAddr retired{now.cpu.pc};
		ghost = advance(world.isa(), world.truth, was, retired, step->thread.cpu, step->thread.signals.clock);
		if (ghost.depth > Ghost::kMaxDepth) {
			run.end = too_many_calls({step->thread.cpu.pc});
			return run;
		}
		check_step({world.isa(), world.truth, retired, step->thread.cpu, was, ghost, step->writes, machine.memory()}, run.inside);
		now = std::move(step->thread);
	}
}

}  // namespace

Result<Handled> handle(const World& world, Machine& machine, const Interruption& interruption, std::span<const Signal> signals) {
	Memory& memory = machine.memory();
	const Thread& thread = interruption.thread;
	const Snapshot before(memory);
	const Observed noted_before = read_observed(memory);
	Handled handled;
	const kernel::Resumed entered = kernel::return_to_user(world.kernel, kernel::send(thread, interruption.signal), memory);
	Run run;
	if (entered.fate == kernel::Fate::killed) {
		run.end = {EndKind::killed, {thread.cpu.pc}, fmt::format("no frame can be set up: killed by signal {}", entered.killed_by)};
	} else {
		Result<Run> done = run_handler(world, machine, entered.thread, ghost_inside(interruption.ghost), signals, handled);
		if (!done) return done.error();
		run = std::move(*done);
	}
	const bool left = run.end.kind == EndKind::left;
	handled.changes = changes_since(world, memory, before, left ? run.after.cpu.sp : thread.cpu.sp);
	const Observed noted = read_observed(memory);
	const Violations all = judge_delivery({world.isa(), world.truth, interruption.signal, interruption.ghost, thread, entered.thread, run.leaving, run.after,
	                                       run.end, noted_before, noted, handled.changes}, handled.missed);
	// In the order of time: what the handler found, what it did, what its return left.
	for (const Violation& v : all) {
		if (v.verdict.property != Property::transparent_return) handled.broken.push_back(v);
	}
	handled.broken.insert(handled.broken.end(), run.inside.begin(), run.inside.end());
	for (const Violation& v : all) {
		if (v.verdict.property == Property::transparent_return) handled.broken.push_back(v);
	}
	handled.end = std::move(run.end);
	handled.after = std::move(run.after);
	return handled;
}

}  // namespace siglab::verify
