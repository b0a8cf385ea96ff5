// Puts known values into every register, signals itself, and writes out what its handler finds. No libc: nothing else touches a register.
#include "raise.h"

#ifdef __aarch64__
enum { SYS_WRITE = 64, SYS_EXIT = 93, SYS_SIGALTSTACK = 132, SYS_SIGACTION = 134, SYS_SIGPROCMASK = 135, SYS_KILL = 129, SYS_TGKILL = 131,
       SYS_GETPID = 172, SYS_GETUID = 174 };
enum { NUMBER = 8, WORDS = 64, FRAME = RAISE_FRAME_ARM64, FPSR = 0x08000011, FPCR = 0x03000000 };
#define FLAGS 0xa0000000u
#else
enum { SYS_WRITE = 4, SYS_EXIT = 1, SYS_SIGALTSTACK = 186, SYS_SIGACTION = 174, SYS_SIGPROCMASK = 175, SYS_KILL = 37, SYS_TGKILL = 268,
       SYS_GETPID = 20, SYS_GETUID = 199 };
enum { NUMBER = 7, WORDS = 32, FRAME = RAISE_FRAME_ARM, FPSR = 0x28000011, FPCR = 0 };
#define FLAGS 0xe80a0010u  // N Z C Q, GE, user mode; Z, because the IT block is one of EQ
#endif

enum { SIGUSR1 = 10, SIGURG = 23, STACK_SIZE = 0x8000 };
#define SA_FLAGS(variant) (4ul | ((variant) & RAISE_ALTSTACK ? 0x08000000ul : 0) | ((variant) & RAISE_NO_RESTORER ? 0 : 0x04000000ul))

struct sigaction {
	unsigned long handler, flags, restorer;
	uint32_t mask[2];
};
struct stack {
	unsigned long sp;
	int flags;
	unsigned long size;
};

struct RaiseReport raise_report;  // its `entry` is filled in by the handler's first instructions
static uint8_t stack_memory[STACK_SIZE] __attribute__((aligned(4096)));

// raise_arm64.S, raise_arm.S
void raise_now(struct Registers *before);
void handler(int);
void restorer(void);
#ifndef __aarch64__
void raise_now_thumb(struct Registers *before);
void handler_thumb(int);
#endif

static long call(long number, long a, long b, long c, long d)
{
#ifdef __aarch64__
	register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c, x3 __asm__("x3") = d;
	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
#else
	register long r7 __asm__("r7") = number, r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c, r3 __asm__("r3") = d;
	__asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3) : "memory");
	return r0;
#endif
}

static void expect(int holds)
{
	if (!holds)
		call(SYS_EXIT, 1, 0, 0, 0);
}

// A value that betrays the wrong register, a truncation and swapped halves.
static unsigned long pattern(uint64_t n)
{
	return (unsigned long)((0xa50000005a000000ull | n << 32 | n) ^ 0x0011220000445500ull);
}

// The handler's, in C. raise_report.entry is complete by now. It does not return.
void report_frame(const uint8_t *frame)
{
	uint32_t mask[2];
	expect(call(SYS_SIGPROCMASK, 0, 0, (long)mask, 8) == 0);
	raise_report.mask_inside = mask[0] | (uint64_t)mask[1] << 32;
	for (volatile int i = 0; i < FRAME; ++i)
		raise_report.frame[i] = frame[i];
	const uint8_t *from = (const uint8_t *)&raise_report;
	for (long left = sizeof raise_report; left > 0;) {
		const long wrote = call(SYS_WRITE, 1, (long)from, left, 0);
		expect(wrote > 0);
		from += wrote;
		left -= wrote;
	}
	call(SYS_EXIT, 0, 0, 0, 0);
}

void start(long *arguments)
{
	expect(arguments[0] == 2);
	const int variant = ((const char *)arguments[2])[0] - 'a';
	const long pid = call(SYS_GETPID, 0, 0, 0, 0);
	raise_report.pid = (uint64_t)pid;
	raise_report.uid = (uint64_t)call(SYS_GETUID, 0, 0, 0, 0);
	raise_report.signal = variant & RAISE_BY_KILL ? SIGUSR1 : SIGURG;

	if (variant & RAISE_ALTSTACK) {
		const struct stack stack = {(unsigned long)stack_memory, 0, STACK_SIZE};
		expect(call(SYS_SIGALTSTACK, (long)&stack, 0, 0, 0) == 0);
		raise_report.stack_sp = stack.sp;
		raise_report.stack_size = stack.size;
	} else {
		raise_report.stack_flags = 2;  // SS_DISABLE
	}
	const uint32_t mask[2] = {1u << 0 | 1u << 14, 1u << 2};  // SIGHUP, SIGTERM, a real-time signal
	expect(call(SYS_SIGPROCMASK, 2, (long)mask, 0, 8) == 0);
	raise_report.mask_before = mask[0] | (uint64_t)mask[1] << 32;

	struct sigaction action = {(unsigned long)handler, SA_FLAGS(variant), (unsigned long)restorer, {1u << 13, 0}};  // SIGALRM
#ifndef __aarch64__
	if (variant & RAISE_THUMB)
		action.handler = (unsigned long)handler_thumb;
#endif
	expect(call(SYS_SIGACTION, (long)raise_report.signal, (long)&action, 0, 8) == 0);
	raise_report.handler = action.handler;
	raise_report.restorer = action.restorer;
	raise_report.action_flags = action.flags;
	raise_report.action_mask = action.mask[0];

	struct Registers *before = &raise_report.before;
	for (int i = 0; i < (int)(sizeof(long) == 8 ? 31 : 13); ++i)
		before->gpr[i] = pattern((uint64_t)i);
	if (sizeof(long) == 4)
		before->gpr[14] = pattern(14);
	before->gpr[NUMBER] = variant & RAISE_BY_KILL ? SYS_KILL : SYS_TGKILL;
	before->gpr[0] = before->gpr[1] = (uint64_t)pid;
	before->gpr[2] = raise_report.signal;
	if (variant & RAISE_BY_KILL)
		before->gpr[1] = raise_report.signal;
	for (int i = 0; i < WORDS; ++i)
		before->vec[i] = 0x8000000080000000ull ^ (pattern((uint64_t)i) * 0x100000001ull);
	before->flags = FLAGS;
	before->fpsr = FPSR;
	before->fpcr = FPCR;
#ifndef __aarch64__
	if (variant & RAISE_THUMB) {
		before->flags |= 0x20 | 0x400;  // T, and two instructions of the IT block to go: ITSTATE 0x04
		raise_now_thumb(before);
	}
#endif
	raise_now(before);
}
