// clean: a vDSO that leaves Go's g register alone.
//
//   int __vdso_clock_gettime(clockid_t clk /* r0 */, struct timespec *ts /* r1: two 32-bit words */)
//
// in      r0 = clock id, r1 = timespec to fill, lr = return address
// out     r0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers
// stack   16 bytes
// dirty   never: there is no dirty_begin here
//
// r0..r3 and r12 are not enough for all the values alive at once, so callee-saved registers are needed from the start. This compiler takes
// them from the bottom, r4 first, and is done before it comes to r10. One more variable and it would not be; the real kernel's is not.
// The other blobs of this folder are this one with something done to it: compare them with diff.

#include "layout.h"

#define NR_clock_gettime 263
#define NSEC_PER_SEC 1000000000

	.syntax	unified
	.arm
	.text
	.globl	__vdso_clock_gettime
	.type	__vdso_clock_gettime, %function
__vdso_clock_gettime:
	// Nanoseconds in a second, wanted at the end.
	push	{r4, r5, r6, r7}
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
	stm	r1, {r4, r5}
	mov	r0, #0
	pop	{r4, r5, r6, r7}
	bx	lr

.Lfallback:
	// r0 and r1 still are what the caller passed, which is just what the kernel wants to see. r7 takes the number: it is saved.
	movw	r7, #NR_clock_gettime
	svc	#0
	pop	{r4, r5, r6, r7}
	bx	lr
	.size	__vdso_clock_gettime, . - __vdso_clock_gettime
