#include "explore/shrink.h"

#include <fmt/format.h>

#include <set>

namespace siglab {
namespace {

using Events = std::ptrdiff_t;

// Where the events end that happen inside the handler of the one at `i`.
size_t end_of_handler(const Schedule& schedule, size_t i) {
	size_t end = i + 1;
	while (end < schedule.size() && schedule[end].depth > schedule[i].depth) ++end;
	return end;
}

// The event in whose handler the one at `i` comes; requires depth > 0.
size_t opener_of(const Schedule& schedule, size_t i) {
	size_t opener = i;
	while (opener > 0 && schedule[opener].depth >= schedule[i].depth) --opener;
	return opener;
}

Schedule without(Schedule schedule, size_t from, size_t to) {
	schedule.erase(schedule.begin() + static_cast<Events>(from), schedule.begin() + static_cast<Events>(to));
	return schedule;
}

// The event at `i` and what happens in its handler, one handler further out: at the boundary that its own handler has interrupted.
Schedule further_out(Schedule schedule, size_t i) {
	const size_t end = end_of_handler(schedule, i);
	const uint32_t boundary = schedule[opener_of(schedule, i)].boundary;
	for (size_t at = i; at < end; ++at) --schedule[at].depth;
	schedule[i].boundary = boundary;
	// What is left of the handler that it came from happens before it.
	size_t rest = end;
	while (rest < schedule.size() && schedule[rest].depth > schedule[i].depth) ++rest;
	std::rotate(schedule.begin() + static_cast<Events>(i), schedule.begin() + static_cast<Events>(end),
	            schedule.begin() + static_cast<Events>(rest));
	return schedule;
}

// The earliest boundary that keeps the order: that of the event before it in the same walk.
uint32_t earliest(const Schedule& schedule, size_t i) {
	for (size_t at = i; at-- > 0 && schedule[at].depth >= schedule[i].depth;) {
		if (schedule[at].depth == schedule[i].depth) return schedule[at].boundary;
	}
	return 0;
}

class Shrinker {
   public:
	Shrinker(const World& world, Machine& machine, Schedule schedule, Verdict verdict, uint32_t max_replays)
		: world_(world), machine_(machine), verdict_(verdict), max_replays_(max_replays), best_(std::move(schedule)) {}

	Result<Shrunk> run() {
		Result<Trace> first = trace(world_, machine_, best_);
		if (!first) return first.error();
		if (!shown_by(*first)) {
			return Error{Exit::usage, fmt::format("'{}' does not show {} ({})", print_schedule(best_), property_name(verdict_.property),
			                                      kind_name(verdict_.kind))};
		}
		replays_ = 1;
		// Each round takes something away, so this ends.
		for (const TraceLine& line : first->lines) {
			if (line.depth == 0) last_ = std::max(last_, line.boundary);
		}
		while (leave_out() || move_out() || move_back() || make_up()) {}
		if (failed_) return *failed_;
		return Shrunk{best_, replays_, replays_ < max_replays_};
	}

   private:
	[[nodiscard]] bool shown_by(const Trace& trace) const {
		const auto same = [this](const Finding& finding) { return finding.verdict == verdict_; };
		return std::any_of(trace.findings.begin(), trace.findings.end(), same);
	}

	// Replays it. If it shows the verdict, it is the best so far.
	bool better(Schedule candidate) {
		candidate = counted(std::move(candidate));
		if (failed_ || replays_ >= max_replays_ || !tried_.insert(print_schedule(candidate)).second) return false;
		++replays_;
		Result<Trace> replayed = trace(world_, machine_, candidate);
		if (!replayed) {
			// What cannot happen does not show anything.
			if (replayed.error().exit != Exit::usage) failed_ = replayed.error();
			return false;
		}
		if (!shown_by(*replayed)) return false;
		best_ = std::move(candidate);
		return true;
	}

	// Events, many at once first, each with what happens in its handler; or without that: it then happens one handler further out.
	bool leave_out() {
		bool any = false;
		for (size_t count = std::max<size_t>(best_.size() / 2, 1); count > 0; count /= 2) {
			for (size_t i = 0; i < best_.size();) {
				const size_t end = end_of_handler(best_, std::min(i + count, best_.size()) - 1);
				const bool done = better(without(best_, i, end)) || (count == 1 && better(unwrapped(i)));
				any = any || done;
				if (!done) ++i;
			}
		}
		return any;
	}

	[[nodiscard]] Schedule unwrapped(size_t i) const {
		Schedule schedule = best_;
		const size_t end = end_of_handler(schedule, i);
		for (size_t at = i + 1; at < end; ++at) {
			if (--schedule[at].depth == schedule[i].depth) schedule[at].boundary = schedule[i].boundary;
		}
		return without(std::move(schedule), i, i + 1);
	}

	bool move_out() {
		bool any = false;
		for (size_t i = 0; i < best_.size(); ++i) {
			while (best_[i].depth > 0 && better(further_out(best_, i))) any = true;
		}
		return any;
	}

	bool at_boundary(size_t i, uint32_t boundary) {
		Schedule candidate = best_;
		candidate[i].boundary = boundary;
		return better(std::move(candidate));
	}

	// Towards the earliest boundary: by halves, which is quick, and then one by one from the start, which misses none.
	bool move_back() {
		bool any = false;
		for (size_t i = 0; i < best_.size(); ++i) {
			const uint32_t first = earliest(best_, i);
			for (uint32_t step = best_[i].boundary - std::min(first, best_[i].boundary); step > 0;) {
				const bool done = at_boundary(i, best_[i].boundary - step);
				any = any || done;
				step = done ? std::min(step, best_[i].boundary - first) : step / 2;
			}
			for (uint32_t boundary = first; boundary < best_[i].boundary; ++boundary) any = at_boundary(i, boundary) || any;
		}
		return any;
	}

	// One event of the walk less, if another comes elsewhere instead: two that only make up for each other are as good as one.
	bool make_up() {
		for (size_t left_out = 0; left_out < best_.size(); ++left_out) {
			const Schedule fewer = without(best_, left_out, end_of_handler(best_, left_out));
			for (size_t i = 0; i < fewer.size(); ++i) {
				if (fewer[i].depth == 0 && elsewhere(fewer, i)) return true;
			}
		}
		return false;
	}

	bool elsewhere(const Schedule& schedule, size_t i) {
		for (uint32_t boundary = earliest(schedule, i); boundary <= last_; ++boundary) {
			Schedule candidate = schedule;
			candidate[i].boundary = boundary;
			if (better(std::move(candidate))) return true;
		}
		return false;
	}

	const World& world_;
	Machine& machine_;
	const Verdict verdict_;
	const uint32_t max_replays_;
	Schedule best_;
	std::set<std::string> tried_;
	uint32_t replays_ = 0;
	uint32_t last_ = 0;  // boundary of the walk, with the first schedule's events in it
	std::optional<Error> failed_;
};

}  // namespace

Result<Shrunk> shrink(const World& world, Machine& machine, const Schedule& schedule, Verdict verdict, uint32_t max_replays) {
	return Shrinker(world, machine, schedule, verdict, max_replays).run();
}

}  // namespace siglab
