// What every engine must do, by what the architecture says: each class of instruction that the guests use, on arm64, ARM and Thumb. `both`
// runs them too: there the two emulators are held against each other at every boundary as well.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "micro.h"

namespace siglab {
namespace {

using std::string;
using test::kData;
using test::kTwoPages;
using test::kText;
using test::kThumbFlag;
using test::Micro;
using testing::ElementsAre;
using testing::HasSubstr;

class Conformance : public test::OnEngine {};
INSTANTIATE_TEST_SUITE_P(, Conformance, test::every_engine(), test::name_of_engine);

enum class Set : uint8_t { arm64, arm, thumb };
const Isa& isa_of(Set set) { return set == Set::arm64 ? kArm64 : kArm; }

// Code in that instruction set, at its first instruction, with the data page's address in register 0.
Micro micro(Set set, const string& code) {
	const bool thumb = set == Set::thumb;
	Micro made(isa_of(set), fmt::format("{}{}\n\tsvc #0", set == Set::arm64 ? "" : thumb ? "\t.syntax unified\n\t.thumb\n" : "\t.syntax unified\n", code));
	made.cpu.gpr[0] = kData;
	if (thumb) made.cpu.flags |= kThumbFlag;
	return made;
}

// Register 1 at the end, and the flags N, Z, C, V (or -1: not looked at).
struct Class {
	const char* what;
	Set set;
	const char* code;
	uint64_t result;
	int nzcv = -1;
};

constexpr Class kClasses[] = {
	{"a constant in two moves", Set::arm64, "movz x1, #0xca00\n movk x1, #0x3b9a, lsl #16", 1'000'000'000},
	{"the highest half", Set::arm64, "movz x1, #0x1234, lsl #48", 0x1234'0000'0000'0000},
	{"the inverse", Set::arm64, "movn w1, #1", 0xfffffffe},
	{"addition with carry out", Set::arm64, "mov x2, #-1\n adds x1, x2, #1", 0, 0b0110},
	{"addition with overflow", Set::arm64, "mov x2, #0x7fffffffffffffff\n adds x1, x2, #1", 0x8000'0000'0000'0000, 0b1001},
	{"subtraction below zero", Set::arm64, "mov x2, #1\n subs x1, x2, #2", ~uint64_t{0}, 0b1000},
	{"carry into the next word", Set::arm64, "mov x2, #-1\n adds x3, x2, x2\n adc x1, xzr, xzr", 1},
	{"a shifted operand", Set::arm64, "mov x2, #3\n mov x3, #5\n add x1, x2, x3, lsl #4", 83},
	{"an extended operand", Set::arm64, "mov x2, #1\n mov w3, #-1\n add x1, x2, w3, sxtw", 0},
	{"and, or, exclusive or", Set::arm64, "mov x2, #0xff\n and x1, x2, #0xf0\n orr x1, x1, #1\n eor x1, x1, #3", 0xf2},
	{"bits tested", Set::arm64, "mov x1, #8\n tst x1, #4", 8, 0b0100},
	{"a product and a sum", Set::arm64, "mov x2, #7\n mov x3, #6\n mov x4, #100\n madd x1, x2, x3, x4", 142},
	{"the high half of a product", Set::arm64, "mov x2, #-1\n umulh x1, x2, x2", ~uint64_t{1}},
	{"division", Set::arm64, "mov x2, #100\n mov x3, #7\n udiv x1, x2, x3", 14},
	{"division by zero", Set::arm64, "mov x2, #100\n udiv x1, x2, xzr", 0},
	{"a wait is a pause", Set::arm64, "mov x1, #1\n wfi\n add x1, x1, #1\n wfi\n wfe\n add x1, x1, #1", 3},
	{"a wait is a pause", Set::arm, "mov r1, #1\n wfi\n add r1, r1, #1\n cmp r1, #0\n wfieq\n wfine\n add r1, r1, #1", 3},
	{"a wait is a pause", Set::thumb, "movs r1, #1\n wfi\n adds r1, r1, #1\n wfi\n adds r1, r1, #1", 3},
	{"a field of bits", Set::arm64, "mov x2, #0xabcd\n ubfx x1, x2, #4, #8", 0xbc},
	{"leading zeros", Set::arm64, "mov x2, #1\n clz x1, x2", 63},
	{"a choice", Set::arm64, "mov x2, #1\n cmp x2, #1\n csinc x1, xzr, x2, eq", 0, 0b0110},
	{"a comparison that depends", Set::arm64, "mov x1, #5\n cmp x1, #5\n ccmp x1, #6, #0, eq", 5, 0b1000},
	{"an address nearby", Set::arm64, "adr x1, .", kText},
	{"the page of an address", Set::arm64, "nop\n adrp x1, .", kText},
	{"a literal", Set::arm64, "ldr x1, 1f\n b 2f\n.balign 8\n1:\t.quad 0x1122334455667788\n2:\tnop", 0x1122334455667788},
	{"bytes, signed and not", Set::arm64, "mov w2, #0x80\n strb w2, [x0]\n ldrsb x1, [x0]\n ldrb w3, [x0]\n add x1, x1, x3", 0},
	{"halfwords", Set::arm64, "mov w2, #0xffff\n strh w2, [x0, #6]\n ldrsh w1, [x0, #6]", 0xffffffff},
	{"a word, sign-extended", Set::arm64, "mov w2, #-2\n str w2, [x0]\n ldrsw x1, [x0]", ~uint64_t{1}},
	{"before and after", Set::arm64, "mov x3, x0\n mov x2, #9\n str x2, [x3, #8]!\n ldr x4, [x3], #-8\n sub x1, x3, x0\n add x1, x1, x4", 9},
	{"a pair", Set::arm64, "mov x2, #3\n mov x3, #4\n stp x2, x3, [sp, #-16]!\n ldp x4, x5, [sp], #16\n add x1, x4, x5, lsl #8", 0x403},
	{"an index", Set::arm64, "mov x2, #5\n mov w3, #2\n str x2, [x0, w3, uxtw #3]\n ldr x1, [x0, #16]", 5},
	{"acquire and release", Set::arm64, "mov x2, #5\n stlr x2, [x0]\n ldar x1, [x0]", 5},
	{"barriers and hints", Set::arm64, "mov x1, #1\n dmb ish\n dsb sy\n isb\n nop\n add x1, x1, #1", 2},
	{"a call and a return", Set::arm64, "mov x1, #1\n bl 1f\n add x1, x1, #4\n b 2f\n1:\tadd x1, x1, #2\n ret\n2:\tnop", 7},
	{"a call through a register", Set::arm64, "mov x1, #1\n adr x2, 1f\n blr x2\n b 2f\n1:\tadd x1, x1, #2\n br x30\n2:\tnop", 3},
	{"compare and branch", Set::arm64, "mov x1, #3\n mov x2, #0\n1:\tadd x2, x2, #2\n sub x1, x1, #1\n cbnz x1, 1b\n mov x1, x2", 6},
	{"test and branch", Set::arm64, "mov x1, #4\n tbz x1, #2, 1f\n mov x1, #1\n1:\tnop", 1},
	{"the flags as a word", Set::arm64, "mov x2, #0x60000000\n msr nzcv, x2\n mrs x1, nzcv", 0x60000000, 0b0110},
	{"the thread pointer, written", Set::arm64, "mov x2, #77\n msr tpidr_el0, x2\n mrs x1, tpidr_el0", 77},
	{"an exclusive pair that nobody disturbs", Set::arm64, "ldxr x2, [x0]\n add x2, x2, #1\n stxr w3, x2, [x0]\n ldr x1, [x0]\n add x1, x1, x3, lsl #8", 1},
	{"an exclusive store without a load", Set::arm64, "clrex\n mov x2, #9\n stxr w1, x2, [x0]\n ldr x4, [x0]\n add x1, x1, x4", 1},
	{"floating point", Set::arm64, "fmov d1, #2.0\n fmov d2, #0.5\n fadd d3, d1, d2\n fmul d3, d3, d1\n fcvtzs x1, d3", 5},
	{"a floating-point comparison", Set::arm64, "fmov d1, #2.0\n fmov d2, #3.0\n mov x1, #0\n fcmp d1, d2", 0, 0b1000},
	{"between integers and floats", Set::arm64, "mov x2, #9\n scvtf d1, x2\n fsqrt d1, d1\n fcvtzu x1, d1", 3},
	{"vectors", Set::arm64, "mov x2, #3\n dup v1.2d, x2\n add v1.2d, v1.2d, v1.2d\n mov x1, v1.d[1]", 6},
	{"a vector through memory", Set::arm64, "movi v1.16b, #1\n st1 {v1.16b}, [x0]\n ld1 {v2.16b}, [x0]\n umov x1, v2.d[1]", 0x0101010101010101},
	{"vector registers in pairs", Set::arm64, "movi v8.16b, #2\n stp q8, q8, [x0]\n ldp d9, d10, [x0, #16]\n mov x1, v9.d[1]", 0},

	{"a constant in two moves", Set::arm, "movw r1, #0xca00\n movt r1, #0x3b9a", 1'000'000'000},
	{"an immediate that turns", Set::arm, "mov r1, #0xff000000", 0xff000000},
	{"addition with carry out", Set::arm, "mvn r2, #0\n adds r1, r2, #1", 0, 0b0110},
	{"subtraction below zero", Set::arm, "mov r2, #1\n subs r1, r2, #2", 0xffffffff, 0b1000},
	{"carry into the next word", Set::arm, "mvn r2, #0\n adds r3, r2, r2\n mov r1, #0\n adc r1, r1, #0", 1},
	{"a reversed subtraction", Set::arm, "mov r2, #1\n rsb r1, r2, #10", 9},
	{"a shift's carry", Set::arm, "mov r2, #3\n movs r1, r2, lsr #1", 1, 0b0010},
	{"a shift by a register", Set::arm, "mov r2, #1\n mov r3, #31\n lsl r1, r2, r3", 0x80000000},
	{"on a condition", Set::arm, "mov r1, #1\n cmp r1, #1\n addeq r1, r1, #1\n addne r1, r1, #2", 2, 0b0110},
	{"bits cleared and put in", Set::arm, "mvn r1, #0\n bfc r1, #4, #8\n mov r2, #5\n bfi r1, r2, #4, #4", 0xfffff05f},
	{"a long product", Set::arm, "mvn r2, #0\n umull r3, r1, r2, r2", 0xfffffffe},
	{"a product and a sum", Set::arm, "mov r2, #7\n mov r3, #6\n mov r4, #100\n mla r1, r2, r3, r4", 142},
	{"leading zeros, bytes turned", Set::arm, "mov r2, #1\n clz r1, r2\n rev r2, r2\n add r1, r1, r2", 0x0100001f},
	{"a literal", Set::arm, "ldr r1, 1f\n b 2f\n1:\t.word 0x11223344\n2:\tnop", 0x11223344},
	{"bytes, signed and not", Set::arm, "mov r2, #0x80\n strb r2, [r0]\n ldrsb r1, [r0]\n ldrb r3, [r0]\n add r1, r1, r3", 0},
	{"halfwords", Set::arm, "mvn r2, #0\n strh r2, [r0, #6]\n ldrsh r1, [r0, #6]", 0xffffffff},
	{"a double word", Set::arm, "mov r2, #3\n mov r3, #4\n strd r2, r3, [r0, #8]\n ldrd r4, r5, [r0, #8]\n add r1, r4, r5, lsl #8", 0x403},
	{"before and after", Set::arm, "mov r3, r0\n mov r2, #9\n str r2, [r3, #4]!\n ldr r4, [r3], #-4\n sub r1, r3, r0\n add r1, r1, r4", 9},
	{"several up", Set::arm, "mov r2, #1\n mov r3, #2\n mov r4, #3\n stmia r0, {r2-r4}\n ldmib r0, {r5, r6}\n add r1, r5, r6, lsl #8", 0x302},
	{"several down, on the stack", Set::arm, "mov r4, #1\n mov r5, #2\n push {r4, r5, lr}\n pop {r2, r3, lr}\n add r1, r2, r3, lsl #8", 0x201},
	{"barriers", Set::arm, "mov r1, #1\n dmb ish\n dsb sy\n isb\n add r1, r1, #1", 2},
	{"barriers of older CPUs", Set::arm, "mov r1, #1\n mcr p15, 0, r1, c7, c10, 5\n mcr p15, 0, r1, c7, c10, 4\n mcr p15, 0, r1, c7, c5, 4", 1},
	{"a call and a return", Set::arm, "mov r1, #1\n bl 1f\n add r1, r1, #4\n b 2f\n1:\tadd r1, r1, #2\n bx lr\n2:\tnop", 7},
	{"a return by loading PC", Set::arm, "mov r1, #1\n bl 1f\n b 2f\n1:\tpush {r4, lr}\n add r1, r1, #2\n pop {r4, pc}\n2:\tnop", 3},
	{"into Thumb and back", Set::arm, "mov r1, #1\n adr r2, 1f\n orr r2, r2, #1\n blx r2\n b 2f\n.thumb\n1:\tadd.w r1, r1, #2\n bx lr\n nop\n.arm\n2:\tnop", 3},
	{"the thread pointer", Set::arm, "mrc p15, 0, r1, c13, c0, 3\n eor r1, r1, #1", TLS_BLOCK ^ 1},
	{"the flags as a word", Set::arm, "mov r2, #0x60000000\n msr cpsr_f, r2\n mrs r1, cpsr\n and r1, r1, #0xf0000000", 0x60000000, 0b0110},
	{"an exclusive pair that nobody disturbs", Set::arm, "ldrex r2, [r0]\n add r2, r2, #1\n strex r3, r2, [r0]\n ldr r1, [r0]\n add r1, r1, r3, lsl #8", 1},
	{"an exclusive store without a load", Set::arm, "clrex\n mov r2, #9\n strex r1, r2, [r0]\n ldr r4, [r0]\n add r1, r1, r4", 1},
	{"an exclusive double word", Set::arm, "ldrexd r2, r3, [r0]\n mov r2, #7\n mov r3, #9\n strexd r4, r2, r3, [r0]\n ldr r1, [r0, #4]\n add r1, r1, r4", 9},
	{"floating point", Set::arm, "vmov.f64 d1, #2.0\n vmov.f64 d2, #0.5\n vadd.f64 d3, d1, d2\n vmul.f64 d3, d3, d1\n vcvt.s32.f64 s0, d3\n vmov r1, s0", 5},
	{"a floating-point comparison", Set::arm, "vmov.f64 d1, #2.0\n vmov.f64 d2, #3.0\n mov r1, #0\n vcmp.f64 d1, d2\n vmrs apsr_nzcv, fpscr", 0, 0b1000},
	{"vectors", Set::arm, "mov r2, #3\n vdup.32 q1, r2\n vadd.i32 q1, q1, q1\n vmov r1, r2, d3", 6},
	{"vectors through memory", Set::arm, "vmov.i8 q4, #1\n vst1.8 {d8, d9}, [r0]\n vldr d20, [r0, #8]\n vmov r1, r2, d20", 0x01010101},

	{"small constants and flags", Set::thumb, "movs r1, #0", 0, -1},
	{"a constant in two moves", Set::thumb, "movw r1, #0xca00\n movt r1, #0x3b9a", 1'000'000'000},
	{"addition with carry out", Set::thumb, "mvn r2, #0\n adds r1, r2, #1", 0, 0b0110},
	{"a wide operand", Set::thumb, "movs r2, #3\n movs r3, #5\n add.w r1, r2, r3, lsl #4", 83},
	{"high registers", Set::thumb, "movw r8, #5\n mov r1, r8\n add r1, r8", 10},
	{"compare and branch", Set::thumb, "movs r1, #3\n movs r2, #0\n1:\tadds r2, #2\n subs r1, #1\n bne 1b\n mov r1, r2\n cbz r1, 2f\n adds r1, #1\n2:\tnop", 7},
	{"a table of branches", Set::thumb, "movs r1, #1\n tbb [pc, r1]\n1:\t.byte (2f-1b)/2, (3f-1b)/2\n2:\tmovs r1, #5\n b 4f\n3:\tmovs r1, #6\n4:\tnop", 6},
	{"a literal", Set::thumb, "ldr.w r1, 1f\n b.w 2f\n.balign 4\n1:\t.word 0x11223344\n2:\tnop", 0x11223344},
	{"several on the stack", Set::thumb, "movs r4, #1\n movs r5, #2\n push.w {r4, r5, r10, lr}\n pop.w {r2, r3, r10, lr}\n add.w r1, r2, r3, lsl #8", 0x201},
	{"a double word", Set::thumb, "movs r2, #3\n movs r3, #4\n strd r2, r3, [r0, #8]\n ldrd r4, r5, [r0, #8]\n add.w r1, r4, r5, lsl #8", 0x403},
	{"a call and a return", Set::thumb, "movs r1, #1\n bl 1f\n adds r1, #4\n b 2f\n1:\tadds r1, #2\n bx lr\n2:\tnop", 7},
	{"an exclusive pair that nobody disturbs", Set::thumb, "ldrex r2, [r0]\n adds r2, #1\n strex r3, r2, [r0]\n ldr r1, [r0]\n add.w r1, r1, r3, lsl #8", 1},
	{"an IT block that holds", Set::thumb, "movs r1, #1\n cmp r1, #1\n itt eq\n addeq r1, #2\n addeq r1, #4", 7, 0b0110},
	{"an IT block that does not", Set::thumb, "movs r1, #1\n cmp r1, #2\n ittt eq\n addeq r1, #2\n addeq r1, #4\n addeq r1, #8", 1, 0b1000},
	{"an IT block both ways", Set::thumb, "movs r1, #1\n cmp r1, #1\n itete eq\n addeq r1, #2\n addne r1, #4\n addeq r1, #8\n addne r1, #16", 11, 0b0110},
	{"an IT block that changes the flags it asks", Set::thumb, "movs r1, #1\n cmp r1, #1\n itt eq\n cmpeq r1, #2\n addeq r1, #4", 1, 0b1000},
	{"a branch out of an IT block", Set::thumb, "movs r1, #1\n cmp r1, #1\n itt eq\n addeq r1, #2\n beq 1f\n adds r1, #8\n1:\tnop", 3},
	{"a return out of an IT block", Set::thumb, "movs r1, #1\n bl 1f\n b 2f\n1:\tcmp r1, #1\n itt eq\n addeq r1, #2\n bxeq lr\n2:\tnop", 3},
	{"a store in an IT block", Set::thumb, "movs r1, #5\n cmp r1, #5\n ite eq\n streq r1, [r0]\n strne r0, [r0]\n ldr r1, [r0]", 5},
};

TEST_P(Conformance, EachClassOfInstructionDoesWhatItShould) {
	for (const Class& one : kClasses) {
		for (const bool hooked : {true, false}) {
			SCOPED_TRACE(fmt::format("{} {}{}", one.set == Set::arm64 ? "arm64" : one.set == Set::arm ? "arm" : "thumb", one.what, hooked ? ", hooked" : ""));
			Micro made = micro(one.set, one.code);
			ASSERT_EQ(made.run(hooked).reason, StopReason::syscall);
			EXPECT_EQ(made.cpu.gpr[1], one.result);
			const uint64_t flags = made.cpu.flags >> 28 & 0xf;
			EXPECT_EQ(one.nzcv < 0 ? flags : static_cast<uint64_t>(one.nzcv), flags);
			EXPECT_EQ(made.cpu.flags & isa_of(one.set).it_bits, 0u);
		}
	}
}

// An inexact quotient shows in the status, and stays there; at a system call, a fault, an undefined instruction. The host's own FP is not seen.
TEST_P(Conformance, TheFpStatusIsTheGuests) {
	constexpr uint64_t kInexact = 0x10;
	volatile double host = 1;
	host = host / 3;
	for (const Set set : {Set::arm64, Set::arm}) {
		for (const char* end : {"\tsvc #0", "\tudf #0", "\tbr x2", "\tldr x1, [x2]"}) {
			const string last = set == Set::arm ? (end[1] == 'b' ? "\tbx r2" : end[1] == 'l' ? "\tldr r1, [r2]" : end) : end;
			const string divide = set == Set::arm64 ? "\tfdiv d0, d1, d2\n" : "\tvdiv.f64 d0, d1, d2\n";
			for (const bool inexact : {false, true}) {
				for (const bool hooked : {true, false}) {
					SCOPED_TRACE(fmt::format("{}{}", last, hooked ? ", hooked" : ""));
					Micro made = micro(set, (inexact ? divide : "") + last);
					made.cpu.fpsr = made.cpu.fpcr = 0;
					made.cpu.gpr[2] = 0x90000;
					const size_t words = set == Set::arm64 ? 2 : 1;
					made.cpu.vec[words] = 0x3ff0000000000000;      // 1
					made.cpu.vec[2 * words] = 0x4008000000000000;  // 3
					(void)made.run(hooked);
					EXPECT_EQ(made.cpu.fpsr, inexact ? kInexact : 0);
				}
			}
		}
	}
}

// Whatever else than the general registers an instruction changes: the next boundary shows it, as the end of a run does.
TEST_P(Conformance, ABoundaryShowsEveryRegister) {
	constexpr std::pair<Set, const char*> kChanging[] = {
		{Set::arm64, "fmov d1, #2.0"}, {Set::arm64, "fdiv d0, d1, d2"}, {Set::arm64, "movi v3.16b, #7"}, {Set::arm64, "dup v1.2d, x2"},
		{Set::arm64, "ldr q4, [x0]"}, {Set::arm64, "ldr d5, [x0], #8"}, {Set::arm64, "ldp q6, q7, [x0]"}, {Set::arm64, "ld1 {v8.16b}, [x0]"},
		{Set::arm64, "ld1 {v9.b}[3], [x0]"}, {Set::arm64, "ldr q4, ."}, {Set::arm64, "sqadd v3.4s, v1.4s, v2.4s"}, {Set::arm64, "aese v1.16b, v2.16b"},
		{Set::arm64, "sha256h q1, q2, v3.4s"}, {Set::arm64, "fmadd d5, d1, d2, d3"}, {Set::arm64, "msr fpsr, x2"}, {Set::arm64, "msr fpcr, x3"},
		{Set::arm64, "msr tpidr_el0, x4"},
		{Set::arm, "vmov.f64 d1, #2.0"}, {Set::arm, "vdiv.f64 d0, d1, d2"}, {Set::arm, "vmov.i8 q4, #1"}, {Set::arm, "vdup.32 q1, r2"},
		{Set::arm, "vmov d3, r2, r4"}, {Set::arm, "vmov.32 d3[1], r2"}, {Set::arm, "vldr d4, [r0, #8]"}, {Set::arm, "vldmia r0, {d6-d8}"},
		{Set::arm, "vpop {d9}"}, {Set::arm, "vld1.8 {d10}, [r0]"}, {Set::arm, "vadd.i32 q1, q2, q3"}, {Set::arm, "vqadd.s32 q3, q1, q2"},
		{Set::arm, "vmsr fpscr, r2"}, {Set::arm, "vcmp.f64 d1, d2"},
		{Set::thumb, "vmov.f64 d1, #2.0"}, {Set::thumb, "vdiv.f64 d0, d1, d2"}, {Set::thumb, "vmov.i8 q4, #1"}, {Set::thumb, "vdup.32 q1, r2"},
		{Set::thumb, "vmov d3, r2, r4"}, {Set::thumb, "vldr d4, [r0, #8]"}, {Set::thumb, "vldmia r0, {d6-d8}"}, {Set::thumb, "vpop {d9}"},
		{Set::thumb, "vld1.8 {d10}, [r0]"}, {Set::thumb, "vadd.i32 q1, q2, q3"}, {Set::thumb, "vqadd.s32 q3, q1, q2"}, {Set::thumb, "vmsr fpscr, r2"},
		{Set::thumb, "vcmp.f64 d1, d2"},
	};
	for (const auto& [set, code] : kChanging) {
		SCOPED_TRACE(code);
		const string crypto = set == Set::arm64 ? ".arch armv8-a+crypto\n\t" : ".fpu neon-fp-armv8\n\t";
		Micro shown = micro(set, crypto + code + "\n\tnop");
		Micro ends = micro(set, crypto + code);
		for (Micro* made : {&shown, &ends}) {
			made->cpu.fpsr = made->cpu.fpcr = 0;
			made->cpu.gpr[2] = made->cpu.gpr[3] = 0x08000000;  // of FPSR and FPSCR: saturated, carry
			for (uint64_t i = 0; i < 0x100; ++i) ASSERT_TRUE(made->memory().place_word({kData + 8 * i}, 0x0102030405060708 * (i + 1), 8));
		}
		ASSERT_EQ(shown.record().reason, StopReason::syscall);
		ASSERT_EQ(ends.replay().reason, StopReason::syscall);
		Cpu at = shown.cpus.at(1);
		at.pc = ends.cpu.pc;
		EXPECT_TRUE(at == ends.cpu);
	}
}

// ITSTATE at each boundary of a block: condition and mask, as the manual counts them. `ite eq`, then `itttt ne`.
TEST_P(Conformance, EveryBoundarySaysWhereInAnItBlockItIs) {
	Micro made = micro(Set::thumb, "\tcmp r0, r0\n\tite eq\n\taddeq r1, #1\n\taddne r1, #2\n\titttt ne\n\tnopne\n\tnopne\n\tnopne\n\tnopne\n\tnop");
	ASSERT_EQ(made.record().reason, StopReason::syscall);
	std::vector<uint64_t> states;
	for (const Cpu& cpu : made.cpus) states.push_back((cpu.flags >> 8 & 0xfc) | (cpu.flags >> 25 & 3));
	EXPECT_THAT(states, ElementsAre(0, 0, 0x0c, 0x18, 0, 0x1f, 0x1e, 0x1c, 0x18, 0, 0));
}

// The kernel resumes there with the frame's CPSR: what is left of the block is conditional still.
TEST_P(Conformance, ARunMayBeginInsideAnItBlock) {
	Micro made = micro(Set::thumb, "\tmovs r1, #1\n\tcmp r1, #2\n\titte eq\n\taddeq r1, #2\n\taddeq r1, #4\n\taddne r1, #8\n\tadds r1, #16");
	for (uint32_t stop = 3; stop <= 6; ++stop) {
		for (const bool hooked : {true, false}) {
			Cpu at;
			std::vector<Cpu> all;
			const auto remember = [&](const Cpu& cpu, std::span<const Write>) {
				all.push_back(cpu);
				return true;
			};
			Cpu cpu = made.cpu;
			cpu.gpr[1] = 0;
			ASSERT_TRUE(test::machine(kArm, GetParam()).recorder().run(cpu, remember));
			at = all[stop];
			const std::vector<Cpu> first = std::exchange(all, {});
			Result<Stop> rest = hooked ? test::machine(kArm, GetParam()).recorder().run(at, remember) : test::machine(kArm, GetParam()).replay(at);
			const std::span<const Cpu> expected = std::span{first}.subspan(hooked ? stop : first.size());
			EXPECT_TRUE(std::equal(all.begin(), all.end(), expected.begin(), expected.end()));
			ASSERT_TRUE(rest.ok());
			EXPECT_EQ(at.gpr[1], 25u) << "from boundary " << stop;
			EXPECT_EQ(at, cpu);
		}
	}
}

TEST_P(Conformance, ASystemCallMayEndAnItBlock) {
	for (const bool hooked : {true, false}) {
		Micro made = micro(Set::thumb, "\tcmp r0, r0\n\titt eq\n\taddeq r1, #1\n\tsvceq #0\n\tmovs r1, #7");
		EXPECT_EQ(made.run(hooked).reason, StopReason::syscall);
		EXPECT_EQ(made.cpu.pc, kText + 8);
		EXPECT_EQ(made.cpu.flags & kArm.it_bits, 0u);
		EXPECT_EQ(made.run(hooked).reason, StopReason::syscall);
		EXPECT_EQ(made.cpu.gpr[1], 7u);
	}
}

// What is left of the block is conditional still, behind the call too.
TEST_P(Conformance, ASystemCallMayStandInAnItBlock) {
	for (const bool hooked : {true, false}) {
		Micro made = micro(Set::thumb, "\tcmp r0, r0\n\titte eq\n\tsvceq #0\n\taddeq r1, #4\n\taddne r1, #8\n\tmovs r2, #7");
		made.cpu.gpr[1] = 0;
		EXPECT_EQ(made.run(hooked).reason, StopReason::syscall);
		EXPECT_EQ(made.cpu.pc, kText + 6);
		EXPECT_NE(made.cpu.flags & kArm.it_bits, 0u) << "two instructions of it are to come";
		EXPECT_EQ(made.run(hooked).reason, StopReason::syscall);
		EXPECT_EQ(made.cpu.gpr[1], 4u);
		EXPECT_EQ(made.cpu.gpr[2], 7u);
	}
}

// A signal between an exclusive load and its store: the kernel is entered, and the store must fail.
TEST_P(Conformance, AnExclusiveMarkIsLostOnDelivery) {
	const struct {
		Set set;
		const char* code;
		const char* handler;
	} kCases[] = {
		{Set::arm64, "\tldxr x2, [x0]\n\tadd x2, x2, #1\n\tstxr w1, x2, [x0]", "\tmov x9, #1"},
		{Set::arm, "\tldrex r2, [r0]\n\tadd r2, r2, #1\n\tstrex r1, r2, [r0]", "\tmov r9, #1"},
		{Set::thumb, "\tldrex r2, [r0]\n\tadds r2, #1\n\tstrex r1, r2, [r0]", "\tmovw r9, #1"},
	};
	for (const auto& one : kCases) {
		for (const bool disturbed : {false, true}) {
			Micro made = micro(one.set, fmt::format("{}\n\tsvc #0\n{}", one.code, one.handler));
			const Cpu start = made.cpu;
			ASSERT_EQ(made.record().reason, StopReason::syscall);
			const Cpu end = made.cpu;
			EXPECT_EQ(end.gpr[1], 0u) << "nobody disturbed it";
			if (!disturbed) continue;
			(void)made.memory().place_word({kData}, 0, 8);
			made.cpu = start;
			ASSERT_EQ(made.record(2).reason, StopReason::told_to);
			const Cpu interrupted = made.cpu;
			made.cpu.pc = end.pc;  // the handler, on the same engine
			ASSERT_EQ(made.record().reason, StopReason::syscall);
			made.cpu = interrupted;
			ASSERT_EQ(made.record().reason, StopReason::syscall);
			EXPECT_EQ(made.cpu.gpr[1], 1u);
			EXPECT_EQ(made.memory().load_word({kData}, 4), 0u);
		}
	}
}

// At its instruction, with everything before it done and nothing of it; hooked, and un-hooked as far as an engine says so.
TEST_P(Conformance, AFaultIsAtItsInstruction) {
	const struct {
		Set set;
		const char* instruction;
		uint64_t address;
		const char* says;
	} kCases[] = {
		{Set::arm64, "ldr x1, [x2]", 0x90000, "reads from 0x90000"},
		{Set::arm64, "ldp x1, x3, [x2]", 0x90000, "reads from 0x90000"},
		{Set::arm64, "str x1, [x2]", 0x90000, "writes to 0x90000"},
		{Set::arm64, "str x1, [x2]", kText + 0x100, "writes to 0x10100"},
		{Set::arm64, "str q1, [x2]", 0x90000, "writes to 0x90000"},
		{Set::arm64, "ldxr x1, [x2]", 0x90000, "reads from 0x90000"},
		{Set::arm64, "br x2", 0x90000, "jumps to 0x90000"},
		{Set::arm64, "br x2", kData, "jumps to 0x20000"},
		{Set::arm64, "br x2", 0, "jumps to 0x0"},
		{Set::arm, "ldr r1, [r2]", 0x90000, "reads from 0x90000"},
		{Set::arm, "str r1, [r2]", kText + 0x100, "writes to 0x10100"},
		{Set::arm, "vldr d1, [r2]", 0x90000, "reads from 0x90000"},
		{Set::arm, "bx r2", 0x90000, "jumps to 0x90000"},
		{Set::arm, "bx r2", 0x20000, "jumps to 0x20000"},
		{Set::thumb, "ldr r1, [r2]", 0x90000, "reads from 0x90000"},
		{Set::thumb, "str r1, [r2]", 0x90000, "writes to 0x90000"},
		{Set::thumb, "bx r2", 0x90000, "jumps to 0x90000"},
	};
	for (const auto& one : kCases) {
		for (const bool hooked : {true, false}) {
			SCOPED_TRACE(fmt::format("{}{}", one.instruction, hooked ? ", hooked" : ""));
			const char* before = one.set == Set::arm64 ? "\tmov x7, #5\n\tstr x7, [x0]\n" : one.set == Set::arm ? "\tmov r7, #5\n\tstr r7, [r0]\n"
			                                                                                                   : "\tmovs r7, #5\n\tstr r7, [r0]\n";
			Micro made = micro(one.set, fmt::format("{}\t{}\n", before, one.instruction));
			made.cpu.gpr[2] = one.address;
			const uint64_t was = made.cpu.gpr[1];
			const Stop stop = made.run(hooked);
			EXPECT_EQ(stop.reason, StopReason::fault);
			EXPECT_EQ(stop.text, one.says);
			EXPECT_EQ(made.memory().load_word({kData}, 4), 5u);
			if (!hooked && GetParam() == EngineKind::unicorn) continue;
			const bool jumps = string{one.says}.starts_with("jumps");
			EXPECT_EQ(made.cpu.pc, jumps ? one.address : kText + (one.set == Set::thumb ? 4 : 8));
			EXPECT_EQ(made.cpu.gpr[1], was);
			EXPECT_EQ(made.cpu.gpr[7], 5u);
		}
	}
}

// Stores that lie in two pages, one of which may not be written: the fault, and nothing of what lies behind it.
TEST_P(Conformance, AStoreOverThePagesEndFaults) {
	for (const Set set : {Set::arm64, Set::arm}) {
		for (const bool hooked : {true, false}) {
			Micro made = micro(set, set == Set::arm64 ? "\tstr x1, [x2]" : "\tstr r1, [r2]");
			made.cpu.gpr[2] = kData + kPageSize - 2;
			const Stop stop = made.run(hooked);
			EXPECT_EQ(stop.reason, StopReason::fault);
			EXPECT_THAT(stop.text, HasSubstr("writes to"));
			if (!hooked && GetParam() == EngineKind::unicorn) continue;
			EXPECT_EQ(stop.address, GuestAddr{kData + kPageSize});
			EXPECT_EQ(made.memory().load_word({kData + kPageSize - 8}, 8), 0u) << "nothing in the first page either";
		}
	}
}

// Where both may be written it is one store, and one load.
TEST_P(Conformance, AnAccessOverAPagesEndIsWhole) {
	for (const Set set : {Set::arm64, Set::arm}) {
		for (const bool hooked : {true, false}) {
			Micro made = micro(set, set == Set::arm64 ? "\tstr x1, [x2]\n\tldr x3, [x2]" : "\tstr r1, [r2]\n\tldr r3, [r2]");
			made.cpu.gpr[1] = set == Set::arm64 ? 0x1122334455667788 : 0x55667788;
			made.cpu.gpr[2] = kTwoPages + kPageSize - 2;
			EXPECT_EQ(made.run(hooked).reason, StopReason::syscall);
			EXPECT_EQ(made.cpu.gpr[3], made.cpu.gpr[1]);
			EXPECT_EQ(made.memory().load_word({kTwoPages + kPageSize}, 4), set == Set::arm64 ? 0x33445566u : 0x5566u);
		}
	}
}

// Undefined where it is reached: under its condition, at any halfword, and not where another instruction only looks like it.
TEST_P(Conformance, ACoprocessorThatIsNotThereIsUndefined) {
	const struct {
		Set set;
		const char* code;
		std::optional<uint64_t> undefined_at;
	} kCases[] = {
		{Set::arm, "\tmrc p15, 0, r1, c2, c0, 0", kText},
		{Set::arm, "\tcmp r0, r0\n\tmrcne p15, 0, r1, c2, c0, 0\n\tmcreq p14, 0, r1, c2, c0, 0", kText + 8},
		{Set::arm, "\tcmp r0, r0\n\tldcne p5, c1, [r0]\n\tmcrrne p15, 1, r1, r2, c14", std::nullopt},
		{Set::arm, "\tmrc2 p15, 0, r1, c13, c0, 3", kText},
		{Set::arm, "\tcdp p3, 1, c1, c2, c3, 4", kText},
		{Set::arm, "\tsvc #0xc0", std::nullopt},
		{Set::thumb, "\tmrc p15, 0, r1, c2, c0, 0", kText},
		{Set::thumb, "\tnop\n\tmrc p15, 0, r1, c2, c0, 0", kText + 2},
		{Set::thumb, "\tnop\n\tmrc p15, 0, r1, c13, c0, 3\n\tmrrc p13, 0, r1, r2, c1", kText + 6},
		{Set::thumb, "\tcmp r0, r0\n\tit ne\n\tmrcne p15, 0, r1, c2, c0, 0", std::nullopt},
		{Set::thumb, "\tmovw r1, #0xee\n\tmovt r14, #0xe12\n\tb 1f\n\t.short 0xee12\n1:\tnop", std::nullopt},
		{Set::thumb, "\tsvc #0xc0", std::nullopt},
	};
	for (const auto& one : kCases) {
		for (const bool hooked : {true, false}) {
			SCOPED_TRACE(fmt::format("{}{}", one.code, hooked ? ", hooked" : ""));
			Micro made = micro(one.set, one.code);
			EXPECT_EQ(made.run(hooked).reason, one.undefined_at ? StopReason::undefined : StopReason::syscall);
			if (!hooked) continue;
			EXPECT_EQ(made.cpu.pc, one.undefined_at.value_or(made.cpu.pc));
		}
	}
}

// A handler that wrecks everything, and a return that mends it: registers, flags, FP, at each boundary of the interrupted code.
TEST_P(Conformance, SigreturnGivesBackTheWholeCpu) {
	for (const string text : {"arm64:v6:nanotime1:curg:clobber-all:go:PROF:1", "arm:v6:nanotime1:curg:clobber-all:go:PROF:1",
	                          "arm:v6:nanotime1:curg:thumb:go:PROF:1", "arm:v6:nanotime1:curg:thumb-it:go:PROF:1"}) {
		SCOPED_TRACE(text);
		World world = test::world(text);
		const std::array<Signal, 1> signals = {Signal::prof};
		const Isa& isa = world.isa();
		Result<Sweep> swept = sweep(std::move(world), signals, test::machine(isa, GetParam()), {.watch_every_handler = true});
		ASSERT_TRUE(swept.ok()) << swept.error().text;
		const siglab::Run& run = swept->runs.front();
		EXPECT_THAT(run.findings, testing::IsEmpty());
		EXPECT_EQ(run.fired + run.not_injected.size(), run.boundaries);
		EXPECT_EQ(run.not_injected.empty(), !(GetParam() == EngineKind::unicorn && text.find("thumb-it") != string::npos));
	}
}

// With FZ a denormal operand counts as zero, and a CPU notes in FPSR.IDC (bit 7) that there was one. dynarmic leaves that to the host, which does not.
TEST_P(Conformance, AFlushedDenormalIsZero) {
	constexpr uint64_t kFlush = 1 << 24, kInputDenormal = 0x80;
	if (GetParam() == EngineKind::both) GTEST_SKIP() << "they differ here";
	Micro made = micro(Set::arm64, "\tfadd d3, d1, d2\n\tfmov x1, d3");
	made.cpu.fpcr = kFlush;
	made.cpu.fpsr = 0;
	made.cpu.vec[2] = 1;
	made.cpu.vec[4] = 0;
	made.replay();
	EXPECT_EQ(made.cpu.gpr[1], 0u);
	EXPECT_EQ(made.cpu.fpsr, GetParam() == EngineKind::unicorn ? kInputDenormal : 0);
}

// Any run of these from any registers: `both` compares each step.
RC_GTEST_PROP(ConformanceProperty, TheEnginesAgreeOnRandomCode, ()) {
	if (!is_there(EngineKind::dynarmic)) return;
	static const std::vector<string> kArm64Pool = {
		"adds x1, x2, x3", "subs w4, w1, w2, lsr #3", "adcs x2, x1, x4", "sbcs w3, w2, w1", "ands x5, x1, x2, ror #7", "bics w6, w5, w1", "madd x7, x1, x2, x3",
		"smulh x3, x5, x7", "sdiv x4, x5, x6", "udiv w6, w5, w7", "lsl x1, x2, x3", "ror w2, w3, w4", "extr x5, x6, x7, #9", "sbfx x3, x4, #5, #20",
		"bfi x4, x5, #7, #11", "clz w1, w7", "rbit x2, x6", "rev x3, x5", "csel x4, x5, x6, hi", "csneg w5, w6, w7, lt", "ccmp x1, x2, #9, ge", "mrs x6, nzcv",
		"str x1, [x0]", "strb w2, [x0, #9]", "stp w3, w4, [x0, #16]", "ldr x5, [x0, #3]", "ldrsw x6, [x0, #16]", "ldp x1, x7, [x0, #8]", "str q1, [x0, #32]",
		"ldr q2, [x0, #24]", "fadd d1, d2, d3", "fmul s2, s3, s4", "fdiv d3, d4, d5", "fsqrt d4, d1", "fmadd d5, d1, d2, d3", "fcmp d1, d2", "fcvtzs x3, d4",
		"scvtf d5, x6", "add v1.4s, v2.4s, v3.4s", "mul v2.8h, v3.8h, v4.8h", "cmeq v3.16b, v4.16b, v5.16b", "sshl v4.2d, v5.2d, v1.2d", "addv b5, v1.16b",
		"zip1 v1.4s, v2.4s, v3.4s", "ext v2.16b, v3.16b, v4.16b, #5", "mrs x7, fpsr", "sqadd v3.4s, v1.4s, v2.4s"};
	static const std::vector<string> kArmPool = {
		"adds r1, r2, r3", "subs r4, r1, r2, lsr #3", "adcs r2, r1, r4", "rscs r3, r2, r1", "ands r5, r1, r2, ror #7", "bics r6, r5, r1", "mla r7, r1, r2, r3",
		"smull r3, r4, r5, r7", "umlal r4, r5, r6, r7", "lsls r1, r2, r3", "rors r2, r3, r4", "movs r5, r6, rrx", "sbfx r3, r4, #5, #20", "bfi r4, r5, #7, #11",
		"clz r1, r7", "rbit r2, r6", "rev16 r3, r5", "movhi r4, r5", "addlt r5, r6, r7", "uqadd8 r6, r1, r2", "sel r7, r1, r2", "ssat r1, #7, r3", "qadd r2, r3, r4",
		"str r1, [r0]", "strb r2, [r0, #9]", "strd r2, r3, [r0, #16]", "ldr r5, [r0, #3]", "ldrsh r6, [r0, #16]", "stm r0, {r1, r4, r7}", "ldm r0, {r2, r5, r6}",
		"vadd.f64 d1, d2, d3", "vmul.f32 s2, s3, s4", "vdiv.f64 d3, d4, d5", "vsqrt.f64 d4, d1", "vmla.f64 d5, d1, d2", "vcmp.f64 d1, d2", "vmrs apsr_nzcv, fpscr",
		"vcvt.s32.f64 s1, d4", "vadd.i32 q1, q2, q3", "vmul.i16 q2, q3, q4", "vceq.i8 q3, q4, q1", "vshl.s64 q4, q1, q2", "vzip.16 q1, q2", "vext.8 q2, q3, q4, #5",
		"vqadd.s32 q3, q1, q2", "vst1.8 {d8}, [r0]", "vldr d4, [r0, #8]", "vmrs r7, fpscr"};
	const Set set = *rc::gen::element(Set::arm64, Set::arm);
	const std::vector<string>& pool = set == Set::arm64 ? kArm64Pool : kArmPool;
	string code;
	const size_t length = *rc::gen::inRange<size_t>(1, 20);
	for (size_t i = 0; i < length; ++i) code += "\t" + *rc::gen::elementOf(pool) + "\n";
	Micro::engine = EngineKind::both;
	Micro made = micro(set, code);
	Micro::engine = EngineKind::unicorn;
	for (size_t i = 1; i < 8; ++i) made.cpu.gpr[i] = set == Set::arm64 ? *rc::gen::arbitrary<uint64_t>() : *rc::gen::arbitrary<uint32_t>();
	for (size_t i = 0; i < 12; ++i) made.cpu.vec[i] = *rc::gen::arbitrary<uint64_t>();
	// All ways of rounding, with and without a default NaN. Denormals that are flushed are the next test's.
	const uint64_t control = *rc::gen::inRange<uint64_t>(0, 4) << 22 | *rc::gen::inRange<uint64_t>(0, 2) << 25;
	if (set == Set::arm64) made.cpu.fpcr = control;
	if (set == Set::arm) made.cpu.fpsr |= control;
	const Cpu start = made.cpu;
	const Result<Stop> hooked = test::machine(isa_of(set), EngineKind::both).recorder().run(made.cpu);
	made.cpu = start;
	const Result<Stop> free = test::machine(isa_of(set), EngineKind::both).replay(made.cpu);
	if (!hooked) RC_FAIL(hooked.error().text + "\n" + code);
	if (!free) RC_FAIL(free.error().text + "\n" + code);
	RC_ASSERT(hooked->reason == StopReason::syscall && free->reason == StopReason::syscall);
}

}  // namespace
}  // namespace siglab
