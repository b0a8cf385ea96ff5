// clobber-all: for a while not one callee-saved register is the caller's, the g register among them.
//
//   int __vdso_clock_gettime(clockid_t clk /* r0 */, struct timespec *ts /* r1: two 32-bit words */)
//
// in      r0 = clock id, r1 = timespec to fill, lr = return address
// out     r0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; r4..r11 and
//         d8..d15 as at entry
// stack   104 bytes
// dirty   r10, from the instruction after the one that writes it to the one that pops it and returns, on the fast path and around the
//         svc. Register n holds ~n: no pointer in any world, and it says in a dump where it comes from
//
// A large function with all its helpers inlined can get there: everything is spilled at the top, everything is reloaded at the end, and
// what happens between the two is nobody's business. It is the case for a handler that would look for g in some register other than the
// usual one, or take a frame pointer from the interrupted code: there is nothing left to be found in registers, only SP is true.

#include "layout.h"

#define NR_clock_gettime 263
#define NSEC_PER_SEC 1000000000

	.syntax	unified
	.arm
	.text
	.globl	__vdso_clock_gettime
	.type	__vdso_clock_gettime, %function
__vdso_clock_gettime:
	// Everything that AAPCS32 wants back, and the return address. r3 is there for its size alone: SP stays a multiple of 8.
	push	{r3, r4, r5, r6, r7, r8, r9, r10, r11, lr}
	vpush	{d8, d9, d10, d11, d12, d13, d14, d15}

	// Garbage into all of it. r4, r5 and r7 are put to use again further down; the others keep theirs to the end.
	mvn	r4, #4
	mvn	r5, #5
	mvn	r6, #6
	mvn	r7, #7
	mvn	r8, #8
	mvn	r9, #9
	mvn	r10, #10
dirty_begin:
	mvn	r11, #11
	vmov	d8, r4, r4
	vmov	d9, r5, r5
	vmov	d10, r6, r6
	vmov	d11, r7, r7
	vmov	d12, r8, r8
	vmov	d13, r9, r9
	vmov	d14, r10, r10
	vmov	d15, r11, r11

	// Nanoseconds in a second, wanted at the end. With lr as its home the return address is on the stack alone.
	movw	lr, #(NSEC_PER_SEC & 0xffff)
	movt	lr, #(NSEC_PER_SEC >> 16)

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
	cmp	r5, lr
	blo	.Lstore
	sub	r5, r5, lr
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
	// Everything back, and away: the boundary at which r10 is clean again is the caller's.
	vpop	{d8, d9, d10, d11, d12, d13, d14, d15}
	pop	{r3, r4, r5, r6, r7, r8, r9, r10, r11, pc}
dirty_end:
	.size	__vdso_clock_gettime, . - __vdso_clock_gettime
