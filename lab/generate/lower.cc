// The clock function itself, step by step, and what every function has around its body.
#include "generate/lowering.h"
#include "guest_asm/layout.h"

namespace siglab::gen {
namespace {

constexpr uint32_t kNsPerSecond = 1'000'000'000;
constexpr uint32_t kSlots = 2 + kRoles;

bool any_call(const std::vector<Piece>& pieces) {
	for (const Piece& piece : pieces) {
		if (piece.op == Op::call || any_call(piece.inside)) return true;
	}
	return false;
}

bool any_call(const Program& program) {
	for (const std::vector<Piece>& phase : program.phases) {
		if (any_call(phase)) return true;
	}
	return false;
}

}  // namespace

Lowering::Lowering(Unit& unit, const Frame& frame, uint32_t index, Dirt at_entry)
	: unit_(unit), dialect_(unit.dialect), isa_(*unit.dialect.isa), frame_(frame), index_(index), at_entry_(at_entry), g_(isa_.g) {}

// ---- around the body ----

void Lowering::plan(bool calls, bool syscalls, bool slots) {
	Frame frame = frame_;
	if (is_entry_) frame.saved = std::max(frame.saved, dialect_.spare_registers);
	plan_ = dialect_.frame(isa_, frame, {calls, syscalls, slots ? kSlots * isa_.word : 0u}, unit_.program.compact);
	now_ = {};
	choices_ = 0;
	slots_used_ = false;
}

void Lowering::begin(std::string_view name) {
	const std::string symbol = unit_.out.named(name);
	unit_.out.directive(fmt::format(".type {}, %function", symbol));
	if (unit_.program.compact) unit_.out.directive(".thumb_func");
	unit_.out.label(symbol);
}

void Lowering::end(std::string_view name) {
	const std::string symbol = unit_.out.named(name);
	unit_.out.close();
	unit_.out.directive(fmt::format(".size {}, . - {}", symbol, symbol));
}

void Lowering::enter() {
	for (const FrameStep& step : plan_.enter) emit(step.text);
	if (plan_.g_at) now_.home = Home::frame;
}

void Lowering::leave() {
	const bool forgets = is_entry_ && unit_.program.breakage == Breakage::forgets_restore;
	if (forgets && !now_.g) write_g(Dirt::garbage, 0);
	if (!plan_.g_at && !forgets) restore_g();
	for (const FrameStep& step : plan_.leave) {
		if (step.returns) break_something();
		emit(step.text);
		if (step.loads_g) now_.g.reset();
	}
}

// Of the entry only, just before it returns.
void Lowering::break_something() {
	if (!is_entry_) return;
	switch (unit_.program.breakage) {
		case Breakage::none:
		case Breakage::forgets_restore:
		case Breakage::writes_beyond: return;
		case Breakage::leaks_g:
			emit(fmt::format("mov {}, #77", name(g_)));
			now_.g = Dirt::garbage;
			return;
		case Breakage::leaks_other: return emit(fmt::format("mov {}, #77", name(isa_.callee_saved.front())));
		case Breakage::leaks_vector: return emit(fmt::format(fmt::runtime(dialect_.simd.front()), 8, 8, 8));
		case Breakage::misaligns_sp: return emit(fmt::format("add sp, sp, #{}", isa_.word));
	}
}

void Lowering::helper(const Helper& helper) {
	const std::string name = fmt::format("helper_{}", index_);
	const bool calls = any_call(helper.body);
	// Whether slots are needed shows when all is done: once without keeping the text.
	Listing nowhere({.prefix = {}, .comments = false});
	Unit trial{unit_.program, dialect_, nowhere, unit_.entered_with, unit_.numbers};
	Lowering once(trial, frame_, index_, at_entry_);
	once.plan(calls, false, true);
	once.enter();
	once.pieces(helper.body);
	once.leave();
	plan(calls, false, once.slots_used_);
	begin(name);
	enter();
	pieces(helper.body);
	leave();
	end(name);
}

void Lowering::entry(std::string_view name) {
	is_entry_ = true;
	const bool calls = any_call(unit_.program);
	Listing nowhere({.prefix = {}, .comments = false});
	Unit trial{unit_.program, dialect_, nowhere, unit_.entered_with, unit_.numbers};
	Lowering once(trial, frame_, index_, at_entry_);
	once.is_entry_ = true;
	once.plan(calls, true, true);
	once.clock_function();
	plan(calls, true, once.slots_used_);
	begin(name);
	clock_function();
	end(name);
}

// ---- reading the clock ----

void Lowering::phase(Phase which) { pieces(unit_.program.phases[static_cast<size_t>(which)]); }

void Lowering::clock_function() {
	now_.at(Role::clock) = 0;
	now_.at(Role::timespec) = 1;
	Target early{unit_.out.new_label(), std::nullopt}, retry{unit_.out.new_label(), std::nullopt}, fallback{unit_.out.new_label(), std::nullopt},
		exit{unit_.out.new_label(), std::nullopt};
	if (unit_.program.early_way_out) look_before(early);
	enter();
	if (unit_.program.second_early) emit(dialect_.constant(isa_, define(Role::second), kNsPerSecond));
	phase(Phase::before);
	unit_.out.comment("only clocks 0 and 1 have a base here");
	emit(fmt::format("cmp {}, #CLOCK_ID_MONOTONIC", dialect_.narrow(isa_, use(Role::clock))));
	jump_if("hi", fallback);
	read_the_clock(retry, fallback);
	phase(Phase::after);
	carry();
	store();
	phase(Phase::stored);
	way_out(exit, false);

	place(fallback);
	phase(Phase::fallback);
	unit_.out.comment("the kernel knows");
	ask(true);
	phase(Phase::answered);
	way_out(exit, true);

	if (!unit_.program.early_way_out) return;
	place(early);
	emit(dialect_.ask_and_return(isa_, unit_.program.compact));
}

// Before there is a frame: with registers that are the callee's anyway.
void Lowering::look_before(Target& early) {
	const Reg reg = 2;
	unit_.out.comment("without a clock mode, no frame");
	emit(dialect_.vvar_address(isa_, reg, unit_.out.named("_vvar"), unit_.out.new_label(), unit_.program.compact));
	emit(dialect_.load_word(isa_, reg, reg, "VVAR_CLOCK_MODE"));
	emit(fmt::format("cmp {}, #0", dialect_.narrow(isa_, reg)));
	jump_if("eq", early);
}

void Lowering::read_the_clock(Target& retry, Target& fallback) {
	pinned_.clear();
	const Reg page = define(Role::vvar);
	emit(dialect_.vvar_address(isa_, page, unit_.out.named("_vvar"), unit_.out.new_label(), unit_.program.compact));
	const Reg clock = use(Role::clock);
	emit(dialect_.base_address(isa_, define(Role::base), page, clock));
	pinned_.clear();
	unit_.out.comment("odd: the kernel is writing");
	place(retry);
	phase(Phase::retry);
	wait_for_even(retry);
	phase(Phase::inside);
	look_at_mode(fallback);
	const Reg base = use(Role::base);
	const Reg seconds = define(Role::seconds);
	emit(dialect_.read_base(isa_, seconds, define(Role::nanoseconds), base));
	pinned_.clear();
	phase(Phase::read);
	unit_.out.comment("the same number as before: the halves belong together");
	emit(dialect_.barrier);
	const Reg vvar = use(Role::vvar), sequence = use(Role::sequence), again = take();
	emit(dialect_.load_word(isa_, again, vvar, "VVAR_SEQ"));
	emit(fmt::format("cmp {}, {}", name(again), name(sequence)));
	jump_if("ne", retry);
	for (const Role role : {Role::vvar, Role::base, Role::sequence}) forget(role);
	pinned_.clear();
}

void Lowering::wait_for_even(Target& retry) {
	const Reg vvar = use(Role::vvar);
	const Reg sequence = define(Role::sequence);
	emit(dialect_.load_word(isa_, sequence, vvar, "VVAR_SEQ"));
	emit(fmt::format("tst {}, #1", name(sequence)));
	jump_if("ne", retry);
	emit(dialect_.barrier);
	pinned_.clear();
}

void Lowering::look_at_mode(Target& fallback) {
	unit_.out.comment("no clock mode: the counter cannot be read from here");
	const Reg vvar = use(Role::vvar), mode = take();
	emit(dialect_.load_word(isa_, mode, vvar, "VVAR_CLOCK_MODE"));
	emit(fmt::format("cmp {}, #0", name(mode)));
	jump_if("eq", fallback);
	pinned_.clear();
}

void Lowering::carry() {
	unit_.out.comment("a base may hold a second or more in its nanoseconds");
	if (now_.at(Role::second) == kNowhere) emit(dialect_.constant(isa_, define(Role::second), kNsPerSecond));
	const Reg seconds = use(Role::seconds), nanoseconds = use(Role::nanoseconds), second = use(Role::second);
	Target again{unit_.out.new_label(), std::nullopt}, done{unit_.out.new_label(), std::nullopt};
	place(again);
	emit(fmt::format("cmp {}, {}", name(nanoseconds), name(second)));
	jump_if("lo", done);
	emit(fmt::format("sub {}, {}, {}", name(nanoseconds), name(nanoseconds), name(second)));
	emit(fmt::format("add {}, {}, #1", name(seconds), name(seconds)));
	jump(again);
	place(done);
	forget(Role::second);
	pinned_.clear();
}

void Lowering::store() {
	const Reg seconds = use(Role::seconds), nanoseconds = use(Role::nanoseconds), timespec = use(Role::timespec);
	emit(dialect_.store_time(isa_, seconds, nanoseconds, timespec));
	if (unit_.program.breakage == Breakage::writes_beyond) {
		emit(fmt::format("str {}, [{}, #{}]", name(seconds), name(timespec), 2 * isa_.timespec_word));
	}
	forget(Role::seconds);
	forget(Role::nanoseconds);
	pinned_.clear();
}

// The system call with the caller's arguments. Its answer comes in the first argument's register; nobody else loses one.
void Lowering::ask(bool keeps_answer) {
	constexpr Reg kFirst = 0, kSecond = 1;
	const auto copy = [&](Role role, Reg to) {
		if (now_.at(role) != to) emit(fmt::format("mov {}, {}", name(to), name(use(role))));
	};
	pinned_ = {kFirst, kSecond};
	if (now_.at(Role::timespec) != kSecond) move_away(kSecond);
	move_away(kFirst);
	copy(Role::timespec, kSecond);
	copy(Role::clock, kFirst);
	emit(dialect_.call_number);
	emit("svc #0");
	pinned_.clear();
	if (!keeps_answer) return;
	for (const Role role : {Role::clock, Role::timespec, Role::vvar, Role::base, Role::sequence, Role::second}) forget(role);
	now_.at(Role::result) = kFirst;
}

// The result goes where the caller looks for it, everything else is given back.
void Lowering::way_out(Target& exit, bool fallback) {
	const Reg result = 0;
	const bool shared = !unit_.program.two_exits;
	for (const Role role : {Role::clock, Role::timespec, Role::second}) forget(role);
	pinned_.clear();
	if (!fallback) {
		move_away(result);
		emit(fmt::format("mov {}, #0", name(result)));
	} else if (now_.at(Role::result) != result) {
		move_away(result);
		emit(fmt::format("mov {}, {}", name(result), name(use(Role::result))));
	}
	now_.at(Role::result) = static_cast<Where>(result);
	pinned_.clear();
	if (fallback && shared) return jump(exit);
	if (shared) place(exit);
	pinned_.insert(result);
	leave();
	pinned_.clear();
}

}  // namespace siglab::gen
