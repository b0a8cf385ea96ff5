#include "explore/explorer.h"

#include <fmt/format.h>

#include <deque>

#include "explore/bounds.h"
#include "explore/handler_runs.h"
#include "explore/identity.h"
#include "explore/live.h"

namespace siglab {
namespace {

class Explorer {
   public:
	Explorer(const World& world, Machine& machine, std::span<const Signal> signals, const Limits& limits)
		: world_(world), machine_(machine), memory_(machine.memory()), signals_(signals), limits_(limits), base_(memory_), shadow_(base_),
		  handlers_(world, machine, signals, limits.watch_every_handler, limits.longest_run) {}

	Result<Exploration> run() {
		seeds_.push_back(first_seed());
		found_.bytes = bytes_of(seeds_.front());
		while (!seeds_.empty() && found_.outcome == Outcome::exhausted) {
			const Seed seed = std::move(seeds_.front());
			seeds_.pop_front();
			found_.bytes -= bytes_of(seed);
			if (Status done = go_on_from(seed); !done) return done.error();
		}
		return std::move(found_);
	}

   private:
	[[nodiscard]] Seed first_seed() const { return {.state = {.thread = world_.start, .memory = {}, .ghost = world_.ghost}, .open = {}}; }
	[[nodiscard]] bool faulty(SearchFault fault) const { return limits_.faults.test(static_cast<size_t>(fault)); }

	void broke(NodeId at, Shows shows, uint32_t edge, const Violations& violations) {
		for (const Violation& violation : violations) {
			graph_.broke(at, shows, edge, violation);
			if (limits_.enough && limits_.enough(found_)) found_.outcome = Outcome::interrupted;
		}
	}

	// One stretch of execution, up to its end or to a state that is known.
	struct Stretch {
		Walk walk;
		NodeId first = kNone;
		NodeId last = kNone;
		std::optional<End> goes_round;
	};

	Status go_on_from(const Seed& seed) {
		restore(memory_, base_, seed.state.memory);
		Stretch stretch;
		const auto on_moment = [&](const Moment& moment) { return visit(seed, stretch, moment); };
		const CourseOf what = seed.open.empty() ? CourseOf::walk : CourseOf::handler;
		Result<Course> course = run_course(world_, machine_, what, seed.state.thread, seed.state.ghost, on_moment, {.longest = limits_.longest_run});
		if (!course) return course.error();
		if (stretch.goes_round) course->end = *stretch.goes_round;
		if (!course->stopped || stretch.goes_round) {
			const bool walk = seed.open.empty();
			if (Status done = walk ? end_walk(seed, *course, stretch) : end_handler(seed, *course, stretch); !done) return done;
		}
		if (seed.parent == kNone) undisturbed_ = &stretch.walk;
		Status tried = try_events(seed, stretch);
		if (seed.parent == kNone) found_.walk = std::move(stretch.walk);
		return tried;
	}

	bool visit(const Seed& seed, Stretch& stretch, const Moment& moment) {
		const bool begins = stretch.last == kNone;
		if (!begins) broke_at_step(stretch.last, moment.step);
		const std::optional<Hash128> key = named_ ? std::optional{key_of(seed, moment.thread, moment.ghost)} : std::nullopt;
		const NodeId known = key ? graph_.find(*key) : kNone;
		if (known == kNone && bounds_.is_over(seeds_.size() + 1)) return false;
		const NodeId here = known != kNone ? known : static_cast<NodeId>(found_.nodes.size());
		graph_.link(begins ? seed.parent : stretch.last, begins ? seed.edge : kNone, here);
		if (known != kNone) {
			if (stretch.first != kNone && known >= stretch.first) stretch.goes_round = runs_for_ever(moment);
			return false;
		}
		add_node(seed, stretch, moment, key);
		return true;
	}

	// Of the state that memory is in.
	Hash128 key_of(const Seed& seed, const Thread& thread, const Ghost& ghost) {
		identity_.capture(thread, ghost, seed.open, scratch_);
		return identity_.key_of(scratch_, seed.open, graph_);
	}

	// Something goes on elsewhere, and may come back to the undisturbed walk: where nobody is told of its states they have had no names until now.
	// Leaves memory as it is where events are tried.
	void name_the_walk() {
		named_ = true;
		const Seed start = first_seed();
		restore(memory_, base_, start.state.memory);
		for (uint32_t i = 0; i < undisturbed_->boundaries(); ++i) {
			for (const Write& write : undisturbed_->writes(i)) (void)memory_.place(write.at, write.data());
			graph_.name(i, key_of(start, undisturbed_->thread(i), undisturbed_->ghost(i)));
		}
		shadow_.restore(memory_);
	}

	void add_node(const Seed& seed, Stretch& stretch, const Moment& moment, const std::optional<Hash128>& key) {
		const bool begins = stretch.last == kNone;
		const Cpu& cpu = moment.thread.cpu;
		const NodeId id = graph_.add({.hash = {}, .pc = cpu.pc, .boundary = seed.boundary + moment.boundary,
		                              .depth = static_cast<uint8_t>(seed.open.size()),
		                              .dirty = cpu.gpr[world_.isa().g] != moment.ghost.owner,
		                              .parent = begins ? seed.parent : stretch.last, .edge = begins ? seed.edge : kNone});
		if (key) graph_.name(id, *key);
		if (begins) stretch.first = id;
		stretch.last = id;
		stretch.walk.add(moment);
		Violations violations;
		check_step({world_.isa(), world_.truth, {}, cpu, moment.ghost, moment.ghost, {}, memory_}, violations);
		broke(id, Shows::state, kNone, violations);
	}

	void broke_at_step(NodeId from, const StepView& step) {
		Violations violations;
		check_step(step, violations);
		broke(from, Shows::step, kNone, violations);
	}

	// The run is in a state that it was in before, and will be for ever.
	[[nodiscard]] End runs_for_ever(const Moment& moment) const {
		const GuestAddr pc{moment.thread.cpu.pc};
		return {EndKind::livelock, pc, fmt::format("{} runs for ever: the whole state comes again", world_.describe(pc))};
	}

	Status end_walk(const Seed& seed, const Course& course, const Stretch& stretch) {
		// Of a walk that goes on from the middle, nobody can say that it should have gone through the vDSO.
		const bool asks_time = seed.parent == kNone && world_.scenario.function != Function::native;
		Violations violations;
		check_end({world_.truth, course.end, stretch.walk.entered_vdso, asks_time}, violations);
		broke(stretch.last, Shows::step, kNone, violations);
		bounds_.reached(course.end);
		return Done{};
	}

	// ---- the end of a handler whose boundaries are nodes ----

	Status end_handler(const Seed& seed, Course& course, const Stretch& stretch) {
		const Interrupted& was = *seed.open.back();
		const uint64_t sp = was.state.thread.cpu.sp;
		shadow_ = base_;
		shadow_.apply(was.state.memory);
		keep_clock(memory_, shadow_);
		const Observed observed = read_observed(memory_);
		const std::vector<Change> changes = live_changes(world_, memory_, shadow_, sp);
		if (course.between && course.end.kind == EndKind::completed) course.end = takes_another(world_, course.leaving);
		Violations violations;
		check_delivery({world_.isa(), world_.truth, was.signal, was.state.ghost, was.state.thread, was.entered, course.leaving,
		                course.thread, course.end, was.observed, observed, changes}, violations);
		broke(stretch.last, Shows::step, kNone, violations);
		graph_.judged(was.edge, violations);
		bounds_.reached(course.end);
		if (course.end.kind == EndKind::left) return jump(course.thread, seed, seed.signals, stretch.last, kNone);
		if (course.end.kind != EndKind::completed) return Done{};

		shadow_.restore(memory_);
		for (const Change& change : changes) (void)memory_.place_word(change.at, change.after, world_.isa().word);
		Seed back{.state = {}, .open = {seed.open.begin(), seed.open.end() - 1},
		          .boundary = graph_.node(found_.edges[was.edge].from).boundary, .signals = seed.signals, .parent = stretch.last};
		identity_.capture(course.thread, was.state.ghost, back.open, back.state);
		return enqueue(std::move(back));
	}

	// A handler has jumped out, over memory as it is now: all that were open are abandoned. `seed`: of the code whose event or end it was.
	Status jump(const Thread& to, const Seed& seed, uint32_t signals, NodeId parent, uint32_t edge) {
		// The walk has come no further: the boundary is the one at which the first of them came.
		const NodeId on_walk = seed.open.empty() ? parent : found_.edges[seed.open.front()->edge].from;
		Seed away{.state = {}, .open = {}, .boundary = graph_.node(on_walk).boundary, .signals = signals, .parent = parent, .edge = edge};
		wipe_notes(memory_, base_);
		identity_.capture(to, ghost_after_jump(world_.truth), away.open, away.state);
		return enqueue(std::move(away));
	}

	// A return is no event: it stands before everything that costs one more.
	Status enqueue(Seed seed) {
		if (!named_) name_the_walk();
		if (const NodeId known = graph_.find(identity_.key_of(seed.state, seed.open, graph_)); known != kNone) {
			graph_.link(seed.parent, seed.edge, known);
			return Done{};
		}
		found_.bytes += bytes_of(seed);
		if (seed.edge == kNone) {
			seeds_.push_front(std::move(seed));
		} else {
			seeds_.push_back(std::move(seed));
		}
		return Done{};
	}

	Status try_events(const Seed& seed, const Stretch& stretch) {
		const bool spent = limits_.budget.signals && seed.signals >= *limits_.budget.signals && limits_.budget.ticks == 0;
		if (stretch.first == kNone || spent) return Done{};
		restore(memory_, base_, seed.state.memory);
		shadow_.take(memory_);
		for (uint32_t i = 0; i < stretch.walk.boundaries(); ++i) {
			if (limits_.interrupted != nullptr && limits_.interrupted->load()) found_.outcome = Outcome::interrupted;
			// Whoever waits for the first thing that breaks has waited long enough when a run does not end.
			if (found_.outcome == Outcome::interrupted || (limits_.enough && found_.outcome != Outcome::exhausted)) return Done{};
			for (const Write& write : stretch.walk.writes(i)) {
				(void)memory_.place(write.at, write.data());
				shadow_.apply(write);
			}
			if (faulty(SearchFault::boundary_skipped) && i % 16 == 7) continue;
			const Here here{stretch.first + i, stretch.walk.thread(i), stretch.walk.ghost(i), seed};
			if (Status tried = try_events_at(here); !tried) return tried;
		}
		return Done{};
	}

	struct Here {
		NodeId node;
		Thread thread;
		const Ghost& ghost;
		const Seed& seed;
	};

	// Where the engine could not have stopped, what it would show of an event is not what would have happened.
	bool out_of_reach(const Here& here) {
		if (stops_anywhere(machine_.recorder_kind()) || (here.thread.cpu.flags & world_.isa().it_bits) == 0) return false;
		const uint32_t boundary = here.seed.open.empty() ? graph_.node(here.node).boundary : outermost(here.seed);
		std::vector<uint32_t>& all = found_.not_injected;
		const auto place = std::lower_bound(all.begin(), all.end(), boundary);
		if (place == all.end() || *place != boundary) all.insert(place, boundary);
		return true;
	}

	// The walk's boundary at which the first of the open handlers was entered.
	[[nodiscard]] uint32_t outermost(const Seed& seed) const { return graph_.node(found_.edges[seed.open.front()->edge].from).boundary; }

	Status try_events_at(const Here& here) {
		if (out_of_reach(here)) return Done{};
		const size_t depth = here.seed.open.size();
		for (size_t i = 0; i < signals_.size(); ++i) {
			const Signal signal = signals_[i];
			if (limits_.budget.signals && here.seed.signals >= *limits_.budget.signals) break;
			if (faulty(SearchFault::event_skipped) && i == 0 && here.node == 5) continue;
			if (!kernel::deliverable(here.thread.signals, signal)) {
				found_.nodes[here.node].masked |= static_cast<uint8_t>(1u << i);
				found_.masked += depth == 0 ? 1 : 0;
			} else if (depth > limits_.budget.nesting || below_stack(here.thread)) {
				found_.nesting_cut = true;
			} else if (Status done = deliver(here, signal); !done) {
				return done;
			}
		}
		if (ticks_left(here.thread)) return tick(here);
		return Done{};
	}

	// Where signals may nest until the signal stack overflows, a handler that runs below it is the last one.
	[[nodiscard]] bool below_stack(const Thread& thread) const {
		return limits_.budget.nesting == kUntilOverflow && world_.truth.neighbour.contains({thread.cpu.sp});
	}

	[[nodiscard]] bool ticks_left(const Thread& thread) const {
		const int64_t moved = thread.signals.clock.monotonic_ns - world_.start.signals.clock.monotonic_ns;
		return moved < int64_t{limits_.budget.ticks} * kTickNs;
	}

	Status tick(const Here& here) {
		const uint32_t edge = graph_.add_edge(here.node, std::nullopt);
		found_.edges[edge].fired = true;
		const Thread ticked = kernel::tick(world_.kernel, here.thread, kTickNs, memory_);
		Seed seed = after(here, edge);
		identity_.capture(ticked, here.ghost, seed.open, seed.state);
		shadow_.restore(memory_);
		return enqueue(std::move(seed));
	}

	// The interrupted code goes on after that edge, in a state that is still to be captured.
	[[nodiscard]] Seed after(const Here& here, uint32_t edge) const {
		return {.state = {}, .open = here.seed.open, .boundary = graph_.node(here.node).boundary, .signals = here.seed.signals,
		        .parent = here.node, .edge = edge};
	}

	// Whether anything can happen between the handler's first instruction and its return.
	bool happens_inside(const Here& here, Signal signal) {
		if (ticks_left(here.thread)) return true;
		if (limits_.budget.signals && here.seed.signals + 1 >= *limits_.budget.signals) return false;
		const SignalSet inside = kernel::blocked_in_handler(here.thread.signals, signal);
		const bool open = std::any_of(signals_.begin(), signals_.end(), [&](Signal s) { return (inside & bit(s)) == 0; });
		const bool deep = here.seed.open.size() + 1 > limits_.budget.nesting;
		found_.nesting_cut = found_.nesting_cut || (open && deep);
		return open && !deep;
	}

	Status deliver(const Here& here, Signal signal) {
		const uint32_t edge = graph_.add_edge(here.node, signal);
		found_.nested = found_.nested || !here.seed.open.empty();
		return happens_inside(here, signal) ? enter(here, signal, edge) : pass_through(here, signal, edge, MayEnter::yes);
	}

	// The handler's boundaries become nodes.
	Status enter(const Here& here, Signal signal, uint32_t edge) {
		Interrupted was{.signal = signal, .edge = edge, .state = {}, .entered = {}, .observed = read_observed(memory_)};
		identity_.capture(here.thread, here.ghost, here.seed.open, was.state);
		kernel::Resumed resumed = kernel::return_to_user(world_.kernel, kernel::send(here.thread, signal), memory_);
		if (resumed.fate == kernel::Fate::killed || below_stack(resumed.thread)) {
			shadow_.restore(memory_);
			return pass_through(here, signal, edge, MayEnter::no);
		}
		was.entered = resumed.thread;
		Seed seed = after(here, edge);
		seed.boundary = 0;
		++seed.signals;
		seed.open.push_back(std::make_shared<const Interrupted>(std::move(was)));
		identity_.capture(resumed.thread, handler_ghost(here.ghost), seed.open, seed.state);
		shadow_.restore(memory_);
		return enqueue(std::move(seed));
	}

	enum class MayEnter : uint8_t { no, yes };

	// The handler's run is one edge.
	Status pass_through(const Here& here, Signal signal, uint32_t edge, MayEnter may_enter) {
		const Observed before = read_observed(memory_);
		const Result<const Watched*> ran = handlers_.run(shadow_, here.thread, here.ghost, signal, before);
		if (!ran) return ran.error();
		const Watched* watched = *ran;
		const bool more = !limits_.budget.signals || here.seed.signals + 1 < *limits_.budget.signals;
		if (watched->opens_mask && more) {
			// A handler that opens its mask itself: it must be looked into, if it is not too deep for that.
			const bool deep = here.seed.open.size() + 1 > limits_.budget.nesting;
			if (!deep && may_enter == MayEnter::yes) return enter(here, signal, edge);
			found_.nesting_cut = true;
		}
		judge(here, signal, edge, before, *watched);
		const Delivery& delivery = watched->delivery;
		if (!delivery.lasting && delivery.end.kind != EndKind::left) {
			if (delivery.end.kind == EndKind::completed) graph_.link(here.node, edge, here.node);
			return Done{};
		}
		for (const Change& change : delivery.changes) (void)memory_.place_word(change.at, change.after, world_.isa().word);
		const Status done = delivery.lasting ? go_on(here, delivery.after, edge)
		                                     : jump(delivery.after, here.seed, here.seed.signals + 1, here.node, edge);
		shadow_.restore(memory_);
		return done;
	}

	Status go_on(const Here& here, const Thread& thread, uint32_t edge) {
		Seed seed = after(here, edge);
		++seed.signals;
		identity_.capture(thread, here.ghost, seed.open, seed.state);
		return enqueue(std::move(seed));
	}

	void judge(const Here& here, Signal signal, uint32_t edge, const Observed& before, const Watched& watched) {
		const Delivery& delivery = watched.delivery;
		Violations violations;
		check_delivery({world_.isa(), world_.truth, signal, here.ghost, here.thread, delivery.entered, delivery.leaving, delivery.after,
		                delivery.end, before, delivery.observed, delivery.changes}, violations);
		graph_.judged(edge, violations);
		bounds_.reached(delivery.end);
		// What broke inside the handler came before what its return shows; what was noted first of all is R and T.
		const auto shows_before = [](const Violation& violation) { return violation.verdict.property != Property::transparent_return; };
		const auto split = std::stable_partition(violations.begin(), violations.end(), shows_before);
		broke(here.node, Shows::edge, edge, {violations.begin(), split});
		broke(here.node, Shows::edge, edge, watched.inside);
		broke(here.node, Shows::edge, edge, {split, violations.end()});
	}

	const World& world_;
	Machine& machine_;
	Memory& memory_;
	std::span<const Signal> signals_;
	const Limits& limits_;
	const Snapshot base_;
	const Identity identity_{world_, memory_, base_, limits_};
	Snapshot shadow_;       // memory, where events are tried
	State scratch_;
	bool named_ = limits_.tells_states;   // the undisturbed walk's states have keys
	const Walk* undisturbed_ = nullptr;   // while it is gone along for the first time
	std::deque<Seed> seeds_;
	HandlerRuns handlers_;
	Graph graph_;
	Exploration& found_ = graph_.found;
	Bounds bounds_{limits_, found_};
};

}  // namespace

Result<Exploration> explore(const World& world, Machine& machine, std::span<const Signal> signals, const Limits& limits) {
	if (Status loaded = machine.load(world.plan); !loaded) return loaded.error();
	if (limits.compare_all_memory) machine.memory().touch_everything();
	return Explorer(world, machine, signals, limits).run();
}

}  // namespace siglab
