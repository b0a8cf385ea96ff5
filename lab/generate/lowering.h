// Lowering: from a Program to instructions. Internal to the room.
//
// How       The lowering knows at every instruction where each thing is that is still needed: in which register or stack slot, the g register
//           among them. And it knows where the caller's g can be had. What a piece of the program asks for is done, and what would be
//           lost by it is saved first. Where two ways meet, the one that comes second is settled to what the first one found. At the end all
//           callee-saved registers are put back. Nothing of this looks at what the code does when it runs: whether it is right is for the
//           tests and for the lab to say.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "generate/dialect.h"
#include "generate/listing.h"
#include "generate/random.h"

namespace siglab::gen {

// What the function has to remember.
enum class Role : uint8_t { clock, timespec, vvar, base, sequence, second, seconds, nanoseconds, result, counter, counter1, counter2 };
inline constexpr size_t kRoles = 12;
inline constexpr size_t kLoopDepth = 3;

// Where something is: a register's number, or one of these.
using Where = int8_t;
inline constexpr Where kNowhere = -1, kInSlot = -2;

// Where a copy of the g register's value at entry lies in memory.
enum class Home : uint8_t { none, frame, first_slot, second_slot };

// All that has to agree where two ways meet.
struct Knowledge {
	std::array<Where, kRoles> where = filled();
	std::optional<Dirt> g;             // what was written into the g register; none: what it held at entry
	Home home = Home::none;
	Where keeper = kNowhere;           // a general register that holds the g register's value at entry
	Where keeper_vec = kNowhere;       // a vector register that does

	static std::array<Where, kRoles> filled() {
		std::array<Where, kRoles> all{};
		all.fill(kNowhere);
		return all;
	}
	[[nodiscard]] Where at(Role role) const { return where[static_cast<size_t>(role)]; }
	Where& at(Role role) { return where[static_cast<size_t>(role)]; }
};

// A branch's target, with what is known there once somebody has been there.
struct Target {
	std::string name;
	std::optional<Knowledge> knowledge;
};

// What all functions of one program share.
struct Unit {
	const Program& program;
	const Dialect& dialect;
	Listing& out;
	// What a helper finds in the g register: the first caller's choice, which later callers keep to. A stretch of code has one declaration.
	std::map<uint32_t, Dirt> entered_with;
	uint32_t numbers = 0;              // numbers made up so far
};

class Lowering {
   public:
	// `index`: of the helper; the entry is behind all of them. `at_entry`: what the g register holds when the function is called.
	Lowering(Unit& unit, const Frame& frame, uint32_t index, Dirt at_entry);

	// The whole function, label and size included.
	void entry(std::string_view name);
	void helper(const Helper& helper);

   private:
	// ---- lower.cc: the clock function and the frame ----
	void plan(bool calls, bool syscalls, bool slots);
	void begin(std::string_view name);
	void end(std::string_view name);
	void enter();
	void leave();
	void break_something();
	void clock_function();
	void look_before(Target& early);
	void wait_for_even(Target& retry);
	void look_at_mode(Target& fallback);
	void read_the_clock(Target& retry, Target& fallback);
	void carry();
	void store();
	void ask(bool keeps_answer);
	void way_out(Target& exit, bool fallback);
	void phase(Phase which);

	// ---- pieces.cc ----
	void pieces(const std::vector<Piece>& all);
	void piece(const Piece& piece);
	void compute(const Piece& piece);
	void block(const Piece& piece);
	void loop(const Piece& piece);
	void branch(const Piece& piece);
	void call(const Piece& piece);
	void simd(const Piece& piece);
	void stack(const Piece& piece);
	void vvar(const Piece& piece);
	void pad(uint32_t bytes);
	void dirty(const Piece& piece);
	void swap(const Piece& piece);
	void vector(const Piece& piece);
	void host(const Piece& piece);
	bool become(Dirt wanted);
	void save_for_call();

	// ---- registers.cc ----
	[[nodiscard]] Dirt declared() const { return now_.g.value_or(at_entry_); }
	void emit(std::string_view text) { unit_.out.instruction(text, declared()); }
	void emit(const Lines& lines) {
		for (const std::string& line : lines) emit(line);
	}
	[[nodiscard]] std::string_view name(Reg reg) const { return reg_name(isa_, reg); }
	void place(Target& target);
	void jump(Target& target);
	void jump_if(std::string_view condition, Target& target);

	[[nodiscard]] std::optional<Role> role_in(Reg reg) const;
	[[nodiscard]] std::vector<Reg> unused() const;
	Reg take();
	Reg use(Role role);
	Reg define(Role role);
	void forget(Role role) { now_.at(role) = kNowhere; }
	void to_slot(Role role);
	void move_away(Reg reg);
	[[nodiscard]] std::string slot(uint32_t index);
	[[nodiscard]] std::string home_address(Home home);

	[[nodiscard]] bool g_can_be_had() const { return now_.home != Home::none || now_.keeper != kNowhere || now_.keeper_vec != kNowhere; }
	void save_g();
	void save_g_in(Home home);
	void write_g(Dirt kind, uint32_t salt);
	void restore_g();
	[[nodiscard]] bool fits(const Knowledge& target) const;
	void settle(const Knowledge& target);
	void settle_g(const Knowledge& target);
	uint32_t garbage();

	Unit& unit_;
	const Dialect& dialect_;
	const Isa& isa_;
	const Frame& frame_;
	const uint32_t index_;
	const Dirt at_entry_;
	const Reg g_;
	FramePlan plan_;
	Knowledge now_;
	std::set<Reg> pinned_;             // in use by the instruction that is being made
	uint32_t shift_ = 0;               // bytes that SP is below its place
	size_t loops_ = 0;
	uint32_t choices_ = 0;
	bool slots_used_ = false;
	bool is_entry_ = false;
};

}  // namespace siglab::gen
