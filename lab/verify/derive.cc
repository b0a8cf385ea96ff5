#include "verify/derive.h"

#include "guest_asm/layout.h"
#include "verify/deriver.h"

namespace siglab::verify {

void Effort::add(const Effort& other) {
	states += other.states, steps += other.steps, deliveries += other.deliveries;
	trusted += other.trusted, ticks += other.ticks, inside += other.inside;
}

Deriver::Deriver(World world, const Claim& claim, Machine& machine, const Guide& guide)
	: claim_(claim), guide_(guide), machine_(machine), memory_(machine.memory()), base_(memory_),
	  columns_(1 + claim.signals.size() + (claim.budget.ticks != 0 ? 1 : 0)) {
	all_.world = std::move(world);
}

Result<Derivation> Deriver::run() {
	starts_.push_back({.state = {world().start, {}, world().ghost}, .open = {}});
	while (!starts_.empty()) {
		const Start start = std::move(starts_.front());
		starts_.pop_front();
		if (Status done = go_on_from(start); !done) return done.error();
	}
	all_.effort.states = count();
	return std::move(all_);
}

// ---- what a state is ----

State Deriver::capture(const Thread& thread, const Ghost& ghost, const OpenHandlers& open) const {
	std::vector<uint64_t> sps = {thread.cpu.sp};
	for (const auto& handler : open) sps.push_back(handler->interrupted.thread.cpu.sp);
	return {thread, live_memory(world(), memory_, base_, sps), ghost};
}

// Inside a handler it matters which state was interrupted, and by what.
Hash128 Deriver::hash_of(const State& now, const OpenHandlers& open) {
	const Hash128 hash = hash_state(now);
	if (open.empty()) return hash;
	const Hash128& under = state(open.back()->state).closed.hash;
	const std::array<uint64_t, 5> parts = {hash.high, hash.low, under.high, under.low, static_cast<uint64_t>(open.back()->signal)};
	return hash_bytes(std::as_bytes(std::span{parts}));
}

// ---- one run, to its end or to a state that is known ----

Status Deriver::go_on_from(const Start& start) {
	restore(memory_, base_, start.state.memory);
	const uint32_t first = count();
	Course course(world(), machine_, !start.open.empty());
	Now now{start, 0, start.state.thread, start.state.ghost};
	Result<bool> more = arrive(now, first);
	while (more && *more) {
		if (Status fine = limits(); !fine) return fine;
		if (Status tried = try_events(now); !tried) return tried;
		more = goes_on(now, course, first);
	}
	finish();
	return more ? Status{Done{}} : more.error();
}

// To the next boundary. False: there is none, or it is known.
Result<bool> Deriver::goes_on(Now& now, Course& course, uint32_t first) {
	if (now.state - first + 1 >= kMaxSteps) {
		state(now.state).closed.ways[0].leads = Leads::outside;
		return false;
	}
	Result<Step> step = course.step(now.thread);
	if (!step) return step.error();
	++all_.effort.steps;
	if (step->over) {
		end(now, first, course, step->end, step->thread);
		return false;
	}
	const GuestAddr retired{now.thread.cpu.pc};
	now.thread = std::move(step->thread);
	const Ghost was = now.ghost;
	now.ghost = advance(world().isa(), world().truth, was, retired, now.thread.cpu, now.thread.signals.clock);
	if (now.ghost.depth > Ghost::kMaxDepth) {
		end(now, first, course, too_many_calls({now.thread.cpu.pc}), now.thread);
		return false;
	}
	Violations violations;
	check_step({world().isa(), world().truth, retired, now.thread.cpu, was, now.ghost, step->writes, memory_}, violations);
	broke(now.state, 0, std::move(violations), all_.broken);
	if (arrive(now, first)) return true;
	// Back in this same run: it goes round for ever.
	const Way& way = state(now.state).closed.ways[0];
	const bool round = way.leads == Leads::to && way.to >= first;
	if (round) end(now, first, course, runs_for_ever(world(), {now.thread.cpu.pc}), now.thread);
	return false;
}

// False: the state is known already, or one too many.
bool Deriver::arrive(Now& now, uint32_t first) {
	const Start& start = now.start;
	const bool begins = count() == first;
	const Hash128 hash = hash_of(capture(now.thread, now.ghost, start.open), start.open);
	const uint32_t from = begins ? start.from : now.state;
	const size_t over = begins ? start.over : 0;
	const auto known = known_.find(hash);
	const bool fresh = known == known_.end();
	if (count() > 0) lead(from, over, fresh ? count() : known->second, fresh);
	if (!fresh || count() >= guide_.max_states) return false;
	now.state = count();
	known_.emplace(hash, now.state);
	add_state(now, hash, from, over, begins);
	return true;
}

void Deriver::add_state(const Now& now, const Hash128& hash, uint32_t from, size_t over, bool begins) {
	const Cpu& cpu = now.thread.cpu;
	Derived fresh{.closed = {hash, std::vector<Way>(columns_)}, .pc = cpu.pc, .boundary = begins ? now.start.boundary : state(from).boundary + 1,
	              .depth = static_cast<uint8_t>(now.start.open.size()), .signals = now.start.signals, .from = from, .over = over,
	              .dirty = cpu.gpr[world().isa().g] != now.ghost.owner, .in_vdso = now.ghost.in_vdso,
	              .inside_it = (cpu.flags & world().isa().it_bits) != 0, .lets_through = {}};
	if (const OpenCall* call = now.ghost.open()) {
		fresh.sp_switched = call->sp_switched;
		fresh.pc_stored = call->pc_stored;
		fresh.sp_stored = call->sp_stored;
		fresh.slot_set = call->slot_set;
	}
	for (const Signal signal : claim_.signals) fresh.lets_through.push_back(kernel::deliverable(now.thread.signals, signal));
	all_.states.push_back(std::move(fresh));
	all_.trusted.emplace_back(columns_);
	Violations violations;
	check_step({world().isa(), world().truth, {}, cpu, now.ghost, now.ghost, {}, memory_}, violations);
	broke(now.state, std::nullopt, std::move(violations), all_.broken);
}

void Deriver::lead(uint32_t from, size_t over, uint32_t to, bool found) {
	Way& way = state(from).closed.ways[over];
	const bool inside = to < guide_.max_states;
	way = {.leads = inside ? Leads::to : Leads::outside, .to = inside ? to : 0, .found = inside && found, .missed = way.missed};
}

void Deriver::broke(uint32_t at, std::optional<size_t> way, Violations violations, std::vector<Broke>& into) {
	for (Violation& violation : violations) into.push_back({at, way, std::move(violation)});
}

void Deriver::finish() {
	if (all_.boundaries == 0) all_.boundaries = count();
	for (Broke& broken : at_events_) all_.broken.push_back(std::move(broken));
	for (Start& start : found_) starts_.push_back(std::move(start));
	at_events_.clear();
	found_.clear();
}

Status Deriver::limits() const {
	if (guide_.interrupted != nullptr && guide_.interrupted->load()) return Error{Exit::interrupted, "interrupted"};
	const bool late = guide_.deadline && std::chrono::steady_clock::now() > *guide_.deadline;
	return late ? Status{Error{Exit::inconclusive, "--time-limit was reached"}} : Status{Done{}};
}

// ---- the end of a run ----

void Deriver::end(const Now& now, uint32_t first, const Course& course, const End& how, const Thread& after) {
	Way& way = state(now.state).closed.ways[0];
	if (way.leads == Leads::untried) way.leads = Leads::ends;
	if (now.start.open.empty()) {
		end_walk(now, first == 0, how);
	} else {
		end_handler(now, course, how, after);
	}
}

// Of a run that goes on from the middle nobody can say that it should have gone through the vDSO.
void Deriver::end_walk(const Now& now, bool undisturbed, const End& how) {
	const auto in_vdso = [](const Derived& state) { return state.in_vdso; };
	const bool entered = std::any_of(all_.states.begin(), all_.states.end(), in_vdso);
	const bool asks_time = undisturbed && world().scenario.function != Function::native;
	Violations violations;
	check_end({world().truth, how, entered, asks_time}, violations);
	broke(now.state, 0, std::move(violations), all_.broken);
}

// The return of a handler whose boundaries are states: the interrupted code goes on, before anything else is looked at.
void Deriver::end_handler(const Now& now, const Course& course, const End& how, const Thread& after) {
	const Opened& open = *now.start.open.back();
	const State& was = open.interrupted;
	Snapshot before = base_;
	before.apply(was.memory);
	// A tick in the handler is not the handler's doing.
	for (const Region& region : memory_.regions()) {
		if (allows(region.perm, Perm::kernel_writes)) before.take(region);
	}
	const std::vector<Change> changes = changes_since(world(), memory_, before, was.thread.cpu.sp);
	bool missed = false;
	Violations violations = judge_delivery({world().isa(), world().truth, open.signal, was.ghost, was.thread, open.entered, course.leaving, after, how,
	                                        open.noted, read_observed(memory_), changes}, missed);
	broke(now.state, 0, std::move(violations), all_.broken);
	state(open.state).closed.ways[open.way].missed = missed;
	if (how.kind == EndKind::left) starts_.push_front(after_jump(now, after, now.start.signals, 0));
	if (how.kind != EndKind::completed) return;
	before.restore(memory_);
	for (const Change& change : changes) (void)memory_.place_word(change.at, change.after, world().isa().word);
	Start back{.state = {}, .open = {now.start.open.begin(), now.start.open.end() - 1}, .boundary = state(open.state).boundary,
	           .signals = now.start.signals, .from = now.state, .over = 0};
	back.state = capture(after, was.ghost, back.open);
	starts_.push_front(std::move(back));
}

// A handler has jumped out, over memory as it is now: the walk's caller goes on, all that was open is abandoned, and no notes are left.
Start Deriver::after_jump(const Now& now, const Thread& to, uint32_t signals, size_t way) {
	const uint32_t interrupted = now.start.open.empty() ? now.state : now.start.open.front()->state;
	const Region& notes = *memory_.find({OBSERVER});
	(void)memory_.place(notes.range.begin, base_.bytes(notes.range.begin, notes.range.size()));
	return {.state = capture(to, ghost_after_jump(world().truth), {}), .open = {}, .boundary = state(interrupted).boundary, .signals = signals,
	        .from = now.state, .over = way};
}

Result<Derivation> derive(World world, const Claim& claim, Machine& machine, const Guide& guide) {
	if (Status loaded = machine.load(world.plan); !loaded) return loaded.error();
	machine.memory().touch_everything();  // nobody is asked what may have been written: all of it is copied, compared, put back
	return Deriver(std::move(world), claim, machine, guide).run();
}

}  // namespace siglab::verify
