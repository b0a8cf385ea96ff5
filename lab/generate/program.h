// Program: a generated vDSO function before it is instructions, as a small tree.
//
// Models    what a compiler decides: the frame, what lives where, what is done between the steps of reading the clock. It never says "correct":
//           every tree, and every tree with pieces taken out, becomes a function that keeps AAPCS and returns the right time, because
//           the lowering (lowering.h) sees to that. So a shrinker may drop what it likes.
// Does not  hold an instruction or a register's name: the dialect of an ISA has them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace siglab {

// One thing that is done. `amount` and `salt` mean what the op says.
enum class Op : uint8_t {
	compute,   // amount: instructions on registers that nobody needs; salt: which
	block,     // amount: instructions under a condition (arm: of an IT block), some of which happen; salt: which, and whether g is written
	loop,      // amount: rounds; inside: the body
	branch,    // inside: the two arms, each a `group`; salt: what is compared
	group,     // inside: one after the other
	call,      // amount: which helper
	simd,      // amount: instructions on vector registers; salt: which
	stack,     // amount: bytes that SP moves down by; inside: what happens meanwhile
	vvar,      // reads a word of the data page that nobody needs; salt: which
	ask,       // the system call, into the caller's timespec
	pad,       // amount: bytes of code that nobody runs, jumped over
	// What happens to the g register. Wherever the caller's value would be lost it is saved first.
	dirty,     // writes a number; amount: which kind (salt % 4: garbage, zero, another g, an address)
	restore,   // loads the caller's value back
	spill,     // saves it once more, elsewhere
	swap,      // keeps it in another register from here on; salt: which, and how they are exchanged
	vector,    // keeps it in a vector register
	host,      // something that is needed moves into the g register; salt: what
};
inline constexpr size_t kOpCount = 17;
std::string_view op_name(Op op);

struct Piece {
	Op op = Op::group;
	uint32_t amount = 0;
	uint32_t salt = 0;
	std::vector<Piece> inside;
	bool operator==(const Piece&) const = default;
};

struct Frame {
	uint8_t shape = 0;                // which prologue, of the dialect's
	uint8_t saved = 0;                // callee-saved registers that are saved beside the g register, and free in between
	bool saves_g = true;              // the prologue saves the g register; else what first writes it does
	bool frame_pointer = false;
	uint8_t saved_vec = 0;            // d8 and up
	uint16_t locals = 0;              // bytes that nobody uses
	uint32_t order = 0;               // a permutation of the saved registers
	bool operator==(const Frame&) const = default;
};

// A function that the entry, or a helper before it, calls.
struct Helper {
	Frame frame;
	std::vector<Piece> body;
	bool operator==(const Helper&) const = default;
};

// Where pieces stand between the steps of reading the clock.
enum class Phase : uint8_t {
	before,    // the clock id is looked at
	retry,     // the sequence number is read
	inside,    //   the mode is looked at, and the base read
	read,      //   the sequence number is read again: the same, or retry
	after,     // the base's nanoseconds are carried
	stored,    // the timespec is filled; then the return
	fallback,  // the system call is made
	answered,  //   it has answered; then the return
};
inline constexpr size_t kPhaseCount = 8;

// What a generator can be told to get wrong, so that it is seen that the lab notices. Only the first obeys AAPCS.
enum class Breakage : uint8_t { none, forgets_restore, leaks_g, leaks_other, leaks_vector, misaligns_sp, writes_beyond };
inline constexpr size_t kBreakageCount = 7;
std::string_view breakage_name(Breakage breakage);

struct Program {
	bool compact = false;             // the ISA's compact instruction set (arm: Thumb-2), if it has one
	Frame frame;
	std::array<std::vector<Piece>, kPhaseCount> phases;
	std::vector<Helper> helpers;
	bool helpers_first = false;       // they lie in front of the entry
	bool second_early = false;        // the constant 1000000000 is loaded at the top
	bool two_exits = false;           // the fallback has an epilogue of its own
	bool early_way_out = false;       // the mode is looked at before the frame is made
	uint16_t entry_pad = 0;           // bytes in front of both
	uint16_t helper_pad = 0;          // bytes between the entry and the helpers: they may lie on another page
	uint32_t registers = 0;           // which register is taken for what
	Breakage breakage = Breakage::none;
	bool operator==(const Program&) const = default;
};

// Pieces, those inside others too.
size_t count_pieces(const Program& program);

}  // namespace siglab
