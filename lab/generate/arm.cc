// How arm says it, in ARM and in Thumb-2. Frames as compilers make them: push and pop {.., pc}; pop and bx lr; registers one by one; SP down
// once and stores above.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/types.h"
#include "generate/dialect.h"
#include "guest_asm/layout.h"

namespace siglab::gen {
namespace {

constexpr Reg kScratch[] = {0, 1, 2, 3, 12};
constexpr Reg kScratchVec[] = {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 20, 24, 30, 31};
constexpr Reg kNumber = 7, kFp = 11, kLr = 14;
constexpr uint32_t kImmediateReach = 1020;  // of add and sub on SP: eight bits, moved by two; beyond, by six

constexpr std::string_view kCompute[] = {
	"add {0}, {1}, {2}", "sub {0}, {1}, {2}, lsl #2", "eor {0}, {1}, {2}",     "orr {0}, {1}, #0xff",    "and {0}, {1}, {2}",
	"lsl {0}, {1}, #3",  "asr {0}, {1}, #5",          "mul {0}, {1}, {2}",     "mla {0}, {1}, {2}, {1}", "mvn {0}, {1}",
	"adds {0}, {1}, {2}", "subs {0}, {1}, #7",        "adc {0}, {1}, {2}",     "ubfx {0}, {1}, #4, #9",  "ror {0}, {1}, {2}",
	"rev {0}, {1}",      "tst {1}, {2}",              "rbit {0}, {1}",         "uxth {0}, {1}",          "bic {0}, {1}, {2}"};
constexpr std::string_view kSimd[] = {
	"vmov.i32 d{0}, #7",            "vadd.i32 d{0}, d{1}, d{2}",     "veor d{0}, d{1}, d{2}",    "vadd.f64 d{0}, d{1}, d{2}",
	"vext.8 d{0}, d{1}, d{2}, #3",  "vshr.u64 d{0}, d{1}, #7",       "vmul.i32 d{0}, d{1}, d{2}", "vcnt.8 d{0}, d{1}"};
constexpr std::string_view kDirectives[] = {".syntax unified", ".arm", ".syntax unified", ".thumb"};

std::string_view r(const Isa& isa, Reg reg) { return reg_name(isa, reg); }

Lines constant(const Isa& isa, Reg to, uint32_t value) {
	Lines lines = {fmt::format("movw {}, #{:#x}", r(isa, to), value & 0xffff)};
	if (value >> 16 != 0) lines.push_back(fmt::format("movt {}, #{:#x}", r(isa, to), value >> 16));
	return lines;
}

std::string narrow(const Isa& isa, Reg reg) { return std::string{r(isa, reg)}; }

std::string load_word(const Isa& isa, Reg to, Reg base, std::string_view offset) {
	return fmt::format("ldr {}, [{}, #{}]", r(isa, to), r(isa, base), offset);
}

// Relative to the add, which reads PC two instructions ahead.
Lines vvar_address(const Isa& isa, Reg to, std::string_view vvar, std::string_view label, bool compact) {
	const int ahead = compact ? 4 : 8;
	const std::string_view name = r(isa, to);
	return {fmt::format("movw {}, #:lower16:({} - ({} + {}))", name, vvar, label, ahead), fmt::format("movt {}, #:upper16:({} - ({} + {}))", name, vvar, label, ahead),
	        fmt::format("{}:", label), compact ? fmt::format("add {}, pc", name) : fmt::format("add {}, pc, {}", name, name)};
}

// In ARM code the assembler only checks it.
Lines under_conditions(std::span<const bool> happens) {
	std::string others;
	for (const bool one : happens.subspan(1)) others += one == happens[0] ? 't' : 'e';
	return {fmt::format("it{} {}", others, happens[0] ? "eq" : "ne")};
}

std::string move_if(const Isa& isa, std::string_view condition, Reg to, Reg from) {
	return fmt::format("mov{} {}, {}", condition, r(isa, to), r(isa, from));
}

std::string base_address(const Isa& isa, Reg to, Reg vvar, Reg clock) {
	return fmt::format("add {}, {}, {}, lsl #VVAR_BASE_SHIFT", r(isa, to), r(isa, vvar), r(isa, clock));
}

// The low words: seconds of a 32-bit timespec end in 2038, nanoseconds fit anyway.
Lines read_base(const Isa& isa, Reg seconds, Reg nanoseconds, Reg base) {
	return {fmt::format("ldr {}, [{}, #VVAR_BASETIME]", r(isa, seconds), r(isa, base)),
	        fmt::format("ldr {}, [{}, #(VVAR_BASETIME + 8)]", r(isa, nanoseconds), r(isa, base))};
}

Lines store_time(const Isa& isa, Reg seconds, Reg nanoseconds, Reg timespec) {
	return {fmt::format("str {}, [{}]", r(isa, seconds), r(isa, timespec)), fmt::format("str {}, [{}, #4]", r(isa, nanoseconds), r(isa, timespec))};
}

std::string to_vector(const Isa& isa, uint8_t d, Reg from) { return fmt::format("vmov.32 d{}[0], {}", d, r(isa, from)); }
std::string from_vector(const Isa& isa, Reg to, uint8_t d) { return fmt::format("vmov.32 {}, d{}[0]", r(isa, to), d); }

Lines ask_and_return(const Isa&, bool) { return {"push {r7}", "movw r7, #NR_clock_gettime", "svc #0", "pop {r7}", "bx lr"}; }

std::string list(const Isa& isa, const std::vector<Reg>& regs, bool returns) {
	std::vector<std::string> names;
	for (const Reg reg : regs) names.emplace_back(returns && reg == kLr ? "pc" : r(isa, reg));
	return "{" + join(names, ", ") + "}";
}

bool has(const std::vector<Reg>& regs, Reg reg) { return std::find(regs.begin(), regs.end(), reg) != regs.end(); }

// The registers to save, ascending.
std::vector<Reg> saved_registers(const Isa& isa, const Frame& wanted, const FrameNeeds& needs, FramePlan& plan) {
	std::vector<Reg> not_free = {isa.g, kNumber};
	if (wanted.frame_pointer) not_free.push_back(kFp);
	plan.free = chosen(isa.callee_saved, wanted.saved, wanted.order, not_free);
	std::vector<Reg> regs = plan.free;
	if (wanted.saves_g) regs.push_back(isa.g);
	if (needs.syscalls) regs.push_back(kNumber);
	if (wanted.frame_pointer) regs.push_back(kFp);
	if (needs.calls || wanted.frame_pointer) regs.push_back(kLr);
	std::sort(regs.begin(), regs.end());
	return regs;
}

void move_sp(std::string_view how, uint32_t bytes, std::vector<FrameStep>& steps) {
	if (bytes != 0) steps.push_back({.text = fmt::format("{} sp, sp, #{}", how, bytes)});
}

// One instruction for all; what is odd is filled up with a register that holds nothing.
void push_all(const Isa& isa, std::vector<Reg> regs, const std::string& vecs, bool pops_pc, FramePlan& plan) {
	if (regs.size() % 2 != 0) regs.insert(regs.begin(), 3);
	const bool any = !regs.empty(), returns = pops_pc && has(regs, kLr);
	if (any) plan.enter.push_back({.text = "push " + list(isa, regs, false)});
	if (!vecs.empty()) plan.enter.push_back({.text = "vpush " + vecs});
	move_sp("sub", plan.locals, plan.enter);
	move_sp("add", plan.locals, plan.leave);
	if (!vecs.empty()) plan.leave.push_back({.text = "vpop " + vecs});
	if (any) plan.leave.push_back({"pop " + list(isa, regs, returns), has(regs, isa.g), returns});
	if (!returns) plan.leave.push_back({.text = "bx lr", .returns = true});
}

void push_singly(const Isa& isa, const std::vector<Reg>& regs, const std::string& vecs, FramePlan& plan) {
	for (size_t i = regs.size(); i-- > 0;) plan.enter.push_back({.text = fmt::format("str {}, [sp, #-4]!", r(isa, regs[i]))});
	const uint32_t filler = regs.size() % 2 != 0 ? 4 : 0;
	move_sp("sub", filler, plan.enter);
	if (!vecs.empty()) plan.enter.push_back({.text = "vpush " + vecs});
	move_sp("sub", plan.locals, plan.enter);
	move_sp("add", plan.locals, plan.leave);
	if (!vecs.empty()) plan.leave.push_back({.text = "vpop " + vecs});
	move_sp("add", filler, plan.leave);
	for (const Reg reg : regs) plan.leave.push_back({fmt::format("ldr {}, [sp], #4", r(isa, reg)), reg == isa.g});
	plan.leave.push_back({.text = "bx lr", .returns = true});
}

void drop_once(const Isa& isa, const std::vector<Reg>& regs, const std::string& vecs, uint32_t area, FramePlan& plan) {
	if (!vecs.empty()) plan.enter.push_back({.text = "vpush " + vecs});
	move_sp("sub", plan.locals + area, plan.enter);
	for (size_t i = 0; i < regs.size(); ++i) {
		plan.enter.push_back({.text = fmt::format("str {}, [sp, #{}]", r(isa, regs[i]), plan.locals + 4 * i)});
		plan.leave.push_back({fmt::format("ldr {}, [sp, #{}]", r(isa, regs[i]), plan.locals + 4 * i), regs[i] == isa.g});
	}
	move_sp("add", plan.locals + area, plan.leave);
	if (!vecs.empty()) plan.leave.push_back({.text = "vpop " + vecs});
	plan.leave.push_back({.text = "bx lr", .returns = true});
}

FramePlan frame(const Isa& isa, const Frame& wanted, const FrameNeeds& needs, bool) {
	FramePlan plan;
	const std::vector<Reg> regs = saved_registers(isa, wanted, needs, plan);
	for (uint8_t i = 0; i < wanted.saved_vec; ++i) plan.free_vec.push_back(static_cast<Reg>(8 + i));
	std::vector<std::string> names;
	for (const Reg reg : plan.free_vec) names.push_back(fmt::format("d{}", reg));
	const std::string vecs = names.empty() ? std::string{} : "{" + join(names, ", ") + "}";
	const auto area = static_cast<uint32_t>(round_up(4 * regs.size(), 8));
	const bool drops = wanted.shape == 3;
	plan.locals = static_cast<uint32_t>(round_up(needs.locals + wanted.locals, 8));
	if (plan.locals + area > kImmediateReach) plan.locals = static_cast<uint32_t>(round_up(plan.locals + area, 64)) - (drops ? area : 0);

	// Where g lies: shapes that push have a filler below the registers, and the vector registers below that.
	const auto at = static_cast<uint32_t>(std::find(regs.begin(), regs.end(), isa.g) - regs.begin());
	const uint32_t filler = drops ? 0 : area - static_cast<uint32_t>(4 * regs.size());
	const uint32_t below = plan.locals + (drops ? 0 : 8u * wanted.saved_vec) + filler;
	if (wanted.saves_g) plan.g_at = below + 4 * at;

	if (drops) {
		drop_once(isa, regs, vecs, area, plan);
	} else if (wanted.shape == 2) {
		push_singly(isa, regs, vecs, plan);
	} else {
		push_all(isa, regs, vecs, wanted.shape == 0, plan);
	}
	if (wanted.frame_pointer) plan.enter.push_back({.text = "add r11, sp, #0"});
	return plan;
}

}  // namespace

const Dialect kArmDialect = {
	.isa = &kArm,
	.conditional = "b",
	.barrier = "dmb ish",
	.scratch = kScratch,
	.scratch_vec = kScratchVec,
	.frame_shapes = 4,
	.spare_registers = 3,
	.nop = 0xe320f000,
	.compact_nop = 0xbf00bf00,
	.has_compact = true,
	.compute = kCompute,
	.simd = kSimd,
	.directives = kDirectives,
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
	.call_number = "movw r7, #NR_clock_gettime",
	.restorer = {},
	.ask_and_return = ask_and_return,
	.frame = frame,
};

}  // namespace siglab::gen
