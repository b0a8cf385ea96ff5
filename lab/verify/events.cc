#include "verify/deriver.h"

namespace siglab::verify {

// Inside an IT block, and the engine that made the record could not stop there: it says that nothing was tried.
bool Deriver::out_of_reach(const Now& now) {
	if (!state(now.state).inside_it || !claim_.skips_it_blocks) return false;
	const uint32_t on_walk = now.start.open.empty() ? state(now.state).boundary : state(now.start.open.front()->state).boundary;
	std::vector<uint32_t>& all = all_.not_injected;
	const auto place = std::lower_bound(all.begin(), all.end(), on_walk);
	if (place == all.end() || *place != on_walk) all.insert(place, on_walk);
	return true;
}

// What may happen at a boundary, each from the memory that is there.
Status Deriver::try_events(const Now& now) {
	if (out_of_reach(now)) return Done{};
	const Snapshot before(memory_);
	for (size_t way = 1; way <= claim_.signals.size(); ++way) {
		if (claim_.budget.signals && now.start.signals >= *claim_.budget.signals) break;
		Status tried = try_signal(now, way, before);
		before.restore(memory_);
		if (!tried) return tried;
	}
	if (ticks_left(now.thread)) tick(now);
	before.restore(memory_);
	return Done{};
}

Status Deriver::try_signal(const Now& now, size_t way, const Snapshot& before) {
	Derived& here = state(now.state);
	if (!here.lets_through[way - 1]) {
		here.closed.ways[way].leads = Leads::masked;
		all_.masked += here.depth == 0 ? 1 : 0;
		return Done{};
	}
	if (here.depth > claim_.budget.nesting || below_stack(now.thread)) {
		all_.nesting_cut = true;
		return Done{};
	}
	const std::optional<Way> trusted = guide_.trusts ? guide_.trusts(all_, now.state, way) : std::nullopt;
	if (trusted && trusted->leads == Leads::untried) return Done{};
	const Signal signal = claim_.signals[way - 1];
	all_.nested = all_.nested || here.depth > 0;
	const bool inside = states_inside(now, signal);
	if (trusted) {
		here.closed.ways[way] = *trusted;
		all_.trusted[now.state][way] = true;
		++all_.effort.trusted;
		return Done{};
	}
	++all_.effort.deliveries;
	if (inside && enter(now, signal, way)) return Done{};
	before.restore(memory_);
	return pass_through(now, signal, way, before, !inside);
}

// Whether anything can happen between the handler's first instruction and its return.
bool Deriver::states_inside(const Now& now, Signal signal) {
	if (ticks_left(now.thread)) return true;
	if (claim_.budget.signals && now.start.signals + 1 >= *claim_.budget.signals) return false;
	const SignalSet blocked = kernel::blocked_in_handler(now.thread.signals, signal);
	const bool open = std::any_of(claim_.signals.begin(), claim_.signals.end(), [&](Signal s) { return (blocked & bit(s)) == 0; });
	const bool deep = now.start.open.size() + 1 > claim_.budget.nesting;
	all_.nesting_cut = all_.nesting_cut || (open && deep);
	return open && !deep;
}

// The handler's boundaries are states. False: it is never entered.
bool Deriver::enter(const Now& now, Signal signal, size_t way) {
	Opened opened{.signal = signal, .state = now.state, .way = way, .interrupted = capture(now.thread, now.ghost, now.start.open), .entered = {},
	              .noted = read_observed(memory_)};
	kernel::Resumed resumed = kernel::return_to_user(world().kernel, kernel::send(now.thread, signal), memory_);
	if (resumed.fate == kernel::Fate::killed || below_stack(resumed.thread)) return false;
	opened.entered = std::move(resumed.thread);
	Start start{.state = {}, .open = now.start.open, .boundary = 0, .signals = now.start.signals + 1, .from = now.state, .over = way};
	start.open.push_back(std::make_shared<const Opened>(opened));
	start.state = capture(opened.entered, ghost_inside(now.ghost), start.open);
	// Until its return is seen, nobody has seen the signal.
	state(now.state).closed.ways[way].missed = true;
	found_.push_back(std::move(start));
	return true;
}

// Until the signal stack overflows: who runs below it is not interrupted any more.
bool Deriver::below_stack(const Thread& thread) const {
	return claim_.budget.nesting == kUntilOverflow && world().truth.neighbour.contains({thread.cpu.sp});
}

// The handler's run is one event; unless it opens its mask itself, may be entered, and is not too deep for that.
Status Deriver::pass_through(const Now& now, Signal signal, size_t way, const Snapshot& before, bool may_enter) {
	Result<Handled> handled = handle(world(), machine_, {signal, now.thread, now.ghost}, claim_.signals);
	if (!handled) return handled.error();
	all_.effort.inside += handled->steps;
	const bool more = !claim_.budget.signals || now.start.signals + 1 < *claim_.budget.signals;
	if (handled->opens_mask && more) {
		const bool deep = now.start.open.size() + 1 > claim_.budget.nesting;
		before.restore(memory_);
		if (!deep && may_enter && enter(now, signal, way)) return Done{};
		all_.nesting_cut = true;
	}
	Way& led = state(now.state).closed.ways[way];
	led.missed = handled->missed;
	broke(now.state, way, std::move(handled->broken), at_events_);
	const EndKind how = handled->end.kind;
	led.leads = how == EndKind::bound ? Leads::outside : Leads::ends;
	if (how != EndKind::completed && how != EndKind::left) return Done{};
	if (how == EndKind::completed && handled->changes.empty() && handled->after == now.thread) {
		led.leads = Leads::to;
		led.to = now.state;
		return Done{};
	}
	before.restore(memory_);
	for (const Change& change : handled->changes) (void)memory_.place_word(change.at, change.after, world().isa().word);
	if (how == EndKind::left) {
		found_.push_back(after_jump(now, handled->after, now.start.signals + 1, way));
		return Done{};
	}
	found_.push_back({.state = capture(handled->after, now.ghost, now.start.open), .open = now.start.open, .boundary = state(now.state).boundary,
	                  .signals = now.start.signals + 1, .from = now.state, .over = way});
	return Done{};
}

bool Deriver::ticks_left(const Thread& thread) const {
	const int64_t moved = thread.signals.clock.monotonic_ns - world().start.signals.clock.monotonic_ns;
	return moved < int64_t{claim_.budget.ticks} * kTickNs;
}

void Deriver::tick(const Now& now) {
	++all_.effort.ticks;
	const Thread ticked = kernel::tick(world().kernel, now.thread, kTickNs, memory_);
	found_.push_back({.state = capture(ticked, now.ghost, now.start.open), .open = now.start.open, .boundary = state(now.state).boundary,
	                  .signals = now.start.signals, .from = now.state, .over = claim_.signals.size() + 1});
}

}  // namespace siglab::verify
