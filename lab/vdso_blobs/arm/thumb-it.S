// thumb-it: clobber-g in Thumb-2 with IT blocks, as compilers make them. g is lost, and given back, inside of them.
//
//   int __vdso_clock_gettime(clockid_t clk /* r0 */, struct timespec *ts /* r1: two 32-bit words */)
//
// in      r0 = clock id, r1 = timespec to fill, lr = return address
// out     r0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; r10 as at entry
// stack   16 bytes: r4, r5, r7 and the caller's r10
// dirty   r10, from the instruction after the first that writes it to each of the two that pop it (two exits, two intervals), around the
//         svc too. It holds the constant 1000000000 (its low half first). The labels are addresses, hence even; one stands inside a block
//
// IT makes up to four instructions that follow it conditional. Where in such a block the CPU is, is a part of CPSR (ITSTATE): an interrupt
// between two of them saves it in the frame, the handler starts without it, and the return puts it back. A signal frame whose CPSR lost
// those bits would resume in the same place with the rest of the block unconditional. The blocks here have one, two, three and four
// instructions; each of these, also one whose condition fails, has a boundary in front of it.

#include "layout.h"

#define NR_clock_gettime 263
#define NSEC_PER_SEC 1000000000

	.syntax	unified
	.thumb
	.text
	.globl	__vdso_clock_gettime
	.type	__vdso_clock_gettime, %function
	.thumb_func
__vdso_clock_gettime:
	// The caller's r10 goes to the stack with the rest. Soon that word is the only copy of g, and nothing says where it is.
	push	{r4, r5, r7, r10}

	// Nanoseconds in a second, wanted at the end, and kept where it survives everything until then.
	movw	r10, #(NSEC_PER_SEC & 0xffff)
dirty_begin:
	movt	r10, #(NSEC_PER_SEC >> 16)

	// Only clocks 0 and 1 have a base here; unsigned, so that negative ids (clocks of processes) go to the kernel as well. A branch may be
	// in a block if it is the last: this block has nothing else.
	cmp	r0, #CLOCK_ID_MONOTONIC
	it	hi
	bhi	.Lfallback
	movw	r2, #:lower16:(_vvar - (1f + 4))
	movt	r2, #:upper16:(_vvar - (1f + 4))
1:	add	r2, pc

	// Two: the clock's base, by one or the other. Whichever does not hold is stepped over, and can be interrupted before.
	cmp	r0, #0
	ite	eq
	moveq	r3, r2
	addne	r3, r2, #(1 << VVAR_BASE_SHIFT)

.Lretry:
	// Odd: the kernel is writing. Wait for it.
	ldr	r12, [r2, #VVAR_SEQ]
	tst	r12, #1
	bne	.Lretry
	dmb	ish

	// No clock mode: the counter cannot be read from here, only the kernel knows the time.
	ldr	r7, [r2, #VVAR_CLOCK_MODE]
	cbz	r7, .Lfallback

	// The low words: seconds of a 32-bit timespec end in 2038, nanoseconds fit anyway.
	ldr	r4, [r3, #VVAR_BASETIME]
	ldr	r5, [r3, #(VVAR_BASETIME + 8)]

	// The same sequence number after the pair as before it: its halves belong together.
	dmb	ish
	ldr	r7, [r2, #VVAR_SEQ]
	cmp	r7, r12
	bne	.Lretry

.Lcarry:
	// A base may hold a second or more in its nanoseconds. Three: the last goes round again.
	cmp	r5, r10
	ittt	hs
	subhs	r5, r5, r10
	addhs	r4, r4, #1
	bhs	.Lcarry

	// Four, all of them done: 0 is the result, and equal. Here r10 is given back inside a block, and the function returns from inside it.
	movs	r0, #0
	itttt	eq
	strdeq	r4, r5, [r1]
	moveq	r12, #0
	popeq	{r4, r5, r7, r10}
dirty_end:
	bxeq	lr

.Lfallback:
dirty_begin.2:
	// r0 and r1 still are what the caller passed. The kernel keeps r10 over the call, and so whoever comes here comes with it dirty.
	movw	r7, #NR_clock_gettime
	svc	#0
	pop	{r4, r5, r7, r10}
dirty_end.2:
	bx	lr
	.size	__vdso_clock_gettime, . - __vdso_clock_gettime
