// Every schedule of a few events, one after the other: no visited set, no canonical states, no short cut. The explorer is held
// against it.
//
// Memory is kept as the guest left it, dead stack and all: if it mattered, the two would disagree. But what a handler noted for the lab is
// put back at its return: who it interrupted has notes of its own to be judged by.
#pragma once

#include <map>
#include <set>

#include "explore/delivery.h"
#include "explore/findings.h"
#include "explore/live.h"
#include "guest_asm/layout.h"
#include "lab_fixture.h"

namespace siglab::test {

// What one verdict takes: events of a shortest schedule, and the boundaries of the walk at which an event, as the last one, makes the
// difference.
struct Takes {
	size_t events = SIZE_MAX;
	std::set<uint32_t> window;
	bool operator==(const Takes&) const = default;
};
using Takings = std::map<Verdict, Takes>;

inline void PrintTo(const Takes& takes, std::ostream* out) {
	*out << takes.events << " events, the last at";
	for (const uint32_t boundary : takes.window) *out << ' ' << boundary;
}

// What the explorer says of the same.
inline Takings takings_of(const Exploration& found) {
	Takings takings;
	for (const Finding& finding : siglab::shortest_findings(found)) {
		takings[finding.verdict] = {finding.schedule.size(), {finding.window.begin(), finding.window.end()}};
	}
	return takings;
}

class Naive {
   public:
	Naive(const World& world, Machine& machine, std::span<const Signal> signals, uint32_t events, uint32_t ticks, uint32_t nesting = 1)
		: world_(world), machine_(machine), memory_(loaded(world, machine)), start_(memory_), signals_(signals),
		  signals_left_(events), ticks_left_(ticks), nesting_(nesting) {}

	Takings run() {
		explore({{}, world_.start, world_.ghost, Snapshot(memory_), 0, {}}, {}, {signals_left_, ticks_left_, 0}, std::nullopt);
		return std::move(takings_);
	}
	[[nodiscard]] size_t schedules() const { return schedules_; }

   private:
	using Verdicts = std::set<Verdict>;

	static Memory& loaded(const World& world, Machine& machine) {
		EXPECT_TRUE(machine.load(world.plan).ok());
		return machine.memory();
	}

	struct Frame {
		Signal signal;
		Thread thread, entered;
		Ghost ghost;
		Snapshot memory;
		Observed observed;
		uint32_t boundary;
	};
	// A boundary with all that is known there.
	struct Point {
		std::vector<std::shared_ptr<const Frame>> frames;
		Thread thread;
		Ghost ghost;
		Snapshot memory;
		uint32_t boundary;
		Verdicts shown;
	};
	struct Left {
		uint32_t signals, ticks, events;
	};

	// `p` has just come about by an event, without which `known` is all that shows.
	void explore(const Point& p, const Verdicts& known, Left left, std::optional<uint32_t> last) {
		std::vector<Point> points;
		const Verdicts all = run_out(p, left, points);
		note(all, known, left.events, last);
		for (const Point& point : points) {
			const uint32_t at = point.frames.empty() ? point.boundary : point.frames.front()->boundary;
			for (const Signal signal : signals_) {
				const Left after{left.signals - 1, left.ticks, left.events + 1};
				if (left.signals > 0 && can_take(point, signal)) deliver(point, signal, all, after, at);
			}
			if (left.ticks > 0) tick(point, all, {left.signals, left.ticks - 1, left.events + 1}, at);
		}
	}

	void note(const Verdicts& all, const Verdicts& known, uint32_t events, std::optional<uint32_t> last) {
		++schedules_;
		for (const Verdict& verdict : all) {
			if (known.contains(verdict)) continue;
			Takes& takes = takings_[verdict];
			takes.events = std::min<size_t>(takes.events, events);
			if (last) takes.window.insert(*last);
		}
	}

	[[nodiscard]] bool can_take(const Point& point, Signal signal) const {
		return point.frames.size() <= nesting_ && kernel::deliverable(point.thread.signals, signal);
	}

	void add(const Violations& violations, Verdicts& shown) {
		for (const Violation& violation : violations) shown.insert(violation.verdict);
	}

	// To the end of the process or the walk; handlers return on the way. Where an event could come, the point is kept.
	Verdicts run_out(Point now, const Left& left, std::vector<Point>& points) {
		now.memory.restore(memory_);
		for (;;) {
			const auto on_moment = [&](const Moment& moment) {
				Violations violations;
				const bool first = moment.boundary == 0 && now.boundary == 0;
				if (!first) check_step(moment.step, violations);
				add(violations, now.shown);
				entered_vdso_ = entered_vdso_ || moment.ghost.in_vdso;
				Point here{now.frames, moment.thread, moment.ghost, {}, now.boundary + moment.boundary, now.shown};
				const auto takes = [&](Signal signal) { return left.signals > 0 && can_take(here, signal); };
				if (left.ticks == 0 && std::none_of(signals_.begin(), signals_.end(), takes)) return true;
				here.memory = Snapshot(memory_);
				points.push_back(std::move(here));
				return true;
			};
			const CourseOf what = now.frames.empty() ? CourseOf::walk : CourseOf::handler;
			Result<Course> course = run_course(world_, machine_, what, now.thread, now.ghost, on_moment);
			EXPECT_TRUE(course.ok());
			if (now.frames.empty()) {
				Violations violations;
				check_end({world_.truth, course->end, entered_vdso_, world_.scenario.function != Function::native}, violations);
				add(violations, now.shown);
				return now.shown;
			}
			judge_end(*course, now);
			if (course->end.kind != EndKind::left && course->end.kind != EndKind::completed) return now.shown;
		}
	}

	// A return gives the CPU back to who was interrupted; a jump out of the handler, to the walk, and nobody else is left.
	void judge_end(const Course& course, Point& now) {
		const Frame& was = *now.frames.back();
		judge(was, was.entered, course.leaving, course.thread, course.end, now.shown);
		const bool left = course.end.kind == EndKind::left;
		const Frame& back = left ? *now.frames.front() : was;
		now.thread = course.thread;
		now.ghost = left ? course.ghost : was.ghost;
		now.boundary = back.boundary;
		const Region& notes = *memory_.find({OBSERVER});
		const Snapshot& noted = left ? start_ : was.memory;
		EXPECT_TRUE(memory_.place(notes.range.begin, noted.bytes(notes.range.begin, notes.range.size())));
		now.frames.resize(left ? 0 : now.frames.size() - 1);
	}

	void judge(const Frame& was, const Thread& entered, const Thread& leaving, const Thread& after, const End& end, Verdicts& shown) {
		Snapshot shadow = was.memory;
		keep_clock(memory_, shadow);
		const std::vector<Change> changes = live_changes(world_, memory_, shadow, was.thread.cpu.sp);
		Violations violations;
		check_delivery({world_.isa(), world_.truth, was.signal, was.ghost, was.thread, entered, leaving, after, end, was.observed,
		                read_observed(memory_), changes}, violations);
		add(violations, shown);
	}

	void deliver(const Point& point, Signal signal, const Verdicts& known, Left left, std::optional<uint32_t> at) {
		point.memory.restore(memory_);
		const Observed observed = read_observed(memory_);
		const kernel::Resumed resumed = kernel::return_to_user(world_.kernel, kernel::send(point.thread, signal), memory_);
		const Frame frame{signal, point.thread, resumed.thread, point.ghost, point.memory, observed, point.boundary};
		Point next{point.frames, resumed.thread, handler_ghost(point.ghost), {}, 0, point.shown};
		if (resumed.fate == kernel::Fate::killed) {
			judge(frame, resumed.thread, {}, {}, killed_on_delivery(point.thread, resumed.killed_by), next.shown);
			return note(next.shown, known, left.events, at);
		}
		next.frames.push_back(std::make_shared<const Frame>(frame));
		next.memory = Snapshot(memory_);
		explore(next, known, left, at);
	}

	void tick(const Point& point, const Verdicts& known, Left left, std::optional<uint32_t> at) {
		point.memory.restore(memory_);
		Point next = point;
		next.thread = kernel::tick(world_.kernel, point.thread, kTickNs, memory_);
		next.memory = Snapshot(memory_);
		explore(next, known, left, at);
	}

	const World& world_;
	Machine& machine_;
	Memory& memory_;
	const Snapshot start_;
	std::span<const Signal> signals_;
	uint32_t signals_left_, ticks_left_, nesting_;
	bool entered_vdso_ = false;
	size_t schedules_ = 0;
	Takings takings_;
};

}  // namespace siglab::test
