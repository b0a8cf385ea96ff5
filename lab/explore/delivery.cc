#include "explore/delivery.h"

#include <fmt/format.h>

#include "guest_asm/layout.h"

namespace siglab {
namespace {

// What of a region the interrupted code can still tell: not the observer page, not what lies below its SP (neither AAPCS has a red zone),
// and of the signal stack, while nobody runs on it, the lowest word only.
struct Live {
	GuestRange low;   // the signal stack's lowest word; else empty
	GuestRange rest;
};

Live live_part(const World& world, const Region& region, uint64_t sp) {
	if (region.range.contains({OBSERVER})) return {};
	const GuestRange& signal_stack = world.truth.signal_stack;
	const bool runs_here = region.range.contains({sp - 1});
	Live live{.low = {}, .rest = region.range};
	if (runs_here) live.rest.begin = {sp};
	if (region.range == signal_stack) {
		live.low = {signal_stack.begin, signal_stack.begin + world.isa().word};
		if (!runs_here) live.rest.begin = live.rest.end;
	}
	return live;
}

// Appends the words of a page that differ from `then`, as far as they lie in `live`.
void compare_page(uint8_t word, const Region& region, uint64_t offset, const std::byte* then, GuestRange live, std::vector<Change>& changes) {
	const GuestAddr page = region.range.begin + offset;
	const GuestAddr begin = std::max(page, live.begin);
	const GuestAddr end = std::min(page + kPageSize, live.end);
	for (GuestAddr at = begin; at < end; at = at + word) {
		Change change{at};
		std::memcpy(&change.before, then + (at - page), word);
		std::memcpy(&change.after, region.host + offset + (at - page), word);
		if (change.before != change.after) changes.push_back(change);
	}
}

void compare_live(const World& world, const Region& region, uint64_t offset, const std::byte* then, uint64_t sp, std::vector<Change>& changes) {
	const Live live = live_part(world, region, sp);
	compare_page(world.isa().word, region, offset, then, live.low, changes);
	compare_page(world.isa().word, region, offset, then, live.rest, changes);
}

// Calls `on_page` for each page of changeable memory that differs from the shadow, with both.
template <class OnPage>
void each_changed_page(const Memory& memory, const Snapshot& shadow, const OnPage& on_page) {
	const std::byte* then = shadow.all().data();
	for (const Region& region : memory.regions()) {
		if (region.constant()) continue;
		for (uint64_t offset = 0; offset < region.range.size(); offset += kPageSize, then += kPageSize) {
			if (std::memcmp(region.host + offset, then, kPageSize) != 0) on_page(region, offset, then);
		}
	}
}

// Finds what differs from the shadow, and puts the shadow's bytes back.
void compare_and_restore(const World& world, Memory& memory, const Snapshot& shadow, uint64_t sp, std::vector<Change>& changes) {
	each_changed_page(memory, shadow, [&](const Region& region, uint64_t offset, const std::byte* then) {
		compare_live(world, region, offset, then, sp, changes);
		std::memcpy(region.host + offset, then, kPageSize);
	});
}

// Runs the handler on the un-hooked engine, the kernel model answering, until it returns or ends otherwise.
class Replay {
   public:
	Replay(const World& world, Machine& machine, Delivery& delivery) : world_(world), machine_(machine), delivery_(delivery) {}

	Result<bool> run() {
		Thread now = delivery_.entered;
		for (;;) {
			Result<Stop> stop = machine_.replayer().run(now.cpu);
			if (!stop) return stop.error();
			if (stop->reason == StopReason::told_to) return false;
			if (stop->reason != StopReason::syscall) return over(end_of(world_, *stop, now.cpu));
			if (recurrence_.again(now, machine_.memory())) {
				return over({EndKind::livelock, {now.cpu.pc}, fmt::format("{} runs for ever: the whole state comes again", world_.describe({now.cpu.pc}))});
			}
			kernel::CallResult call = kernel::syscall(world_.kernel, now, machine_.memory());
			if (call.end == kernel::CallEnd::resumed) {
				if (!call.text.empty()) last_words_ = call.text;
				now = std::move(call.thread);
				continue;
			}
			const Cpu at = now.cpu;
			delivery_.leaving = std::move(now);
			delivery_.after = std::move(call.thread);
			return over(end_of(world_, call, at, last_words_));
		}
	}

   private:
	bool over(End end) {
		delivery_.end = std::move(end);
		return true;
	}

	const World& world_;
	Machine& machine_;
	Delivery& delivery_;
	std::string last_words_;
	Recurrence recurrence_{4};  // of states at system calls
};

}  // namespace

End killed_on_delivery(const Thread& thread, uint8_t by) {
	return {EndKind::killed, {thread.cpu.pc}, fmt::format("no frame can be set up: killed by signal {}", by)};
}

std::vector<Change> live_changes(const World& world, const Memory& memory, const Snapshot& shadow, uint64_t sp) {
	std::vector<Change> changes;
	each_changed_page(memory, shadow, [&](const Region& region, uint64_t offset, const std::byte* then) {
		compare_live(world, region, offset, then, sp, changes);
	});
	return changes;
}

Ghost handler_ghost(const Ghost& interrupted) {
	Ghost ghost = interrupted;
	ghost.interrupted = interrupted.owner;
	ghost.in_vdso = false;
	ghost.vdso = {};
	return ghost;
}

Result<Delivery> deliver_at(const World& world, Machine& machine, const Snapshot& shadow, const Thread& thread, const Ghost& ghost, Signal signal) {
	Memory& memory = machine.memory();
	Delivery delivery;
	kernel::Resumed resumed = kernel::return_to_user(world.kernel, kernel::send(thread, signal), memory);
	delivery.entered = std::move(resumed.thread);
	if (resumed.fate == kernel::Fate::killed) {
		delivery.end = killed_on_delivery(thread, resumed.killed_by);
	} else {
		Result<bool> decided = Replay(world, machine, delivery).run();
		if (!decided) return decided.error();
		if (!*decided) {
			// The watchdog stopped it. Where there is no system call, only the hooked engine can prove a livelock.
			shadow.restore(memory);
			kernel::Resumed again = kernel::return_to_user(world.kernel, kernel::send(thread, signal), memory);
			Result<Course> course = run_course(world, machine, CourseOf::handler, again.thread, handler_ghost(ghost), [](const Moment&) { return true; });
			if (!course) return course.error();
			delivery.end = course->end;
			delivery.leaving = course->leaving;
			delivery.after = course->thread;
		}
	}
	delivery.observed = read_observed(memory);
	compare_and_restore(world, memory, shadow, thread.cpu.sp, delivery.changes);
	delivery.lasting = delivery.end.kind == EndKind::completed && (!delivery.changes.empty() || !(delivery.after == thread));
	return delivery;
}

Result<HandlerJudgement> judge_handler(const World& world, Machine& machine, const Snapshot& shadow, const Thread& thread, const Ghost& ghost,
                                       Signal signal) {
	Memory& memory = machine.memory();
	HandlerJudgement judgement;
	const kernel::Resumed resumed = kernel::return_to_user(world.kernel, kernel::send(thread, signal), memory);
	if (resumed.fate == kernel::Fate::killed) {
		judgement.end = killed_on_delivery(thread, resumed.killed_by);
	} else {
		const auto judge = [&](const Moment& moment) {
			if (moment.boundary > 0) check_step(moment.step, judgement.violations);
			return true;
		};
		Result<Course> course = run_course(world, machine, CourseOf::handler, resumed.thread, handler_ghost(ghost), judge);
		if (!course) return course.error();
		judgement.end = std::move(course->end);
	}
	shadow.restore(memory);
	return judgement;
}

}  // namespace siglab
