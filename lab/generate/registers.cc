// Where things are, and how they get elsewhere.
#include <algorithm>

#include "guest_asm/layout.h"
#include "generate/lowering.h"

namespace siglab::gen {
namespace {

constexpr uint32_t kFirstSlot = 0, kSecondSlot = 1, kRoleSlots = 2;
constexpr Role kAllRoles[] = {Role::clock,  Role::timespec,    Role::vvar,   Role::base,    Role::sequence, Role::second,
                              Role::seconds, Role::nanoseconds, Role::result, Role::counter, Role::counter1, Role::counter2};
static_assert(std::size(kAllRoles) == kRoles);

uint32_t slot_of(Role role) { return kRoleSlots + static_cast<uint32_t>(role); }

std::string_view opposite(std::string_view condition) {
	constexpr std::pair<std::string_view, std::string_view> kPairs[] = {{"eq", "ne"}, {"hi", "ls"}, {"lo", "hs"}};
	for (const auto& [one, other] : kPairs) {
		if (condition == one) return other;
		if (condition == other) return one;
	}
	return {};
}

}  // namespace

// ---- labels and branches ----

void Lowering::place(Target& target) {
	if (target.knowledge) {
		now_ = *target.knowledge;
	} else {
		target.knowledge = now_;
	}
	unit_.out.label(target.name);
}

void Lowering::jump(Target& target) {
	if (target.knowledge) {
		settle(*target.knowledge);
	} else {
		target.knowledge = now_;
	}
	emit(fmt::format("b {}", target.name));
}

// Where the target expects something else than what is true here, the way there gets a detour that makes it so.
void Lowering::jump_if(std::string_view condition, Target& target) {
	if (!target.knowledge) target.knowledge = now_;
	if (fits(*target.knowledge)) {
		emit(fmt::format("{}{} {}", dialect_.conditional, condition, target.name));
		return;
	}
	Target over{unit_.out.new_label(), now_};
	emit(fmt::format("{}{} {}", dialect_.conditional, opposite(condition), over.name));
	jump(target);
	place(over);
}

// ---- general registers ----

std::optional<Role> Lowering::role_in(Reg reg) const {
	for (const Role role : kAllRoles) {
		if (now_.at(role) == reg) return role;
	}
	return std::nullopt;
}

std::vector<Reg> Lowering::unused() const {
	std::vector<Reg> all;
	for (const std::span<const Reg> pool : {dialect_.scratch, std::span<const Reg>{plan_.free}}) {
		for (const Reg reg : pool) {
			if (!role_in(reg) && now_.keeper != reg && !pinned_.contains(reg)) all.push_back(reg);
		}
	}
	return all;
}

// A register for something new, the g register never: pieces put things there.
Reg Lowering::take() {
	std::vector<Reg> free = unused();
	if (free.empty()) {
		for (const Role role : kAllRoles) {
			const Where at = now_.at(role);
			if (at < 0 || at == g_ || pinned_.contains(static_cast<Reg>(at))) continue;
			to_slot(role);
			free = unused();
			break;
		}
	}
	const uint64_t choice = mix(uint64_t{unit_.program.registers} << 32 | uint64_t{index_} << 16 | choices_++);
	const Reg reg = free[choice % free.size()];
	pinned_.insert(reg);
	return reg;
}

Reg Lowering::use(Role role) {
	if (now_.at(role) == kInSlot) {
		const Reg reg = take();
		emit(fmt::format("ldr {}, {}", name(reg), slot(slot_of(role))));
		now_.at(role) = static_cast<Where>(reg);
	}
	const auto reg = static_cast<Reg>(now_.at(role));
	pinned_.insert(reg);
	return reg;
}

Reg Lowering::define(Role role) {
	const Reg reg = take();
	now_.at(role) = static_cast<Where>(reg);
	return reg;
}

void Lowering::to_slot(Role role) {
	emit(fmt::format("str {}, {}", name(static_cast<Reg>(now_.at(role))), slot(slot_of(role))));
	now_.at(role) = kInSlot;
}

// Whatever is in that register is to be had elsewhere afterwards.
void Lowering::move_away(Reg reg) {
	if (const std::optional<Role> role = role_in(reg)) to_slot(*role);
	if (now_.keeper != reg) return;
	if (now_.g && now_.home == Home::none && now_.keeper_vec == kNowhere) save_g_in(Home::first_slot);
	now_.keeper = kNowhere;
}

std::string Lowering::slot(uint32_t index) {
	slots_used_ = true;
	return fmt::format("[sp, #{}]", plan_.locals_at + index * isa_.word + shift_);
}

// ---- the g register ----

std::string Lowering::home_address(Home home) {
	if (home == Home::frame) return fmt::format("[sp, #{}]", plan_.g_at.value_or(0) + shift_);
	return slot(home == Home::first_slot ? kFirstSlot : kSecondSlot);
}

// From wherever its value at entry is.
void Lowering::save_g_in(Home home) {
	Reg from = g_;
	if (now_.g && now_.keeper != kNowhere) {
		from = static_cast<Reg>(now_.keeper);
	} else if (now_.g) {
		from = take();
		emit(now_.keeper_vec != kNowhere ? dialect_.from_vector(isa_, from, static_cast<uint8_t>(now_.keeper_vec))
		                                 : fmt::format("ldr {}, {}", name(from), home_address(now_.home)));
	}
	emit(fmt::format("str {}, {}", name(from), home_address(home)));
	now_.home = home;
}

// Before the first write to it.
void Lowering::save_g() {
	if (!now_.g && !g_can_be_had()) save_g_in(Home::first_slot);
	if (const std::optional<Role> role = role_in(g_)) {
		const Reg reg = take();
		emit(fmt::format("mov {}, {}", name(reg), name(g_)));
		now_.at(*role) = static_cast<Where>(reg);
	}
}

// Nothing is mapped there, nor where its lower half points to; and no two of them make something small when they are combined with a g.
uint32_t Lowering::garbage() {
	const uint64_t random = mix(uint64_t{unit_.program.registers} << 32 | 0xd1b7'0000u | unit_.numbers++);
	return 0x40000001u | (static_cast<uint32_t>(random) & 0x3fff7ff0u);
}

void Lowering::write_g(Dirt kind, uint32_t salt) {
	save_g();
	const auto write = [&](const Lines& lines, Dirt meanwhile) {
		for (const std::string& line : lines) {
			emit(line);
			now_.g = &line == &lines.back() ? kind : meanwhile;
		}
	};
	switch (kind) {
		case Dirt::none: break;
		case Dirt::garbage: return write(dialect_.constant(isa_, g_, garbage()), Dirt::garbage);
		case Dirt::another_g: return write(dialect_.constant(isa_, g_, OTHER_G), Dirt::garbage);
		case Dirt::zero: return write({salt % 2 == 0 ? fmt::format("mov {}, #0", name(g_)) : fmt::format("eor {}, {}, {}", name(g_), name(g_), name(g_))}, kind);
		case Dirt::address: return write({fmt::format("add {}, sp, #{}", name(g_), 16 * (salt % 4))}, kind);
	}
}

void Lowering::restore_g() {
	if (!now_.g) return;
	save_g();
	if (now_.keeper != kNowhere) {
		emit(fmt::format("mov {}, {}", name(g_), name(static_cast<Reg>(now_.keeper))));
	} else if (now_.keeper_vec != kNowhere) {
		emit(dialect_.from_vector(isa_, g_, static_cast<uint8_t>(now_.keeper_vec)));
	} else {
		emit(fmt::format("ldr {}, {}", name(g_), home_address(now_.home)));
	}
	now_.g.reset();
	now_.keeper = now_.keeper_vec = kNowhere;
}

// ---- where two ways meet ----

bool Lowering::fits(const Knowledge& target) const {
	for (const Role role : kAllRoles) {
		if (target.at(role) != kNowhere && target.at(role) != now_.at(role)) return false;
	}
	const auto same = [](auto wanted, auto there, auto nothing) { return wanted == nothing || wanted == there; };
	return target.g == now_.g && same(target.home, now_.home, Home::none) && same(target.keeper, now_.keeper, kNowhere) &&
	       same(target.keeper_vec, now_.keeper_vec, kNowhere);
}

void Lowering::settle_g(const Knowledge& target) {
	if (target.home != Home::none && now_.home != target.home) save_g_in(target.home);
	const bool keeps = target.keeper != kNowhere && target.keeper != now_.keeper;
	const bool keeps_vec = target.keeper_vec != kNowhere && target.keeper_vec != now_.keeper_vec;
	if (keeps || keeps_vec) {
		// By way of the g register itself: clean for a moment.
		restore_g();
		if (keeps) emit(fmt::format("mov {}, {}", name(static_cast<Reg>(target.keeper)), name(g_)));
		if (keeps_vec) emit(dialect_.to_vector(isa_, static_cast<uint8_t>(target.keeper_vec), g_));
	}
	const bool holds_role = std::find(target.where.begin(), target.where.end(), static_cast<Where>(g_)) != target.where.end();
	if (!target.g) restore_g();
	now_.home = target.home;
	now_.keeper = target.keeper;
	now_.keeper_vec = target.keeper_vec;
	if (target.g && !holds_role && now_.g != target.g) write_g(*target.g, 0);
}

void Lowering::settle(const Knowledge& target) {
	if (fits(target)) {
		now_ = target;
		return;
	}
	pinned_.clear();
	for (const Role role : kAllRoles) {
		if (now_.at(role) == target.at(role)) continue;
		if (target.at(role) == kNowhere) {
			forget(role);
		} else if (now_.at(role) != kInSlot) {
			to_slot(role);
		}
	}
	if (target.keeper != kNowhere) pinned_.insert(static_cast<Reg>(target.keeper));
	settle_g(target);
	// What had to make room for that.
	for (const Role role : kAllRoles) {
		if (now_.at(role) >= 0 && now_.at(role) != target.at(role)) to_slot(role);
	}
	for (const Role role : kAllRoles) {
		const Where wanted = target.at(role);
		if (wanted < 0 || now_.at(role) == wanted) continue;
		emit(fmt::format("ldr {}, {}", name(static_cast<Reg>(wanted)), slot(slot_of(role))));
		if (wanted == g_) now_.g = target.g;
		now_.at(role) = wanted;
	}
	now_ = target;
	pinned_.clear();
}

}  // namespace siglab::gen
