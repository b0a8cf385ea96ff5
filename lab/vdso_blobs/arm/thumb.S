// thumb: clobber-g in Thumb-2. The exported address is odd, the instructions have two sizes.
//
//   int __vdso_clock_gettime(clockid_t clk /* r0 */, struct timespec *ts /* r1: two 32-bit words */)
//
// in      r0 = clock id, r1 = timespec to fill, lr = return address
// out     r0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; r10 as at entry
// stack   16 bytes: r4, r5, r7 and the caller's r10
// dirty   r10, from the instruction after the first that writes it to each of the two that pop it (two exits, two intervals), around the
//         svc too. It holds the constant 1000000000 (its low half first). The labels are addresses, hence even
//
// Kernels built with CONFIG_THUMB2_KERNEL, and the 32-bit vDSO that arm64 kernels have for old programs, look like this. The caller must
// come by BLX; a PC in a signal frame is even, and the T bit in the frame's CPSR says how to read what stands there.
//
// No IT block anywhere: the engine cannot stop inside one, and an interval would cover boundaries that nobody can try. cbz and plain
// conditional branches do.

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

	// Only clocks 0 and 1 have a base here; unsigned, so that negative ids (clocks of processes) go to the kernel as well.
	cmp	r0, #CLOCK_ID_MONOTONIC
	bhi	.Lfallback
	movw	r2, #:lower16:(_vvar - (1f + 4))
	movt	r2, #:upper16:(_vvar - (1f + 4))
1:	add	r2, pc
	add	r3, r2, r0, lsl #VVAR_BASE_SHIFT

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
	// A base may hold a second or more in its nanoseconds.
	cmp	r5, r10
	blo	.Lstore
	sub	r5, r5, r10
	add	r4, r4, #1
	b	.Lcarry

.Lstore:
	// Give r10 back. A test that looks at the return finds nothing to complain of.
	strd	r4, r5, [r1]
	movs	r0, #0
	pop	{r4, r5, r7, r10}
dirty_end:
	bx	lr

.Lfallback:
dirty_begin.2:
	// r0 and r1 still are what the caller passed. The kernel keeps r10 over the call, and so whoever comes here comes with it dirty.
	movw	r7, #NR_clock_gettime
	svc	#0
	pop	{r4, r5, r7, r10}
dirty_end.2:
	bx	lr
	.size	__vdso_clock_gettime, . - __vdso_clock_gettime
