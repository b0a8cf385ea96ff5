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

// Runs the handler on the un-hooked engine, the kernel model answering, until it returns or ends otherwise.
class Replay {
   public:
	Replay(const World& world, Machine& machine, Delivery& delivery) : world_(world), machine_(machine), delivery_(delivery) {}

	Result<bool> run() {
		Thread& now = delivery_.leaving;
		now = delivery_.entered;
		for (;;) {
			Result<Stop> stop = machine_.replayer().run(now.cpu);
			if (!stop) return stop.error();
			if (stop->reason == StopReason::told_to) return false;
			if (stop->reason != StopReason::syscall) return over(end_of(world_, *stop, now.cpu));
			if (recurrence_.again(now, machine_.memory())) {
				return over({EndKind::livelock, {now.cpu.pc}, fmt::format("{} runs for ever: the whole state comes again", world_.describe({now.cpu.pc}))});
			}
			delivery_.after = now;
			kernel::Answer answer = kernel::syscall_in_place(world_.kernel, delivery_.after, machine_.memory());
			if (answer.end != kernel::CallEnd::resumed) return over(ending(std::move(answer)));
			if (!answer.text.empty()) last_words_ = std::move(answer.text);
			now = delivery_.after;
		}
	}

   private:
	End ending(kernel::Answer&& answer) {
		const Cpu& at = delivery_.leaving.cpu;
		if (answer.end == kernel::CallEnd::returned) return {EndKind::completed, {at.pc}, {}};
		return end_of(world_, kernel::CallResult{std::move(answer), delivery_.after}, at, last_words_);
	}

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

std::vector<Change> take_back(const World& world, Memory& memory, const Snapshot& shadow, uint64_t sp) {
	std::vector<Change> changes;
	each_changed_page(memory, shadow, [&](const Region& region, uint64_t offset, const std::byte* then) {
		compare_live(world, region, offset, then, sp, changes);
		std::memcpy(region.host + offset, then, kPageSize);
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

namespace {

// The un-hooked engine was stopped by the watchdog. Where there is no system call, only the hooked one can prove a livelock.
Status decide_hooked(const World& world, Machine& machine, const Snapshot& shadow, const Thread& thread, const Ghost& ghost, Signal signal,
                     Delivery& delivery) {
	shadow.restore(machine.memory());
	const kernel::Resumed again = kernel::return_to_user(world.kernel, kernel::send(thread, signal), machine.memory());
	const auto go_on = [](const Moment&) { return true; };
	Result<Course> course = run_course(world, machine, CourseOf::handler, again.thread, handler_ghost(ghost), go_on);
	if (!course) return course.error();
	delivery.end = course->end;
	delivery.leaving = course->leaving;
	delivery.after = course->thread;
	return Done{};
}

}  // namespace

Result<Delivery> deliver_at(const World& world, Machine& machine, const Snapshot& shadow, const Thread& thread, const Ghost& ghost, Signal signal) {
	Memory& memory = machine.memory();
	Result<Delivery> result(std::in_place);
	Delivery& delivery = *result;
	delivery.entered = thread;
	kernel::send_in_place(delivery.entered, signal);
	const kernel::WayBack way = kernel::return_to_user_in_place(world.kernel, delivery.entered, memory);
	if (way.fate == kernel::Fate::killed) {
		delivery.end = killed_on_delivery(thread, way.killed_by);
	} else {
		Result<bool> decided = Replay(world, machine, delivery).run();
		if (!decided) return decided.error();
		if (!*decided) {
			if (Status done = decide_hooked(world, machine, shadow, thread, ghost, signal, delivery); !done) return done.error();
		}
	}
	delivery.observed = read_observed(memory);
	delivery.changes = take_back(world, memory, shadow, thread.cpu.sp);
	delivery.lasting = delivery.end.kind == EndKind::completed && (!delivery.changes.empty() || !(delivery.after == thread));
	return result;
}

}  // namespace siglab
