#include "explore/trace.h"

#include <fmt/format.h>

#include <bit>
#include <utility>

#include "explore/live.h"
#include "guest_asm/layout.h"
#include "world/go_layout.h"

namespace siglab {
namespace {

// Where a handler came from, to judge its return by.
struct Before {
	Signal signal;
	const Thread& thread;
	const Ghost& ghost;
	Snapshot memory;
	Observed observed;
};

class Tracer {
   public:
	Tracer(const World& world, Machine& machine, const Schedule& schedule, Keep keep, const OnTrace& on_trace)
		: world_(world), machine_(machine), memory_(machine.memory()), schedule_(schedule), keep_(keep), on_trace_(on_trace), base_(memory_) {}

	Result<Trace> run() {
		if (Status fine = repeats_what_is_there(); !fine) return fine.error();
		Result<Course> walk = level(CourseOf::walk, world_.start, world_.ghost, 0);
		if (!walk) return walk.error();
		trace_.end = walk->end;
		const bool asks_time = schedule_.empty() && world_.scenario.function != Function::native;
		Violations violations;
		check_end({world_.truth, trace_.end, entered_vdso_, asks_time}, violations);
		note(violations, last_boundary_, trace_.end.pc);
		trace_.base = base_;
		return std::move(trace_);
	}

   private:
	[[nodiscard]] Status repeats_what_is_there() const {
		const Schedule proper = counted(schedule_);
		for (size_t i = 0; i < schedule_.size(); ++i) {
			if (schedule_[i] == proper[i]) continue;
			return Error{Exit::usage, fmt::format("'{}' in the schedule should be '{}', after what stands before it",
			                                      print_schedule({schedule_[i]}), print_schedule({proper[i]}))};
		}
		return Done{};
	}

	[[nodiscard]] const Event* next_event(uint8_t depth) const {
		if (next_ >= schedule_.size() || schedule_[next_].depth != depth) return nullptr;
		return &schedule_[next_];
	}

	// One walk, a handler's or the interrupted code's, with the events that belong to it and to the handlers above it.
	Result<Course> level(CourseOf what, Thread thread, Ghost ghost, uint8_t depth) {
		uint32_t first = 0;
		for (;;) {
			Result<bool> alive = take_pending(thread, ghost, depth, first);
			if (alive && *alive) alive = take_events(thread, ghost, depth, first);
			if (!alive) return alive.error();
			if (!*alive) return Course{.end = dead_, .stopped = true, .thread = jumped_to_.value_or(Thread{}), .leaving = {},
			                           .between = {}, .ghost = ghost};
			const Event* event = next_event(depth);
			if (event != nullptr && event->boundary < first) return unreachable(*event, "it lies behind it already");
			const std::optional<uint32_t> stop = event != nullptr ? std::optional{event->boundary} : std::nullopt;
			Result<Course> course = follow(what, thread, ghost, depth, first, stop);
			if (!course) return course;
			const bool opens_mask = course->between && course->end.kind == EndKind::refused;
			if (!course->stopped && !opens_mask) return ends(*std::move(course), depth, first);
			if (opens_mask) {
				film({Told::boundary, {}, last_seen_, course->thread, ghost.owner, course->ghost.owner, {}, memory_});
			}
			thread = course->thread;
			ghost = course->ghost;
			first += course->boundaries;
		}
	}

	// Nothing of the schedule may be left over for it.
	Result<Course> ends(Course course, uint8_t depth, uint32_t first) {
		if (const Event* event = next_event(depth)) {
			return unreachable(*event, fmt::format("its walk ends after {} boundaries", first + course.boundaries));
		}
		const bool deeper = next_ < schedule_.size() && schedule_[next_].depth > depth;
		if (deeper) return unreachable(schedule_[next_], "no such handler is open there");
		return course;
	}

	[[nodiscard]] static Error unreachable(const Event& event, std::string_view why) {
		return {Exit::usage, fmt::format("{} cannot happen: {}", print_schedule({event}), why)};
	}

	// Everything that the schedule has for this boundary. False: the process is dead, or this handler abandoned.
	Result<bool> take_events(Thread& thread, Ghost& ghost, uint8_t depth, uint32_t boundary) {
		while (const Event* event = next_event(depth)) {
			if (event->boundary != boundary) break;
			const bool inside_it = (thread.cpu.flags & world_.isa().it_bits) != 0;
			if (inside_it && !stops_anywhere(machine_.recorder_kind())) {
				return Error{Exit::environment, fmt::format("{} lies inside an IT block, and Unicorn cannot stop there: --engine dynarmic can",
				                                            print_schedule({*event}))};
			}
			++next_;
			if (depth == 0) last_event_ = boundary;
			const Thread before = thread;
			if (!event->signal) {
				thread = kernel::tick(world_.kernel, thread, kTickNs, memory_);
				tell(Told::ticked, depth, boundary, std::nullopt);
				film({Told::ticked, {}, before, thread, ghost.owner, ghost.owner, {}, memory_});
			} else if (!kernel::deliverable(thread.signals, *event->signal)) {
				thread = kernel::send(thread, *event->signal);
				tell(Told::pending, depth, boundary, event->signal);
				film({Told::pending, event->signal, before, thread, ghost.owner, ghost.owner, {}, memory_});
			} else {
				Result<bool> alive = deliver(thread, ghost, *event->signal, depth, boundary);
				if (alive && *alive) alive = take_pending(thread, ghost, depth, boundary);
				if (!alive || !*alive) return alive;
			}
		}
		return true;
	}

	// What waited and is let in here, one after the other. The kernel sets up all frames at once, each on top of the one before: that is
	// the same as a second signal before the first one's handler has run an instruction, as its walk will find.
	Result<bool> take_pending(Thread& thread, Ghost& ghost, uint8_t depth, uint32_t boundary) {
		while (const SignalSet ready = thread.signals.pending & ~thread.signals.blocked) {
			const Signal lowest{static_cast<uint8_t>(std::countr_zero(ready) + 1)};
			thread.signals.pending &= ~bit(lowest);
			Result<bool> alive = deliver(thread, ghost, lowest, depth, boundary);
			if (!alive || !*alive) return alive;
		}
		return true;
	}

	// All handlers that are open are abandoned; the walk goes on where the jump leads to. What was noted is judged by now.
	Result<bool> jump(const Thread& to, Thread& thread, Ghost& ghost, uint8_t depth, uint32_t boundary) {
		jumped_to_ = to;
		if (depth > 0) return false;
		thread = *std::exchange(jumped_to_, std::nullopt);
		ghost = ghost_after_jump(world_.truth);
		wipe_notes(memory_, base_);
		film({Told::left, {}, last_seen_, thread, ghost.owner, ghost.owner, {}, memory_});
		tell(Told::left, depth, boundary, std::nullopt);
		return true;
	}

	// The handler's walk. `thread` goes in as interrupted and comes out as resumed; what waits beside this signal goes on waiting.
	Result<bool> deliver(Thread& thread, Ghost& ghost, Signal signal, uint8_t depth, uint32_t boundary) {
		Snapshot before(memory_);
		const Observed observed = read_observed(memory_);
		Thread alone = thread;
		alone.signals.pending = 0;
		std::vector<Write> frame;
		memory_.log_writes_to(&frame);
		kernel::Resumed resumed = kernel::return_to_user(world_.kernel, kernel::send(alone, signal), memory_);
		memory_.log_writes_to(nullptr);
		resumed.thread.signals.pending = thread.signals.pending;
		tell_boundary({thread, ghost, {world_.isa(), world_.truth, {thread.cpu.pc}, thread.cpu, ghost, ghost, {}, memory_}, boundary}, depth);
		tell(Told::taken, depth, boundary, signal);
		if (resumed.fate == kernel::Fate::killed) {
			dead_ = killed_on_delivery(thread, resumed.killed_by);
			judge({signal, thread, ghost, std::move(before), observed}, resumed.thread, Course{.end = dead_}, thread, boundary);
			return false;
		}
		film({Told::taken, signal, thread, resumed.thread, ghost.owner, ghost.owner, frame, memory_});
		Result<Course> handler = level(CourseOf::handler, resumed.thread, handler_ghost(ghost), static_cast<uint8_t>(depth + 1));
		if (!handler) return handler.error();
		// If one that interrupted it has died or jumped out, it never came to an end that could be judged.
		const bool judged = !handler->stopped;
		const Thread& after = handler->between ? *handler->between : handler->thread;
		if (judged) judge({signal, thread, ghost, std::move(before), observed}, resumed.thread, *handler, after, boundary);
		dead_ = handler->end;
		if (handler->end.kind == EndKind::left) return jump(after, thread, ghost, depth, boundary);
		if (handler->end.kind != EndKind::completed) return false;
		film({Told::returned, {}, handler->leaving, after, handler->ghost.owner, ghost.owner, {}, memory_});
		thread = after;
		tell(Told::returned, depth, boundary, std::nullopt);
		return true;
	}

	// Judges a handler's run, and leaves memory as the interrupted code may rely on it.
	void judge(const Before& before, const Thread& entered, const Course& handler, const Thread& after, uint32_t boundary) {
		Snapshot shadow = before.memory;
		keep_clock(memory_, shadow);
		const Observed observed = read_observed(memory_);
		const std::vector<Change> changes = live_changes(world_, memory_, shadow, before.thread.cpu.sp);
		Violations violations;
		check_delivery({world_.isa(), world_.truth, before.signal, before.ghost, before.thread, entered, handler.leaving, after,
		                handler.end, before.observed, observed, changes}, violations);
		note(violations, last_event_.value_or(boundary), {before.thread.cpu.pc});
		if (handler.end.kind != EndKind::completed) return;
		shadow.restore(memory_);
		for (const Change& change : changes) (void)memory_.place_word(change.at, change.after, world_.isa().word);
	}

	void note(const Violations& violations, uint32_t at, GuestAddr pc) { add_findings(violations, at, pc, last_event_, trace_.findings); }

	Result<Course> follow(CourseOf what, const Thread& thread, const Ghost& ghost, uint8_t depth, uint32_t first,
	                      std::optional<uint32_t> stop) {
		Thread before = thread;
		last_seen_ = thread;
		const auto on_moment = [&](const Moment& moment) {
			const uint32_t boundary = first + moment.boundary;
			if (moment.boundary > 0) {
				film({Told::boundary, {}, before, moment.thread, moment.step.ghost_before.owner, moment.ghost.owner, moment.step.writes, memory_});
			}
			before = moment.thread;
			last_seen_ = moment.thread;
			if (stop && boundary == *stop) return false;
			tell_boundary({moment.thread, moment.ghost, moment.step, boundary}, depth);
			entered_vdso_ = entered_vdso_ || moment.ghost.in_vdso;
			if (depth == 0) last_boundary_ = boundary;
			Violations violations;
			if (boundary > 0) check_step(moment.step, violations);
			note(violations, depth == 0 ? boundary : last_event_.value_or(0), {moment.thread.cpu.pc});
			return true;
		};
		return run_course(world_, machine_, what, thread, ghost, on_moment);
	}

	void tell_boundary(const Moment& moment, uint8_t depth) {
		if (on_trace_) return;
		const Cpu& cpu = moment.thread.cpu;
		TraceLine line{.depth = depth, .boundary = moment.boundary, .signal = {}, .pc = cpu.pc, .g_register = cpu.gpr[world_.isa().g],
		               .owner = moment.ghost.owner, .slot = {}, .tls = {}, .in_vdso = moment.ghost.in_vdso, .state = {}};
		if (world_.truth.slot) line.slot = memory_.load_word(*world_.truth.slot, world_.isa().word);
		if (asks_tls(world_.scenario)) line.tls = memory_.load_word({cpu.tls + TLS_G}, world_.isa().word);
		if (depth == 0 || keep_ == Keep::everything) {
			line.state.thread = moment.thread;
			line.state.ghost = moment.ghost;
			take_delta(memory_, base_, kept(cpu.sp), line.state.memory);
		}
		trace_.lines.push_back(std::move(line));
	}

	void film(const TraceMoment& moment) const {
		if (on_trace_) on_trace_(moment);
	}

	[[nodiscard]] std::vector<GuestRange> kept(uint64_t sp) const {
		if (keep_ == Keep::everything) return {{{0}, {UINT64_MAX}}};
		const std::array<uint64_t, 1> sps = {sp};
		return live_ranges(world_, memory_, sps);
	}

	void tell(Told told, uint8_t depth, uint32_t boundary, std::optional<Signal> signal) {
		trace_.lines.push_back({.told = told, .depth = depth, .boundary = boundary, .signal = signal, .slot = {}, .tls = {}, .state = {}});
	}

	const World& world_;
	Machine& machine_;
	Memory& memory_;
	const Schedule& schedule_;
	const Keep keep_;
	const OnTrace& on_trace_;
	const Snapshot base_;
	size_t next_ = 0;                     // event of the schedule
	Trace trace_;
	End dead_;                            // how the process ended inside a handler
	Thread last_seen_;                    // of the walk under way, a handler's or the interrupted code's
	std::optional<Thread> jumped_to_;     // a handler has jumped out: where to, until all that were open are given up
	bool entered_vdso_ = false;
	uint32_t last_boundary_ = 0;          // of the walk
	std::optional<uint32_t> last_event_;  // the boundary of the walk at which the last event came
};

}  // namespace

Result<Trace> trace(const World& world, Machine& machine, const Schedule& schedule, Keep keep, const OnTrace& on_trace) {
	if (Status loaded = machine.load(world.plan); !loaded) return loaded.error();
	return Tracer(world, machine, schedule, keep, on_trace).run();
}

}  // namespace siglab
