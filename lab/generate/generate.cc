#include "generate/generate.h"

#include "generate/dialect.h"
#include "generate/random.h"

namespace siglab {
namespace {

using namespace gen;

constexpr std::string_view kOps[] = {"compute", "block", "loop",  "branch",  "group", "call", "simd",   "stack", "vvar",
                                     "ask",     "pad",   "dirty", "restore", "spill", "swap", "vector", "host"};
static_assert(std::size(kOps) == kOpCount);
constexpr std::string_view kBreakages[] = {"none", "forget-restore", "leak-g", "leak-other", "leak-vector", "misalign-sp", "write-beyond"};
static_assert(std::size(kBreakages) == kBreakageCount);

// How often each op is taken, in a body and in a phase of the clock function.
struct Chance {
	Op op;
	uint32_t weight;
};
constexpr Chance kChances[] = {{Op::compute, 12}, {Op::dirty, 10}, {Op::restore, 7}, {Op::host, 7}, {Op::swap, 3}, {Op::spill, 3}, {Op::vector, 2},
                               {Op::branch, 3},   {Op::loop, 2},   {Op::call, 4},    {Op::simd, 3}, {Op::stack, 2}, {Op::vvar, 2}, {Op::ask, 1},
                               {Op::pad, 2},      {Op::block, 3}};

Op choose_op(Random& random) {
	uint32_t all = 0;
	for (const Chance& chance : kChances) all += chance.weight;
	uint32_t pick = random.below(all);
	for (const Chance& chance : kChances) {
		if (pick < chance.weight) return chance.op;
		pick -= chance.weight;
	}
	return Op::compute;
}

class Generator {
   public:
	Generator(Random& random, const Dialect& dialect) : random_(random), dialect_(dialect) {}

	Program program() {
		Program made;
		made.compact = dialect_.has_compact && random_.one_in(2);
		made.registers = static_cast<uint32_t>(random_.next());
		made.helpers_first = random_.one_in(2);
		made.second_early = random_.one_in(3);
		made.two_exits = random_.one_in(3);
		made.early_way_out = random_.one_in(8);
		if (random_.one_in(12)) made.entry_pad = static_cast<uint16_t>(random_.between(1, 1300) * 4);
		made.frame = frame(dialect_.spare_registers);
		const uint32_t helpers = random_.one_in(2) ? random_.between(1, 3) : 0;
		for (uint32_t i = 0; i < helpers; ++i) made.helpers.push_back({frame(0), pieces(random_.between(1, 4), 1)});
		if (helpers != 0 && random_.one_in(4)) made.helper_pad = static_cast<uint16_t>(random_.between(1, 1300) * 4);
		for (std::vector<Piece>& phase : made.phases) {
			if (random_.below(5) < 2) phase = pieces(random_.between(1, 3), 2);
		}
		return made;
	}

   private:
	Frame frame(uint8_t at_least) {
		Frame made;
		made.shape = static_cast<uint8_t>(random_.below(dialect_.frame_shapes));
		made.saved = static_cast<uint8_t>(random_.between(at_least, at_least + 3u));
		made.saves_g = !random_.one_in(3);
		made.frame_pointer = random_.one_in(4);
		made.saved_vec = static_cast<uint8_t>(random_.one_in(5) ? random_.between(1, 4) : 0);
		if (random_.one_in(4)) made.locals = static_cast<uint16_t>(random_.one_in(6) ? random_.between(1, 14) * 64 : random_.between(1, 8) * 8);
		made.order = static_cast<uint32_t>(random_.next());
		return made;
	}

	std::vector<Piece> pieces(uint32_t count, uint32_t depth) {
		std::vector<Piece> made;
		for (uint32_t i = 0; i < count; ++i) made.push_back(piece(depth));
		return made;
	}

	Piece piece(uint32_t depth) {
		Piece made{.op = choose_op(random_), .amount = 0, .salt = static_cast<uint32_t>(random_.next()), .inside = {}};
		const bool nests = made.op == Op::loop || made.op == Op::branch || made.op == Op::stack;
		if (nests && depth == 0) made.op = Op::compute;
		switch (made.op) {
			case Op::compute: made.amount = random_.between(1, 4); break;
			case Op::simd: made.amount = random_.between(1, 3); break;
			case Op::block: made.amount = random_.between(1, 4); break;
			case Op::call: made.amount = random_.below(3); break;
			case Op::pad: made.amount = 4 * (random_.one_in(2) ? random_.between(1, 8) : random_.between(200, 1400)); break;
			case Op::loop:
				made.amount = random_.between(1, 3);
				made.inside = pieces(random_.between(1, 2), depth - 1);
				break;
			case Op::stack:
				made.amount = random_.one_in(4) ? 64 * random_.between(1, 30) : 16 * random_.between(1, 4);
				made.inside = pieces(random_.between(0, 2), depth - 1);
				break;
			case Op::branch:
				for (int arm = 0; arm < 2; ++arm) made.inside.push_back({.op = Op::group, .inside = pieces(random_.between(0, 2), depth - 1)});
				break;
			default: break;
		}
		return made;
	}

	Random& random_;
	const Dialect& dialect_;
};

// What a fault needs to be one: an epilogue that does not mend it by the way.
void prepare(Program& program) {
	if (program.breakage == Breakage::none) return;
	program.frame.shape = 1;
	program.early_way_out = false;
	if (program.breakage == Breakage::forgets_restore) program.frame.saves_g = false;
}

size_t count_in(const std::vector<Piece>& pieces) {
	size_t count = pieces.size();
	for (const Piece& piece : pieces) count += count_in(piece.inside);
	return count;
}

}  // namespace

std::string_view op_name(Op op) { return kOps[static_cast<size_t>(op)]; }
std::string_view breakage_name(Breakage breakage) { return kBreakages[static_cast<size_t>(breakage)]; }

size_t count_pieces(const Program& program) {
	size_t count = 0;
	for (const std::vector<Piece>& phase : program.phases) count += count_in(phase);
	for (const Helper& helper : program.helpers) count += count_in(helper.body);
	return count;
}

Program generate(uint64_t seed, uint64_t index, const Isa& isa, Breakage breakage) {
	Random random(mix(mix(mix(seed) + index) + static_cast<uint64_t>(isa.id)));
	Program program = Generator(random, dialect_of(isa)).program();
	program.breakage = breakage;
	prepare(program);
	return program;
}

}  // namespace siglab
