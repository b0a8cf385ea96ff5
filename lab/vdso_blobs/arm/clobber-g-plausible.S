// clobber-g-plausible: where the g register is dirty it holds the address of a g, a live one, and not the caller's.
//
//   int __vdso_clock_gettime(clockid_t clk /* r0 */, struct timespec *ts /* r1: two 32-bit words */)
//
// in      r0 = clock id, r1 = timespec to fill, lr = return address
// out     r0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; r10 as at entry
// stack   24 bytes: r4..r7, the caller's r10, lr
// dirty   r10, from the instruction after the one that writes it to the one that pops it and returns, on the fast path and around the
//         svc. It holds OTHER_G (layout.h) all the time, never half of it
//
// No vDSO knows a Go address, so no compiler does this on purpose; but a callee-saved register may hold any value, and this is the worst
// one. A nil test passes, the pointer is aligned and mapped and has a g behind it, complete with m and gsignal. A handler that believes the
// register does not crash: it goes on as another thread's goroutine. Only the ghost, who knows whose code was interrupted, can tell.

#include "layout.h"

#define NR_clock_gettime 263
#define NSEC_PER_SEC 1000000000

	.syntax	unified
	.arm
	.text
	.globl	__vdso_clock_gettime
	.type	__vdso_clock_gettime, %function
__vdso_clock_gettime:
	// The address is put together elsewhere, so that r10 changes from one valid g to another in a single step.
	push	{r4, r5, r6, r7, r10, lr}
	movw	r12, #(OTHER_G & 0xffff)
	movt	r12, #(OTHER_G >> 16)
	mov	r10, r12
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
	stm	r1, {r4, r5}
	mov	r0, #0
	b	.Lout

.Lfallback:
	// r0 and r1 still are what the caller passed, which is just what the kernel wants to see. r7 takes the number: it is saved.
	movw	r7, #NR_clock_gettime
	svc	#0

.Lout:
	pop	{r4, r5, r6, r7, r10, pc}
dirty_end:
	.size	__vdso_clock_gettime, . - __vdso_clock_gettime
