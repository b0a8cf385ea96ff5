// What each piece of a program becomes.
#include <algorithm>

#include "generate/lowering.h"
#include "guest_asm/layout.h"

namespace siglab::gen {
namespace {

constexpr Role kCounters[kLoopDepth] = {Role::counter, Role::counter1, Role::counter2};

// What a role's value is when somebody takes it for a g. A role that is not here may be 0, or anything.
constexpr std::pair<Role, Dirt> kGuests[] = {
	{Role::timespec, Dirt::address},  {Role::vvar, Dirt::address},    {Role::base, Dirt::address},
	{Role::second, Dirt::garbage},    {Role::seconds, Dirt::garbage}, {Role::nanoseconds, Dirt::garbage}};

constexpr uint32_t kMostUnderIt = 4;

constexpr Dirt kKinds[] = {Dirt::garbage, Dirt::zero, Dirt::another_g, Dirt::address};

}  // namespace

void Lowering::pieces(const std::vector<Piece>& all) {
	for (const Piece& one : all) piece(one);
}

void Lowering::piece(const Piece& piece) {
	pinned_.clear();
	if (piece.op != Op::group) unit_.out.comment(op_name(piece.op));
	switch (piece.op) {
		case Op::compute: compute(piece); break;
		case Op::block: block(piece); break;
		case Op::loop: loop(piece); break;
		case Op::branch: branch(piece); break;
		case Op::group: pieces(piece.inside); break;
		case Op::call: call(piece); break;
		case Op::simd: simd(piece); break;
		case Op::stack: stack(piece); break;
		case Op::vvar: vvar(piece); break;
		case Op::ask:
			if (now_.at(Role::clock) != kNowhere) ask(false);
			break;
		case Op::pad: pad(piece.amount); break;
		case Op::dirty: write_g(kKinds[piece.salt % std::size(kKinds)], piece.salt >> 4); break;
		case Op::restore: restore_g(); break;
		case Op::spill:
			if (!now_.g) save_g_in(now_.home == Home::first_slot ? Home::second_slot : Home::first_slot);
			break;
		case Op::swap: swap(piece); break;
		case Op::vector: vector(piece); break;
		case Op::host: host(piece); break;
	}
	pinned_.clear();
}

// Only registers that nobody needs are written; anything may be read.
void Lowering::compute(const Piece& piece) {
	Random random(piece.salt);
	const std::vector<Reg> free = unused();
	if (free.empty()) return;
	std::vector<Reg> sources(dialect_.scratch.begin(), dialect_.scratch.end());
	sources.push_back(g_);
	for (uint32_t i = 0; i < piece.amount; ++i) {
		const std::string_view form = random.one_of(dialect_.compute);
		const Reg to = random.one_of(std::span<const Reg>{free});
		const Reg first = random.one_of(std::span<const Reg>{sources}), second = random.one_of(std::span<const Reg>{sources});
		emit(fmt::format(fmt::runtime(form), name(to), name(first), name(second)));
	}
}

// Instructions under a condition: what compilers make of short branches. A number is equal to itself, so that it is known which of them happen:
// a label says one thing for all times. One of those may write the g register, so that it changes in the middle of an IT block.
void Lowering::block(const Piece& piece) {
	Random random(piece.salt);
	const uint32_t count = std::clamp(piece.amount, 1u, kMostUnderIt);
	const bool writes_g = random.one_in(2);
	const uint32_t writes = random.below(count);
	if (writes_g) save_g();
	const std::vector<Reg> free = unused();
	if (free.size() < 2) return;
	const Reg from = free[0];
	emit(dialect_.constant(isa_, from, garbage()));
	emit(fmt::format("cmp {}, {}", name(from), name(from)));
	std::array<bool, kMostUnderIt> happens{};
	for (uint32_t i = 0; i < count; ++i) happens[i] = (writes_g && i == writes) || random.one_in(2);
	emit(dialect_.under_conditions(std::span{happens}.first(count)));
	for (uint32_t i = 0; i < count; ++i) {
		const bool this_one = writes_g && i == writes;
		const Reg to = this_one ? g_ : free[1 + random.below(static_cast<uint32_t>(free.size() - 1))];
		emit(dialect_.move_if(isa_, happens[i] ? "eq" : "ne", to, from));
		if (this_one) now_.g = Dirt::garbage;
	}
}

void Lowering::loop(const Piece& piece) {
	if (loops_ == kLoopDepth) return pieces(piece.inside);
	const Role counter = kCounters[loops_++];
	emit(dialect_.constant(isa_, define(counter), std::max(1u, piece.amount)));
	Target again{unit_.out.new_label(), std::nullopt};
	place(again);
	pieces(piece.inside);
	settle(*again.knowledge);
	const Reg reg = use(counter);
	emit(fmt::format("subs {}, {}, #1", name(reg), name(reg)));
	jump_if("ne", again);
	forget(counter);
	--loops_;
}

void Lowering::branch(const Piece& piece) {
	static const Piece kNothing;
	const Piece& taken = piece.inside.empty() ? kNothing : piece.inside[0];
	const Piece& other = piece.inside.size() < 2 ? kNothing : piece.inside[1];
	Random random(piece.salt);
	const Reg reg = now_.at(Role::clock) != kNowhere ? use(Role::clock) : random.one_of(dialect_.scratch);
	emit(fmt::format("tst {}, #{}", name(reg), 1u << random.below(3)));
	const Knowledge before = now_;
	Target otherwise{unit_.out.new_label(), before}, end{unit_.out.new_label(), before};
	emit(fmt::format("{}{} {}", dialect_.conditional, random.one_in(2) ? "ne" : "eq", otherwise.name));
	pieces(taken.inside);
	jump(end);
	place(otherwise);
	pieces(other.inside);
	settle(before);
	place(end);
}

// False: a function can't have that in the g register here.
bool Lowering::become(Dirt wanted) {
	if (declared() == wanted) return true;
	if (wanted == at_entry_) {
		restore_g();
		return true;
	}
	if (wanted == Dirt::none) return false;
	write_g(wanted, 0);
	return true;
}

// A call leaves the callee-saved registers alone, and nothing else.
void Lowering::save_for_call() {
	for (const Reg reg : dialect_.scratch) move_away(reg);
	const auto vec = static_cast<Reg>(now_.keeper_vec);
	if (now_.keeper_vec == kNowhere || std::find(plan_.free_vec.begin(), plan_.free_vec.end(), vec) != plan_.free_vec.end()) return;
	if (now_.g && now_.home == Home::none && now_.keeper == kNowhere) save_g_in(Home::first_slot);
	now_.keeper_vec = kNowhere;
}

void Lowering::call(const Piece& piece) {
	const auto helpers = static_cast<uint32_t>(unit_.program.helpers.size());
	if (helpers == 0) return;
	// A helper calls none but those before it, so that nobody goes round.
	const uint32_t which = piece.amount % helpers;
	if (which >= index_) return;
	const auto known = unit_.entered_with.try_emplace(which, declared()).first;
	if (!become(known->second)) return;
	pinned_.clear();
	save_for_call();
	emit(fmt::format("bl {}", unit_.out.named(fmt::format("helper_{}", which))));
}

void Lowering::simd(const Piece& piece) {
	Random random(piece.salt);
	std::vector<Reg> free(dialect_.scratch_vec.begin(), dialect_.scratch_vec.end());
	free.insert(free.end(), plan_.free_vec.begin(), plan_.free_vec.end());
	std::erase(free, static_cast<Reg>(now_.keeper_vec));
	const auto any = [&] { return random.one_of(std::span<const Reg>{free}); };
	for (uint32_t i = 0; i < piece.amount; ++i) {
		const std::string_view form = random.one_of(dialect_.simd);
		const Reg to = any(), first = any(), second = any();
		emit(fmt::format(fmt::runtime(form), to, first, second));
	}
}

void Lowering::stack(const Piece& piece) {
	// What fits an immediate of both ISAs.
	const uint32_t step = piece.amount > 1008 ? 64 : 16;
	const uint32_t bytes = std::max(step, piece.amount / step * step);
	emit(fmt::format("sub sp, sp, #{}", bytes));
	shift_ += bytes;
	const std::vector<Reg> free = unused();
	if (!free.empty()) emit(fmt::format("str {}, [sp, #{}]", name(free.front()), piece.salt % 2 * isa_.word));
	pieces(piece.inside);
	shift_ -= bytes;
	emit(fmt::format("add sp, sp, #{}", bytes));
}

void Lowering::vvar(const Piece& piece) {
	constexpr std::string_view kWords[] = {"VVAR_SEQ", "VVAR_CLOCK_MODE", "VVAR_MULT", "VVAR_SHIFT"};
	if (now_.at(Role::vvar) == kNowhere) return;
	const Reg from = use(Role::vvar);
	const std::vector<Reg> free = unused();
	if (!free.empty()) emit(dialect_.load_word(isa_, free[piece.salt % free.size()], from, kWords[piece.salt % std::size(kWords)]));
}

void Lowering::pad(uint32_t bytes) {
	const std::string over = unit_.out.new_label();
	emit(fmt::format("b {}", over));
	unit_.out.directive(fmt::format(".fill {}, 4, {:#x}", bytes / 4, unit_.program.compact ? dialect_.compact_nop : dialect_.nop));
	unit_.out.label(over);
}

// The caller's g moves to another register, and a number comes into its own: by way of a third, or by three exclusive ors.
void Lowering::swap(const Piece& piece) {
	if (now_.g || now_.keeper != kNowhere) return;
	const Reg keeper = take();
	const bool exclusive = piece.salt % 2 != 0 && at_entry_ == Dirt::none;
	if (!exclusive) {
		emit(fmt::format("mov {}, {}", name(keeper), name(g_)));
		now_.keeper = static_cast<Where>(keeper);
		return write_g(Dirt::garbage, 0);
	}
	emit(dialect_.constant(isa_, keeper, garbage()));
	emit(fmt::format("eor {}, {}, {}", name(g_), name(g_), name(keeper)));
	now_.g = Dirt::garbage;
	emit(fmt::format("eor {}, {}, {}", name(keeper), name(keeper), name(g_)));
	now_.keeper = static_cast<Where>(keeper);
	emit(fmt::format("eor {}, {}, {}", name(g_), name(g_), name(keeper)));
}

void Lowering::vector(const Piece& piece) {
	if (now_.g || now_.keeper_vec != kNowhere) return;
	std::vector<Reg> free(dialect_.scratch_vec.begin(), dialect_.scratch_vec.end());
	free.insert(free.end(), plan_.free_vec.begin(), plan_.free_vec.end());
	const Reg to = free[piece.salt % free.size()];
	emit(dialect_.to_vector(isa_, to, g_));
	now_.keeper_vec = static_cast<Where>(to);
	write_g(Dirt::garbage, 0);
}

// What a compiler does that finds the g register as good as any: something that is needed lives there for a while.
void Lowering::host(const Piece& piece) {
	std::vector<std::pair<Role, Dirt>> there;
	for (const auto& guest : kGuests) {
		if (now_.at(guest.first) != kNowhere && now_.at(guest.first) != g_) there.push_back(guest);
	}
	if (there.empty()) return write_g(Dirt::garbage, 0);
	const auto& [role, kind] = there[piece.salt % there.size()];
	save_g();
	const Reg from = use(role);
	emit(fmt::format("mov {}, {}", name(g_), name(from)));
	now_.g = kind;
	now_.at(role) = static_cast<Where>(g_);
}

}  // namespace siglab::gen
