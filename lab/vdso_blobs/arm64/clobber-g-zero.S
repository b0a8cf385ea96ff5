// clobber-g-zero: where the g register is dirty it is 0, which Go takes for "no g here".
//
//   int __kernel_clock_gettime(clockid_t clk /* w0 */, struct timespec *ts /* x1 */)
//
// in      w0 = clock id, x1 = timespec to fill, lr = return address
// out     w0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; x28 as at entry
// stack   16 bytes: the caller's x28, and padding
// dirty   x28, from the instruction after the one that writes it to each of the two that load it back (two exits, two intervals).
//         It holds 0 all the time
//
// The function's result is 0 unless something goes wrong, so a compiler may put it aside first thing and hand it over last thing. It is the
// gentlest garbage and the most misleading: a handler that believes the register does not crash on a wild pointer but goes the way made for
// threads that are not Go's. So the same loss looks like another fault.

#include "layout.h"

#define NR_clock_gettime 113
#define NR_rt_sigreturn 139
#define NSEC_PER_SEC 1000000000

	.text
	.globl	__kernel_clock_gettime
	.type	__kernel_clock_gettime, %function
__kernel_clock_gettime:
	// The result, until somebody knows better.
	str	x28, [sp, #-16]!
	mov	w28, wzr
dirty_begin:

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
	// All went well. Hand the result over and give x28 back.
	stp	x6, x7, [x1]
	mov	w0, w28
	ldr	x28, [sp], #16
dirty_end:
	ret

.Lfallback:
dirty_begin.2:
	// x0 and x1 still are what the caller passed. The kernel's answer takes the place of ours.
	mov	x8, #NR_clock_gettime
	svc	#0
	ldr	x28, [sp], #16
dirty_end.2:
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
