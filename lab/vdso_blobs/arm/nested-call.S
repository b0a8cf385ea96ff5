// nested-call: the exported function is innocent; one that it calls through another one dirties the g register.
//
//   int __vdso_clock_gettime(clockid_t clk /* r0 */, struct timespec *ts /* r1: two 32-bit words */)
//
// in      r0 = clock id, r1 = timespec to fill, lr = return address
// out     r0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; r10 as at entry
// stack   336 bytes: frames of 96, 128 and 112, most of each unused, as unoptimised code has them. The caller's r10 is 228 bytes below SP
//         at entry, in the innermost frame
// dirty   r10, in read_base alone, from the instruction after the first that writes it to the one that pops it; not at the svc.
//         It holds the constant 1000000000 (its low half first)
//
// Clean code on top does not mean clean code below: whoever reads the exported function alone finds that it never touches the register. A
// compiler that does not inline (an instrumented kernel, one built for size) leaves such chains. The only copy of g is deep in the stack,
// at a place that depends on two frames' sizes, so there is no fixed distance at which a handler could look for it.

#include "layout.h"

#define NR_clock_gettime 263
#define NSEC_PER_SEC 1000000000

	.syntax	unified
	.arm
	.text
	.globl	__vdso_clock_gettime
	.type	__vdso_clock_gettime, %function
__vdso_clock_gettime:
	// The arguments are kept: if vvar does not help, the kernel wants to see them.
	push	{r7, lr}
	sub	sp, sp, #88
	strd	r0, r1, [sp]
	bl	get_clock
	cmp	r0, #0
	bne	.Lfallback
	add	sp, sp, #88
	pop	{r7, pc}

.Lfallback:
	ldrd	r0, r1, [sp]
	movw	r7, #NR_clock_gettime
	svc	#0
	add	sp, sp, #88
	pop	{r7, pc}
	.size	__vdso_clock_gettime, . - __vdso_clock_gettime

//   int get_clock(clockid_t clk /* r0 */, struct timespec *ts /* r1 */)
//
// out     r0 = 0 and *ts filled; or 1: ask the kernel
	.type	get_clock, %function
get_clock:
	push	{r4, lr}
	sub	sp, sp, #120
	mov	r4, r1

	// Only clocks 0 and 1 have a base here; unsigned, so that negative ids (clocks of processes) go to the kernel as well.
	cmp	r0, #CLOCK_ID_MONOTONIC
	bhi	.Lrefuse
	movw	r2, #:lower16:(_vvar - (1f + 8))
	movt	r2, #:upper16:(_vvar - (1f + 8))
1:	add	r2, pc, r2
	add	r3, r2, r0, lsl #VVAR_BASE_SHIFT

	// The pair comes into a local of ours first: the caller's timespec stays untouched until it is known to be good.
	add	r1, sp, #16
	bl	read_base
	cmp	r0, #0
	bne	.Lrefuse
	ldrd	r2, r3, [sp, #16]
	strd	r2, r3, [r4]
	add	sp, sp, #120
	pop	{r4, pc}

.Lrefuse:
	mov	r0, #1
	add	sp, sp, #120
	pop	{r4, pc}
	.size	get_clock, . - get_clock

//   int read_base(struct timespec *pair /* r1 */, vvar /* r2 */, base - VVAR_BASETIME /* r3 */)
//
// out     r0 = 0 and *pair filled; or 1: no clock mode
	.type	read_base, %function
read_base:
	// Here it happens, two calls away from the symbol that Go knows.
	push	{r4, r5, r7, r10}
	sub	sp, sp, #96
	movw	r10, #(NSEC_PER_SEC & 0xffff)
dirty_begin:
	movt	r10, #(NSEC_PER_SEC >> 16)
	mov	r0, #1

.Lretry:
	// Odd: the kernel is writing. Wait for it.
	ldr	r12, [r2, #VVAR_SEQ]
	tst	r12, #1
	bne	.Lretry
	dmb	ish

	// No clock mode: the counter cannot be read from here, only the kernel knows the time.
	ldr	r7, [r2, #VVAR_CLOCK_MODE]
	cmp	r7, #0
	beq	.Lout

	// The low words: seconds of a 32-bit timespec end in 2038, nanoseconds fit anyway.
	ldr	r4, [r3, #VVAR_BASETIME]
	ldr	r5, [r3, #(VVAR_BASETIME + 8)]

	// The same sequence number after the pair as before it: its halves belong together.
	dmb	ish
	ldr	r7, [r2, #VVAR_SEQ]
	cmp	r7, r12
	bne	.Lretry

.Lcarry:
	// A base may hold a second or more in its nanoseconds.
	cmp	r5, r10
	blo	.Lstore
	sub	r5, r5, r10
	add	r4, r4, #1
	b	.Lcarry

.Lstore:
	stm	r1, {r4, r5}
	mov	r0, #0

.Lout:
	add	sp, sp, #96
	pop	{r4, r5, r7, r10}
dirty_end:
	bx	lr
	.size	read_base, . - read_base
