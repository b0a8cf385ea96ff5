// two-page: the symbol lies in the image's first page, the code that dirties the g register in its second.
//
//   int __vdso_clock_gettime(clockid_t clk /* r0 */, struct timespec *ts /* r1: two 32-bit words */)
//
// in      r0 = clock id, r1 = timespec to fill, lr = return address
// out     r0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; r10 as at entry
// stack   16 bytes: r4, r5, r7 and the caller's r10
// dirty   r10, in the second page alone, from the instruction after the first that writes it to the one that pops it, on the fast
//         path and around the svc. It holds the constant 1000000000 (its low half first)
//
// Go for long compared pages: is the interrupted PC in the page of the symbol? Nothing promises that a vDSO is so small. Up to 6.1 Debian's
// are; with getrandom and its cipher, or with a linker that puts cold code at the end, an image gets this shape, and then the signal
// arrives at a PC that does not count as vDSO code.

#include "layout.h"

#define NR_clock_gettime 263
#define NSEC_PER_SEC 1000000000

	.syntax	unified
	.arm
	.text
	.globl	__vdso_clock_gettime
	.type	__vdso_clock_gettime, %function
__vdso_clock_gettime:
	// The arguments stay where they are, and so does lr: the body returns to our caller.
	b	clock_gettime_body
	.size	__vdso_clock_gettime, . - __vdso_clock_gettime

// The body: clobber-g's, but for its place.
	.section .text.second_page, "ax", %progbits
	.p2align 12
	.type	clock_gettime_body, %function
clock_gettime_body:
	// The caller's r10 goes to the stack with the rest. Soon that word is the only copy of g, and nothing says where it is.
	push	{r4, r5, r7, r10}

	// Nanoseconds in a second, wanted at the end, and kept where it survives everything until then.
	movw	r10, #(NSEC_PER_SEC & 0xffff)
dirty_begin:
	movt	r10, #(NSEC_PER_SEC >> 16)

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
	cmp	r5, r10
	blo	.Lstore
	sub	r5, r5, r10
	add	r4, r4, #1
	b	.Lcarry

.Lstore:
	stm	r1, {r4, r5}
	mov	r0, #0
	b	.Lout

.Lfallback:
	// r0 and r1 still are what the caller passed. The kernel keeps r10 over the call, and so whoever comes here comes with it dirty.
	movw	r7, #NR_clock_gettime
	svc	#0

.Lout:
	pop	{r4, r5, r7, r10}
dirty_end:
	bx	lr
	.size	clock_gettime_body, . - clock_gettime_body
