// How arm64 says it. Frames as gcc and clang make them: {fp, lr} first with write-back; SP down once and pairs above; pairs pushed.
#include <fmt/format.h>

#include <algorithm>

#include "base/types.h"
#include "generate/dialect.h"
#include "guest_asm/layout.h"

namespace siglab::gen {
namespace {

// x8 is the system call's number, x16 and x17 the linker's, x18 the platform's.
constexpr Reg kScratch[] = {0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15};
constexpr Reg kScratchVec[] = {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 20, 24, 30, 31};
constexpr Reg kFp = 29;
constexpr uint32_t kPairReach = 504, kPreIndexReach = 496;

constexpr std::string_view kCompute[] = {
	"add {0}, {1}, {2}",       "sub {0}, {1}, {2}, lsl #2", "eor {0}, {1}, {2}",      "orr {0}, {1}, #0xff",    "and {0}, {1}, {2}",
	"lsl {0}, {1}, #3",        "asr {0}, {1}, #5",          "mul {0}, {1}, {2}",      "madd {0}, {1}, {2}, {1}", "mvn {0}, {1}",
	"adds {0}, {1}, {2}",      "subs {0}, {1}, #7",         "csel {0}, {1}, {2}, ne", "ubfx {0}, {1}, #4, #9",  "udiv {0}, {1}, {2}",
	"cset {0}, hs",            "tst {1}, {2}",              "rbit {0}, {1}",          "umulh {0}, {1}, {2}",    "extr {0}, {1}, {2}, #9"};
constexpr std::string_view kSimd[] = {
	"movi v{0}.16b, #7",             "add v{0}.4s, v{1}.4s, v{2}.4s", "eor v{0}.16b, v{1}.16b, v{2}.16b", "fadd d{0}, d{1}, d{2}",
	"ext v{0}.16b, v{1}.16b, v{2}.16b, #3", "ushr v{0}.2d, v{1}.2d, #7", "umull v{0}.2d, v{1}.2s, v{2}.2s",  "scvtf d{0}, d{1}"};

constexpr std::string_view kRestorer[] = {"mov x8, #NR_rt_sigreturn", "svc #0"};

std::string_view x(const Isa& isa, Reg reg) { return reg_name(isa, reg); }

Lines constant(const Isa& isa, Reg to, uint32_t value) {
	Lines lines = {fmt::format("mov {}, #{:#x}", x(isa, to), value & 0xffff)};
	if (value >> 16 != 0) lines.push_back(fmt::format("movk {}, #{:#x}, lsl #16", x(isa, to), value >> 16));
	return lines;
}

std::string narrow(const Isa&, Reg reg) { return fmt::format("w{}", reg); }

std::string load_word(const Isa& isa, Reg to, Reg base, std::string_view offset) {
	return fmt::format("ldr w{}, [{}, #{}]", to, x(isa, base), offset);
}

Lines vvar_address(const Isa& isa, Reg to, std::string_view vvar, std::string_view, bool) { return {fmt::format("adr {}, {}", x(isa, to), vvar)}; }

Lines under_conditions(std::span<const bool>) { return {}; }

std::string move_if(const Isa& isa, std::string_view condition, Reg to, Reg from) {
	return fmt::format("csel {0}, {1}, {0}, {2}", x(isa, to), x(isa, from), condition);
}

std::string base_address(const Isa& isa, Reg to, Reg vvar, Reg clock) {
	return fmt::format("add {}, {}, w{}, uxtw #VVAR_BASE_SHIFT", x(isa, to), x(isa, vvar), clock);
}

Lines read_base(const Isa& isa, Reg seconds, Reg nanoseconds, Reg base) {
	return {fmt::format("ldp {}, {}, [{}, #VVAR_BASETIME]", x(isa, seconds), x(isa, nanoseconds), x(isa, base))};
}

Lines store_time(const Isa& isa, Reg seconds, Reg nanoseconds, Reg timespec) {
	return {fmt::format("stp {}, {}, [{}]", x(isa, seconds), x(isa, nanoseconds), x(isa, timespec))};
}

std::string to_vector(const Isa& isa, uint8_t d, Reg from) { return fmt::format("fmov d{}, {}", d, x(isa, from)); }
std::string from_vector(const Isa& isa, Reg to, uint8_t d) { return fmt::format("fmov {}, d{}", x(isa, to), d); }

Lines ask_and_return(const Isa&, bool) { return {"mov x8, #NR_clock_gettime", "svc #0", "ret"}; }

// A place in the save area: one register or a pair of them.
struct Cell {
	std::string first, second;
	uint32_t at = 0;
	[[nodiscard]] bool pair() const { return !second.empty(); }
};

enum class Access : uint8_t { store, load };

// What it takes to reach a cell at its offset, or with write-back.
class CellSteps {
   public:
	CellSteps(std::string_view g, Access access) : g_(g), store_(access == Access::store) {}

	void at(const Cell& cell, std::vector<FrameStep>& steps) const {
		if (cell.pair() && cell.at > kPairReach) {
			one(cell.first, fmt::format("[sp, #{}]", cell.at), steps);
			one(cell.second, fmt::format("[sp, #{}]", cell.at + 8), steps);
		} else {
			both(cell, fmt::format("[sp, #{}]", cell.at), steps);
		}
	}
	void moving(const Cell& cell, uint32_t bytes, std::vector<FrameStep>& steps) const {
		both(cell, store_ ? fmt::format("[sp, #-{}]!", bytes) : fmt::format("[sp], #{}", bytes), steps);
	}

   private:
	void one(const std::string& reg, const std::string& address, std::vector<FrameStep>& steps) const {
		steps.push_back({fmt::format("{} {}, {}", store_ ? "str" : "ldr", reg, address), !store_ && reg == g_});
	}
	void both(const Cell& cell, const std::string& address, std::vector<FrameStep>& steps) const {
		if (!cell.pair()) return one(cell.first, address, steps);
		const bool has_g = cell.first == g_ || cell.second == g_;
		steps.push_back({fmt::format("{} {}, {}, {}", store_ ? "stp" : "ldp", cell.first, cell.second, address), !store_ && has_g});
	}

	std::string_view g_;
	bool store_;
};

std::vector<Cell> in_pairs(const std::vector<std::string>& regs) {
	std::vector<Cell> cells;
	for (size_t i = 0; i < regs.size(); i += 2) cells.push_back({.first = regs[i], .second = i + 1 < regs.size() ? regs[i + 1] : std::string{}});
	return cells;
}

// {fp, lr} first, then the general registers, then the vector registers' low halves.
std::vector<Cell> save_area(const Isa& isa, const Frame& wanted, bool linked, FramePlan& plan) {
	constexpr Reg kNotFree[] = {28, kFp};
	plan.free = chosen(isa.callee_saved, wanted.saved, wanted.order, kNotFree);
	std::vector<std::string> regs, vecs;
	for (const Reg reg : plan.free) regs.emplace_back(x(isa, reg));
	if (wanted.saves_g) regs.insert(regs.begin() + static_cast<std::ptrdiff_t>(wanted.order % (regs.size() + 1)), std::string{x(isa, isa.g)});
	for (uint8_t i = 0; i < wanted.saved_vec; ++i) {
		plan.free_vec.push_back(static_cast<Reg>(8 + i));
		vecs.push_back(fmt::format("d{}", 8 + i));
	}
	std::vector<Cell> cells;
	if (linked) cells.push_back({.first = "x29", .second = "x30"});
	for (const std::vector<std::string>& names : {regs, vecs}) {
		for (Cell& cell : in_pairs(names)) cells.push_back(std::move(cell));
	}
	return cells;
}

void lay_out(const Isa& isa, std::vector<Cell>& cells, bool downwards, uint32_t from, FramePlan& plan) {
	for (size_t i = 0; i < cells.size(); ++i) {
		cells[i].at = from + 16 * static_cast<uint32_t>(downwards ? cells.size() - 1 - i : i);
		if (cells[i].first == x(isa, isa.g)) plan.g_at = cells[i].at;
		if (cells[i].second == x(isa, isa.g)) plan.g_at = cells[i].at + 8;
	}
}

// Pairs pushed one by one, then room for the locals.
void push_frame(const std::vector<Cell>& cells, const CellSteps& store, const CellSteps& load, FramePlan& plan) {
	for (const Cell& cell : cells) store.moving(cell, 16, plan.enter);
	if (plan.locals != 0) plan.enter.push_back({.text = fmt::format("sub sp, sp, #{}", plan.locals)});
	if (plan.locals != 0) plan.leave.push_back({.text = fmt::format("add sp, sp, #{}", plan.locals)});
	for (size_t i = cells.size(); i-- > 0;) load.moving(cells[i], 16, plan.leave);
}

// SP down once: by the store of the first cell where that reaches, else by itself.
void drop_frame(const std::vector<Cell>& cells, uint32_t total, const CellSteps& store, const CellSteps& load, FramePlan& plan) {
	if (total == 0) return;
	const bool writes_back = !cells.empty() && cells.front().at == 0 && total <= kPreIndexReach;
	if (!writes_back) plan.enter.push_back({.text = fmt::format("sub sp, sp, #{}", total)});
	for (size_t i = 0; i < cells.size(); ++i) {
		if (writes_back && i == 0) {
			store.moving(cells[i], total, plan.enter);
		} else {
			store.at(cells[i], plan.enter);
		}
	}
	for (size_t i = cells.size(); i-- > 0;) {
		if (writes_back && i == 0) {
			load.moving(cells[i], total, plan.leave);
		} else {
			load.at(cells[i], plan.leave);
		}
	}
	if (!writes_back) plan.leave.push_back({.text = fmt::format("add sp, sp, #{}", total)});
}

FramePlan frame(const Isa& isa, const Frame& wanted, const FrameNeeds& needs, bool) {
	FramePlan plan;
	const bool linked = needs.calls || wanted.frame_pointer || wanted.shape == 0;
	std::vector<Cell> cells = save_area(isa, wanted, linked, plan);
	plan.locals = static_cast<uint32_t>(round_up(needs.locals + wanted.locals, 16));
	const auto saved = static_cast<uint32_t>(16 * cells.size());
	const bool pushes = wanted.shape == 2, at_the_bottom = wanted.shape == 0;
	lay_out(isa, cells, pushes, at_the_bottom ? 0 : plan.locals, plan);
	plan.locals_at = at_the_bottom ? saved : 0;
	const CellSteps store(x(isa, isa.g), Access::store), load(x(isa, isa.g), Access::load);
	if (pushes) {
		push_frame(cells, store, load, plan);
	} else {
		drop_frame(cells, plan.locals + saved, store, load, plan);
	}
	if (linked) plan.enter.push_back({.text = cells.front().at == 0 ? std::string{"mov x29, sp"} : fmt::format("add x29, sp, #{}", cells.front().at)});
	plan.leave.push_back({.text = "ret", .returns = true});
	return plan;
}

}  // namespace

const Dialect kArm64Dialect = {
	.isa = &kArm64,
	.conditional = "b.",
	.barrier = "dmb ishld",
	.scratch = kScratch,
	.scratch_vec = kScratchVec,
	.frame_shapes = 3,
	.spare_registers = 0,
	.nop = 0xd503201f,
	.compact_nop = 0,
	.has_compact = false,
	.compute = kCompute,
	.simd = kSimd,
	.directives = {},
	.constant = constant,
	.narrow = narrow,
	.load_word = load_word,
	.vvar_address = vvar_address,
	.under_conditions = under_conditions,
	.move_if = move_if,
	.base_address = base_address,
	.read_base = read_base,
	.store_time = store_time,
	.to_vector = to_vector,
	.from_vector = from_vector,
	.call_number = "mov x8, #NR_clock_gettime",
	.restorer = kRestorer,
	.ask_and_return = ask_and_return,
	.frame = frame,
};

}  // namespace siglab::gen
