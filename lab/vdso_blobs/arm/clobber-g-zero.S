// clobber-g-zero: where the g register is dirty it is 0, which Go takes for "no g here".
//
//   int __vdso_clock_gettime(clockid_t clk /* r0 */, struct timespec *ts /* r1: two 32-bit words */)
//
// in      r0 = clock id, r1 = timespec to fill, lr = return address
// out     r0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; r10 as at entry
// stack   24 bytes: r4..r7, the caller's r10, lr
// dirty   r10, from the instruction after the one that writes it to each of the two that pop it (two exits, two intervals). Those pop
//         pc as well, so the boundary at which r10 is clean again is the caller's. It holds 0 all the time
//
// The function's result is 0 unless something goes wrong, so a compiler may put it aside first thing and hand it over last thing. It is the
// gentlest garbage and the most misleading: a handler that believes the register does not crash on a wild pointer but goes the way made for
// threads that are not Go's. So the same loss looks like another fault.

#include "layout.h"

#define NR_clock_gettime 263
#define NSEC_PER_SEC 1000000000

	.syntax	unified
	.arm
	.text
	.globl	__vdso_clock_gettime
	.type	__vdso_clock_gettime, %function
__vdso_clock_gettime:
	// The result, until somebody knows better.
	push	{r4, r5, r6, r7, r10, lr}
	mov	r10, #0
dirty_begin:

	// Nanoseconds in a second, wanted at the end.
	movw	r6, #(NSEC_PER_SEC & 0xffff)
	movt	r6, #(NSEC_PER_SEC >> 16)

	// Only clocks 0 and 1 have a base here; unsigned, so that negative ids (clocks of processes) go to the kernel as well.
	cmp	r0, #CLOCK_ID_MONOTONIC
	bhi	.Lfallback
	movw	r2, #:lower16:(_vvar - (1f + 8))
	movt	r2, #:upper16:(_vvar - (1f + 8))
1:	add	r2, pc, r2
	add	r3, r2, r0, lsl #VVAR_BASE_SHIFT

.Lretry:
	// Odd: the kernel is writing. Wait for it.
	ldr	r12, [r2, #VVAR_SEQ]
	tst	r12, #1
	bne	.Lretry
	dmb	ish

	// No clock mode: the counter cannot be read from here, only the kernel knows the time.
	ldr	r7, [r2, #VVAR_CLOCK_MODE]
	cmp	r7, #0
	beq	.Lfallback

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
	cmp	r5, r6
	blo	.Lstore
	sub	r5, r5, r6
	add	r4, r4, #1
	b	.Lcarry

.Lstore:
	// All went well. Hand the result over and give r10 back.
	stm	r1, {r4, r5}
	mov	r0, r10
	pop	{r4, r5, r6, r7, r10, pc}
dirty_end:

.Lfallback:
dirty_begin.2:
	// r0 and r1 still are what the caller passed. The kernel's answer takes the place of ours.
	movw	r7, #NR_clock_gettime
	svc	#0
	pop	{r4, r5, r6, r7, r10, pc}
dirty_end.2:
	.size	__vdso_clock_gettime, . - __vdso_clock_gettime
