// Wrong answers to the exercises, as one change each of a model answer or of a starting point, with the counterexample that they must get.
#pragma once

#include <ostream>
#include <string_view>

namespace siglab {

struct WrongAnswer {
	std::string_view exercise;
	std::string_view isa;
	std::string_view mistake;  // for the test's output
	bool from_start;  // what is changed: the starting point, not the model answer
	std::string_view what, by;  // the change; empty: none
	std::string_view property, kind;  // of the counterexample
	unsigned events;  // signals in it
	std::string_view source;  // in the line of the student's that it names; empty: it names none

	friend std::ostream& operator<<(std::ostream& out, const WrongAnswer& answer) { return out << answer.mistake; }
};

inline constexpr std::string_view kCurgOnly64 =
	"\tldr\tx22, [x21, #m_curg]\n\tcmp\tx22, x28\n\tb.ne\tnanotime1.call_nosave\n\tldr\tx22, [x21, #m_gsignal]\n";
inline constexpr std::string_view kCurgOnly32 =
	"\tldr\tr6, [r5, #m_curg]\n\tcmp\tr6, r10\n\tbne\tnanotime1.call_nosave\n\tldr\tr6, [r5, #m_gsignal]\n";

inline constexpr WrongAnswer kWrongAnswers[] = {
	{"save-g", "arm64", "nothing is saved", true, "", "", "recovers-g", "nil", 1, "blr\tx2"},
	{"save-g", "arm64", "the copy stays", false, "\tstr\txzr, [x22]", "\tstr\tx28, [x22]", "slot-discipline", "value", 0,
     "b\tnanotime1.finish"},
	{"save-g", "arm64", "saved where nobody looks", false, "#g_stack_lo]", "#g_stack_hi]", "alive", "fault", 0, "str\tx28, [x22]"},
	{"save-g", "arm64", "a thread without gsignal", false, "\tcbz\tx22, nanotime1.call\n", "", "alive", "fault", 0, ""},
	{"save-g", "arm64", "sp is not given back", false, "\tmov\tsp, x20", "\tmov\tx9, x20", "alive", "fault", 0, "ret"},
	{"save-g", "arm", "nothing is saved", true, "", "", "recovers-g", "nil", 1, "blx\tr11"},
	{"save-g", "arm", "the copy stays", false, "slot_clear:\n\tstr\tr1, [r6]", "slot_clear:\n\tstr\tr10, [r6]", "slot-discipline", "value",
     0, "b\tnanotime1.finish"},
	{"save-g", "arm", "saved where nobody looks", false, "#g_stack_lo]", "#g_stack_hi]", "alive", "fault", 0, "str\tr10, [r6]"},

	{"fetch-g", "arm64", "the register is believed", true, "", "", "recovers-g", "wrong", 1, ""},
	{"fetch-g", "arm64", "nil in the vDSO", false, "\tldr\tx0, [x1]\n", "\tmov\tx0, xzr\n", "recovers-g", "nil", 1, ""},
	{"fetch-g", "arm64", "the slot, wherever PC is", false, "\tcbz\tx0, sigFetchG.register\n", "", "recovers-g", "nil", 1, ""},
	{"fetch-g", "arm64", "cgo is forgotten", false, "\tcbnz\tx9, sigFetchG.register\n", "", "recovers-g", "nil", 1, ""},
	{"fetch-g", "arm", "the register is believed", true, "", "", "recovers-g", "wrong", 1, ""},
	{"fetch-g", "arm", "nil in the vDSO", false, "\tldr\tr0, [r1]\n", "\tmov\tr0, #0\n", "recovers-g", "nil", 1, ""},
	{"fetch-g", "arm", "cgo is forgotten", false, "\tbne\tsigFetchG.register\n", "", "recovers-g", "nil", 1, ""},

	{"handler-nanotime", "arm64", "the handler's call saves too", true, "", "", "slot-discipline", "overwrite", 1, "blr\tx2"},
	{"handler-nanotime", "arm64", "only the user goroutine saves", false, "\tcmp\tx22, x28\n\tb.eq\tnanotime1.call_nosave\n", kCurgOnly64,
     "recovers-g", "nil", 1, "blr\tx2"},
	{"handler-nanotime", "arm64", "the copy stays", false, "\tstr\txzr, [x22]", "\tstr\tx28, [x22]", "slot-discipline", "value", 0, ""},
	{"handler-nanotime", "arm", "the handler's call saves too", true, "", "", "slot-discipline", "overwrite", 1, "blx\tr11"},
	{"handler-nanotime", "arm", "only the user goroutine saves", false, "\tcmp\tr6, r10\n\tbeq\tnanotime1.call_nosave\n", kCurgOnly32,
     "recovers-g", "nil", 1, "blx\tr2"},
	{"handler-nanotime", "arm", "the copy stays", false, "slot_clear:\n\tstr\tr1, [r6]", "slot_clear:\n\tstr\tr10, [r6]", "slot-discipline",
     "value", 0, ""},

	{"two-profs", "arm64", "vdsoSP is cleared at the exit", true, "", "", "transparent-return", "vdsoSP", 1, "ldr\tx0, [x21, #m_curg]"},
	{"two-profs", "arm64", "the trampoline's own sp", false, "\tadd\tx2, sp, #48", "\tmov\tx2, sp", "traceback", "own-SP", 1, ""},
	{"two-profs", "arm64", "vdsoPC is not given back", false, "nanotime1.vdsopc_restore:\n\tstr\tx1, [x21, #m_vdsoPC]\n", "",
     "transparent-return", "vdsoPC", 1, ""},
	{"two-profs", "arm", "vdsoSP is cleared at the exit", true, "", "", "transparent-return", "vdsoSP", 1, "ldr\tr0, [r5, #m_curg]"},
	{"two-profs", "arm", "the trampoline's own sp", false, "\tadd\tr2, sp, #12", "\tmov\tr2, sp", "traceback", "own-SP", 1, ""},
	{"two-profs", "arm", "r4 is taken for zero (go#49481)", false, "\tadc\tr1, r1, #0", "\tadc\tr1, r1, r4", "time-correct", "bogus", 1,
     ""},

	{"break-v1", "arm64", "it tells no time", true, "", "", "time-correct", "bogus", 0, "ret"},
	{"break-v1", "arm64", "it leaks", false, "\tmov\tx8, #113", "\tmov\tx28, #113\n\tmov\tx8, #113", "abi", "registers", 0, ""},
	{"break-v1", "arm64", "it loops", false, "\tmov\tx8, #113", "1:\tb\t1b\n\tmov\tx8, #113", "alive", "livelock", 0, "1:\tb\t1b"},
	{"break-v1", "arm64", "it writes elsewhere", false, "\tmov\tx8, #113", "\tstr\txzr, [x1, #32]\n\tmov\tx8, #113", "abi", "memory", 0,
     ""},
	{"break-v1", "arm64", "it breaks v2 too: dirty, the register is mended late", false, "\tmov\tx8, #113",
     "\tstr\tx28, [sp, #-16]!\n\tmov\tx28, #5\n\tldr\tx28, [sp], #16\n\tmov\tx8, #113", "g-in-register", "stale", 1, "ldr\tx28, [sp], #16"},
	{"break-v1", "arm", "it tells no time", true, "", "", "time-correct", "bogus", 0, "bx\tlr"},
	{"break-v1", "arm", "it leaks", false, "\tldr\tr7, =263", "\tmov\tr10, #77\n\tldr\tr7, =263", "abi", "registers", 0, ""},
	{"break-v1", "arm", "it loops", false, "\tldr\tr7, =263", "1:\tb\t1b\n\tldr\tr7, =263", "alive", "livelock", 0, "1:\tb\t1b"},
	{"break-v1", "arm", "it breaks v2 too: dirty, the register is mended late", false, "\tldr\tr7, =263",
     "\tpush\t{r9, r10}\n\tmov\tr10, #5\n\tpop\t{r9, r10}\n\tldr\tr7, =263", "g-in-register", "stale", 1, "pop\t{r9, r10}"},

	{"own-scheme", "arm64", "the register is believed", true, "", "", "recovers-g", "wrong", 1, "blr\tx2"},
	{"own-scheme", "arm64", "TLS in the vDSO only", false, "\tmrs\tx9, tpidr_el0\n\tldr\tx0, [x9, #TLS_G]\n\tret\n",
     "\tmov\tx12, x30\n\tldr\tx0, [x0, #uc_pc]\n\tbl\truntime.inVDSOPage\n\tmov\tx30, x12\n\tmov\tx3, x0\n\tmov\tx0, x28\n\tcbz\tx3, 1f\n"
     "\tmrs\tx9, tpidr_el0\n\tldr\tx0, [x9, #TLS_G]\n1:\tret\n",
     "recovers-g", "wrong", 1, ""},
	{"own-scheme", "arm64", "TLS is not kept up", false, "\tstr\tx28, [x9, #TLS_G]", "\tstr\txzr, [x9, #TLS_G]", "transparent-return", "memory", 1,
     ""},
	{"own-scheme", "arm", "the register is believed", true, "", "", "recovers-g", "wrong", 1, "blx\tr2"},
	{"own-scheme", "arm", "nobody knows", false, "\tldr\tr0, [r3, #TLS_G]", "\tmov\tr0, #0", "recovers-g", "nil", 1, ""},
	{"own-scheme", "arm", "TLS is not kept up", false, "\tstr\tr10, [r3, #TLS_G]", "\tmov\tr12, #0\n\tstr\tr12, [r3, #TLS_G]", "transparent-return", "memory", 1, ""},
};

}  // namespace siglab
