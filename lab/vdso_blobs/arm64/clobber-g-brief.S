// clobber-g-brief: the g register is dirty at one single boundary.
//
//   int __kernel_clock_gettime(clockid_t clk /* w0 */, struct timespec *ts /* x1 */)
//
// in      w0 = clock id, x1 = timespec to fill, lr = return address
// out     w0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; x28 as at entry
// stack   32 bytes, the caller's x28 at the top
// dirty   x28, at the one instruction that loads it back, on both paths; never at the svc. It holds 24, the offset of the place it is
//         loaded from
//
// A load whose offset does not fit into the instruction takes it from a register, and the register that is about to be overwritten anyway
// is a cheap one to use. Big frames get such epilogues; a small one does here, for the sake of the shortest window there is. A timer that
// signals a hundred times a second will not find it in a lifetime; whoever tries every boundary finds it at once.

#include "layout.h"

#define NR_clock_gettime 113
#define NR_rt_sigreturn 139
#define NSEC_PER_SEC 1000000000

	.text
	.globl	__kernel_clock_gettime
	.type	__kernel_clock_gettime, %function
__kernel_clock_gettime:
	// A frame, and x28 into it. Nothing below wants x28; say that a part of the function that did has been optimised away.
	sub	sp, sp, #32
	str	x28, [sp, #24]

	// Nanoseconds in a second, wanted at the end.
	mov	x9, #(NSEC_PER_SEC & 0xffff)
	movk	x9, #(NSEC_PER_SEC >> 16), lsl #16

	// Only clocks 0 and 1 have a base here; unsigned, so that negative ids (clocks of processes) go to the kernel as well.
	cmp	w0, #CLOCK_ID_MONOTONIC
	b.hi	.Lfallback
	adr	x2, _vvar
	add	x3, x2, w0, uxtw #VVAR_BASE_SHIFT

.Lretry:
	// Odd: the kernel is writing. Wait for it.
	ldr	w4, [x2, #VVAR_SEQ]
	tbnz	w4, #0, .Lretry
	dmb	ishld

	// No clock mode: the counter cannot be read from here, only the kernel knows the time.
	ldr	w5, [x2, #VVAR_CLOCK_MODE]
	cbz	w5, .Lfallback
	ldp	x6, x7, [x3, #VVAR_BASETIME]

	// The same sequence number after the pair as before it: its halves belong together.
	dmb	ishld
	ldr	w5, [x2, #VVAR_SEQ]
	cmp	w5, w4
	b.ne	.Lretry

.Lcarry:
	// A base may hold a second or more in its nanoseconds.
	cmp	x7, x9
	b.lo	.Lstore
	sub	x7, x7, x9
	add	x6, x6, #1
	b	.Lcarry

.Lstore:
	stp	x6, x7, [x1]
	mov	w0, wzr
	b	.Lout

.Lfallback:
	// x0 and x1 still are what the caller passed, which is just what the kernel wants to see.
	mov	x8, #NR_clock_gettime
	svc	#0

.Lout:
	// The offset goes into the very register that the load fills: dirty when the load is about to run, clean when it has.
	mov	x28, #24
dirty_begin:
	ldr	x28, [sp, x28]
dirty_end:
	add	sp, sp, #32
	ret
	.size	__kernel_clock_gettime, . - __kernel_clock_gettime

// Where a signal handler returns to when its sigaction names no restorer, as Go's does not: the kernel puts this address into lr. So every
// handler, its own g register in perfect order, leaves through a PC in the vDSO's first page.
	.globl	__kernel_rt_sigreturn
	.type	__kernel_rt_sigreturn, %function
__kernel_rt_sigreturn:
	mov	x8, #NR_rt_sigreturn
	svc	#0
	.size	__kernel_rt_sigreturn, . - __kernel_rt_sigreturn
