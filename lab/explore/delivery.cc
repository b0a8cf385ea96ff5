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

	[[nodiscard]] bool has(const Stretch& stretch) const {
		const auto overlaps = [&](const GuestRange& range) {
			return !range.empty() && range.begin < stretch.end() && stretch.at < range.end;
		};
		return overlaps(low) || overlaps(rest);
	}
};

Live live_part(const World& world, const Region& region, uint64_t sp) {
	if (region.range.contains({OBSERVER})) return {};
	const GuestRange& signal_stack = world.truth.signal_stack;
	const bool runs_here = region.range.contains({sp - 1});
	Live live{.low = {}, .rest = region.range};
	if (runs_here) live.rest.begin = {sp};
	if (region.range == signal_stack) {
		live.low = {signal_stack.begin, signal_stack.begin + world.isa().word};
		const bool overflowed = world.truth.neighbour.contains({sp - 1});
		if (!runs_here && !overflowed) live.rest.begin = live.rest.end;
	}
	return live;
}

// Appends the words of a stretch that differ from `then`, as far as they lie in `live`.
template <class Word>
void compare_words(const Stretch& stretch, const std::byte* then, GuestRange live, std::vector<Change>& changes) {
	const GuestAddr begin = std::max(stretch.at, live.begin);
	const GuestAddr end = std::min(stretch.end(), live.end);
	for (GuestAddr at = begin; at < end; at = at + sizeof(Word)) {
		Word before, after;
		std::memcpy(&before, then + (at - stretch.at), sizeof before);
		std::memcpy(&after, stretch.host + (at - stretch.at), sizeof after);
		if (before != after) changes.push_back({at, before, after});
	}
}

void compare_words(uint8_t word, const Stretch& stretch, const std::byte* then, GuestRange live, std::vector<Change>& changes) {
	word == sizeof(uint64_t) ? compare_words<uint64_t>(stretch, then, live, changes) : compare_words<uint32_t>(stretch, then, live, changes);
}

// Whether the stretch may hold something else than `then`: what, if anybody can tell; where nobody can nothing of it is looked at.
bool compare(const World& world, const Stretch& stretch, const std::byte* then, uint64_t sp, std::vector<Change>& changes) {
	const Live live = live_part(world, *stretch.region, sp);
	if (!live.has(stretch)) return true;
	if (std::memcmp(stretch.host, then, stretch.size) == 0) return false;
	compare_words(world.isa().word, stretch, then, live.low, changes);
	compare_words(world.isa().word, stretch, then, live.rest, changes);
	return true;
}

// Finds what recent writes have made differ from the shadow, and puts the shadow's bytes back.
void compare_and_restore(const World& world, const Memory& memory, const Snapshot& shadow, uint64_t sp, std::vector<Change>& changes) {
	memory.each_recent_stretch([&](const Stretch& stretch) {
		const std::byte* then = shadow.block(stretch.first);
		if (compare(world, stretch, then, sp, changes)) std::memcpy(stretch.host, then, stretch.size);
	});
}

// Runs the handler on the un-hooked engine, the kernel model answering, until it returns or ends otherwise.
enum class Decided : uint8_t { yes, no, again };  // no: the watchdog stopped it. again: it opened a block of memory

class Replay {
   public:
	Replay(const World& world, Machine& machine, Delivery& delivery) : world_(world), machine_(machine), delivery_(delivery) {}

	Result<Decided> run() {
		Thread& now = delivery_.leaving;
		now = delivery_.entered;
		for (;;) {
			Result<Stop> stop = machine_.replayer().run(now.cpu);
			if (!stop) return stop.error();
			if (stop->reason == StopReason::told_to) return Decided::no;
			if (stop->reason == StopReason::opened) return Decided::again;
			if (stop->reason != StopReason::syscall) return over(end_of(world_, *stop, now.cpu));
			if (recurrence_.again(now, machine_.memory())) {
				return over({EndKind::livelock, {now.cpu.pc},
				             fmt::format("{} runs for ever: the whole state comes again", world_.describe({now.cpu.pc}))});
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
		if (answer.end == kernel::CallEnd::returned && answer.frames != 0) return takes_another(world_, delivery_.leaving);
		if (answer.end == kernel::CallEnd::returned) return {EndKind::completed, {at.pc}, {}};
		return end_of(world_, kernel::CallResult{std::move(answer), delivery_.after}, at, last_words_);
	}

	Decided over(End end) {
		delivery_.end = std::move(end);
		return Decided::yes;
	}

	const World& world_;
	Machine& machine_;
	Delivery& delivery_;
	std::string last_words_;
	Recurrence recurrence_{2};  // of states at system calls: few handlers make more than two, and those that do often go round
};

}  // namespace

End killed_on_delivery(const Thread& thread, uint8_t by) {
	return {EndKind::killed, {thread.cpu.pc}, fmt::format("no frame can be set up: killed by signal {}", by)};
}

End takes_another(const World& world, const Thread& leaving) {
	const GuestAddr at{leaving.cpu.pc};
	return {EndKind::refused, at, fmt::format("{} returns into a signal that the program has sent itself: only a replay follows that",
	                                          world.describe(at))};
}

std::vector<Change> live_changes(const World& world, const Memory& memory, const Snapshot& shadow, uint64_t sp) {
	std::vector<Change> changes;
	memory.each_touched_stretch([&](const Stretch& stretch) { (void)compare(world, stretch, shadow.block(stretch.first), sp, changes); });
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

// Up to the handler's end. `again`: nothing of it counts, and memory is as the run left it.
Result<Decided> run_handler(const World& world, Machine& machine, const Snapshot& shadow, const Thread& thread, const Ghost& ghost,
                            Signal signal, Delivery& delivery) {
	delivery.entered = thread;
	kernel::send_in_place(delivery.entered, signal);
	const kernel::WayBack way = kernel::return_to_user_in_place(world.kernel, delivery.entered, machine.memory());
	if (way.fate == kernel::Fate::killed) {
		delivery.end = killed_on_delivery(thread, way.killed_by);
		return Decided::yes;
	}
	Result<Decided> decided = Replay(world, machine, delivery).run();
	if (!decided || *decided != Decided::no) return decided;
	if (Status done = decide_hooked(world, machine, shadow, thread, ghost, signal, delivery); !done) return done.error();
	return Decided::yes;
}

}  // namespace

Status deliver_at(const World& world, Machine& machine, const Snapshot& shadow, const Thread& thread, const Ghost& ghost, Signal signal,
                  Delivery& delivery) {
	Memory& memory = machine.memory();
	memory.begin_recent();
	for (;;) {
		Result<Decided> decided = run_handler(world, machine, shadow, thread, ghost, signal, delivery);
		if (!decided) return decided.error();
		if (*decided != Decided::again) break;
		shadow.restore(memory);
	}
	delivery.observed = read_observed(memory);
	delivery.changes.clear();
	compare_and_restore(world, memory, shadow, thread.cpu.sp, delivery.changes);
	delivery.lasting = delivery.end.kind == EndKind::completed && (!delivery.changes.empty() || !(delivery.after == thread));
	return Done{};
}

}  // namespace siglab
