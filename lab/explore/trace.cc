#include "explore/trace.h"

#include <fmt/format.h>

#include "guest_asm/layout.h"
#include "world/go_layout.h"

namespace siglab {
namespace {

bool asks_tls(const Scenario& scenario) {
	const Variant* variant = scenario.guest.variant;
	return is_cgo(scenario.world) || (variant != nullptr && variant->fetch == Fetch::tls);
}

TraceLine line_of(const World& world, const Moment& moment, const Memory& memory, bool in_handler) {
	TraceLine line{.in_handler = in_handler, .boundary = moment.boundary, .pc = moment.thread.cpu.pc, .g_register = moment.thread.cpu.gpr[world.isa().g],
	               .owner = moment.ghost.owner, .in_vdso = moment.ghost.in_vdso};
	if (world.truth.slot) line.slot = memory.load_word(*world.truth.slot, world.isa().word);
	if (asks_tls(world.scenario)) line.tls = memory.load_word({moment.thread.cpu.tls + TLS_G}, world.isa().word);
	return line;
}

Status supported(const Schedule& schedule) {
	if (schedule.size() > 1) return Error{Exit::usage, "a schedule of more than one event is not modelled yet: replay takes one signal"};
	for (const Event& event : schedule) {
		if (!event.signal) return Error{Exit::usage, "a tick in a schedule is not modelled yet: replay takes one signal"};
		if (event.depth != 0 || event.again != 0) return Error{Exit::usage, "a signal inside or after a handler is not modelled yet: replay takes one signal"};
	}
	return Done{};
}

class Tracer {
   public:
	Tracer(const World& world, Machine& machine) : world_(world), machine_(machine) {}

	Result<Trace> run(const Schedule& schedule) {
		const std::optional<uint32_t> stop = schedule.empty() ? std::nullopt : std::optional{schedule.front().boundary};
		Result<Course> before = follow(CourseOf::walk, world_.start, world_.ghost, 0, stop);
		if (!before) return before.error();
		if (!before->stopped) {
			if (stop) return Error{Exit::usage, fmt::format("boundary {} lies behind the end of the walk, which has {}", *stop, before->boundaries)};
			return finish(before->end, 0);
		}
		return deliver(*before, *schedule.front().signal);
	}

   private:
	Result<Course> follow(CourseOf what, const Thread& thread, const Ghost& ghost, uint32_t first, std::optional<uint32_t> stop) {
		const bool in_handler = what == CourseOf::handler;
		const auto tell = [&, first, stop, in_handler](const Moment& moment) {
			if (stop && moment.boundary == *stop) return false;
			TraceLine line = line_of(world_, moment, machine_.memory(), in_handler);
			line.boundary += first;
			trace_.lines.push_back(line);
			entered_vdso_ = entered_vdso_ || moment.ghost.in_vdso;
			Violations violations;
			if (moment.boundary > 0 || first > 0) check_step(moment.step, violations);
			add_findings(violations, in_handler ? delivered_at_ : line.boundary, {moment.thread.cpu.pc}, boundary_, trace_.findings);
			return true;
		};
		return run_course(world_, machine_, what, thread, ghost, tell);
	}

	Result<Trace> deliver(const Course& at, Signal signal) {
		if (!kernel::deliverable(at.thread, signal)) {
			return Error{Exit::usage, fmt::format("SIG{} is masked at boundary {}: it is not delivered there", signal_name(signal), at.boundaries)};
		}
		delivered_at_ = at.boundaries;
		boundary_ = at.boundaries;
		TraceLine line = line_of(world_, {at.thread, at.ghost, {world_.isa(), world_.truth, at.thread.cpu, at.thread.cpu, at.ghost, at.ghost, {}, machine_.memory()}, at.boundaries},
		                         machine_.memory(), false);
		line.delivered = signal;
		trace_.lines.push_back(line);

		Memory& memory = machine_.memory();
		const Snapshot shadow(memory);
		const Observed observed_before = read_observed(memory);
		kernel::Resumed resumed = kernel::return_to_user(world_.kernel, kernel::send(at.thread, signal), memory);
		if (resumed.fate == kernel::Fate::killed) return finish({EndKind::killed, {at.thread.cpu.pc}, "no frame can be set up"}, at.boundaries);
		Result<Course> handler = follow(CourseOf::handler, resumed.thread, handler_ghost(at.ghost), 0, std::nullopt);
		if (!handler) return handler.error();
		const Observed observed = read_observed(memory);
		std::vector<Change> changes = live_changes(world_, memory, shadow, at.thread.cpu.sp);
		Violations violations;
		check_delivery({world_.isa(), world_.truth, signal, at.ghost, at.thread, resumed.thread, handler->leaving, handler->thread, handler->end, observed_before,
		                observed, changes}, violations);
		add_findings(violations, at.boundaries, {at.thread.cpu.pc}, boundary_, trace_.findings);
		if (handler->end.kind != EndKind::completed) {
			trace_.end = handler->end;
			return std::move(trace_);
		}
		Result<Course> rest = follow(CourseOf::walk, handler->thread, at.ghost, at.boundaries, std::nullopt);
		if (!rest) return rest.error();
		return finish(rest->end, at.boundaries);
	}

	Result<Trace> finish(const End& end, uint32_t first) {
		trace_.end = end;
		Violations violations;
		check_end({world_.truth, end, entered_vdso_, first == 0 && world_.scenario.function != Function::native}, violations);
		add_findings(violations, trace_.lines.empty() ? 0 : trace_.lines.back().boundary, end.pc, boundary_, trace_.findings);
		return std::move(trace_);
	}

	const World& world_;
	Machine& machine_;
	Trace trace_;
	bool entered_vdso_ = false;
	uint32_t delivered_at_ = 0;
	std::optional<uint32_t> boundary_;
};

}  // namespace

Result<Trace> trace(const World& world, Machine& machine, const Schedule& schedule) {
	if (Status fine = supported(schedule); !fine) return fine.error();
	if (Status loaded = machine.load(world.plan); !loaded) return loaded.error();
	return Tracer(world, machine).run(schedule);
}

}  // namespace siglab
