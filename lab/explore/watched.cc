#include "explore/watched.h"

#include <fmt/format.h>

namespace siglab {
namespace {

bool lets_any_through(const Thread& thread, std::span<const Signal> signals) {
	return std::any_of(signals.begin(), signals.end(), [&](Signal signal) { return kernel::deliverable(thread.signals, signal); });
}

}  // namespace

Result<Watched> watch_delivery(const World& world, Machine& machine, const Snapshot& shadow, const Thread& thread, const Ghost& ghost,
                               Signal signal, std::span<const Signal> signals, uint32_t longest) {
	Memory& memory = machine.memory();
	Watched watched;
	Delivery& delivery = watched.delivery;
	kernel::Resumed resumed = kernel::return_to_user(world.kernel, kernel::send(thread, signal), memory);
	delivery.entered = std::move(resumed.thread);
	if (resumed.fate == kernel::Fate::killed) {
		delivery.end = killed_on_delivery(thread, resumed.killed_by);
	} else {
		const auto judge = [&](const Moment& moment) {
			if (moment.boundary > 0) check_step(moment.step, watched.inside);
			watched.opens_mask = watched.opens_mask || lets_any_through(moment.thread, signals);
			return true;
		};
		Result<Course> course = run_course(world, machine, CourseOf::handler, delivery.entered, handler_ghost(ghost), judge, {.longest = longest});
		if (!course) return course.error();
		const bool another = course->between && course->end.kind == EndKind::completed;
		delivery.end = another ? takes_another(world, course->leaving) : std::move(course->end);
		delivery.leaving = std::move(course->leaving);
		delivery.after = std::move(course->thread);
	}
	delivery.observed = read_observed(memory);
	const bool left = delivery.end.kind == EndKind::left;
	delivery.changes = live_changes(world, memory, shadow, left ? delivery.after.cpu.sp : thread.cpu.sp);
	delivery.lasting = delivery.end.kind == EndKind::completed && (!delivery.changes.empty() || !(delivery.after == thread));
	shadow.restore(memory);
	return watched;
}

}  // namespace siglab
