// clobber-g-plausible: where the g register is dirty it holds the address of a g, a live one, and not the caller's.
//
//   int __kernel_clock_gettime(clockid_t clk /* w0 */, struct timespec *ts /* x1 */)
//
// in      w0 = clock id, x1 = timespec to fill, lr = return address
// out     w0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; x28 as at entry
// stack   16 bytes: the caller's x28, and padding
// dirty   x28, from the instruction after the one that writes it to the one that loads it back, on the fast path and around the svc.
//         It holds OTHER_G (layout.h) all the time, never half of it
//
// No vDSO knows a Go address, so no compiler does this on purpose; but a callee-saved register may hold any value, and this is the worst
// one. A nil test passes, the pointer is aligned and mapped and has a g behind it, complete with m and gsignal. A handler that believes the
// register does not crash: it goes on as another thread's goroutine. Only the ghost, who knows whose code was interrupted, can tell.

#include "layout.h"

#define NR_clock_gettime 113
#define NR_rt_sigreturn 139
#define NSEC_PER_SEC 1000000000

	.text
	.globl	__kernel_clock_gettime
	.type	__kernel_clock_gettime, %function
__kernel_clock_gettime:
	// The address is put together elsewhere, so that x28 changes from one valid g to another in a single step.
	str	x28, [sp, #-16]!
	mov	x4, #(OTHER_G & 0xffff)
	movk	x4, #(OTHER_G >> 16), lsl #16
	mov	x28, x4
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
	stp	x6, x7, [x1]
	mov	w0, wzr
	b	.Lout

.Lfallback:
	// x0 and x1 still are what the caller passed, which is just what the kernel wants to see.
	mov	x8, #NR_clock_gettime
	svc	#0

.Lout:
	ldr	x28, [sp], #16
dirty_end:
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
