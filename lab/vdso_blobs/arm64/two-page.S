// two-page: the symbol lies in the image's first page, the code that dirties the g register in its second.
//
//   int __kernel_clock_gettime(clockid_t clk /* w0 */, struct timespec *ts /* x1 */)
//
// in      w0 = clock id, x1 = timespec to fill, lr = return address
// out     w0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; x28 as at entry
// stack   16 bytes: the caller's x28, and padding
// dirty   x28, in the second page alone, from the instruction after the first that writes it to the one that loads it back, on the fast
//         path and around the svc. It holds the constant 1000000000 (its low half first)
//
// Go for long compared pages: is the interrupted PC in the page of the symbol? Nothing promises that a vDSO is so small. Up to 6.1 Debian's
// are; with getrandom and its cipher, or with a linker that puts cold code at the end, an image gets this shape, and then the signal
// arrives at a PC that does not count as vDSO code.

#include "layout.h"

#define NR_clock_gettime 113
#define NR_rt_sigreturn 139
#define NSEC_PER_SEC 1000000000

	.text
	.globl	__kernel_clock_gettime
	.type	__kernel_clock_gettime, %function
__kernel_clock_gettime:
	// The arguments stay where they are, and so does lr: the body returns to our caller.
	b	clock_gettime_body
	.size	__kernel_clock_gettime, . - __kernel_clock_gettime

// Where a signal handler returns to when its sigaction names no restorer, as Go's does not: the kernel puts this address into lr. So every
// handler, its own g register in perfect order, leaves through a PC in the vDSO's first page.
	.globl	__kernel_rt_sigreturn
	.type	__kernel_rt_sigreturn, %function
__kernel_rt_sigreturn:
	mov	x8, #NR_rt_sigreturn
	svc	#0
	.size	__kernel_rt_sigreturn, . - __kernel_rt_sigreturn

// The body: clobber-g's, but for its place.
	.section .text.second_page, "ax", %progbits
	.p2align 12
	.type	clock_gettime_body, %function
clock_gettime_body:
	// The caller's x28 goes to the stack. Soon that word is the only copy of g, and nothing says where it is.
	str	x28, [sp, #-16]!

	// Nanoseconds in a second, wanted at the end, and kept where it survives everything until then.
	mov	x28, #(NSEC_PER_SEC & 0xffff)
dirty_begin:
	movk	x28, #(NSEC_PER_SEC >> 16), lsl #16

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
	cmp	x7, x28
	b.lo	.Lstore
	sub	x7, x7, x28
	add	x6, x6, #1
	b	.Lcarry

.Lstore:
	stp	x6, x7, [x1]
	mov	w0, wzr
	b	.Lout

.Lfallback:
	// x0 and x1 still are what the caller passed. The kernel keeps x28 over the call, and so whoever comes here comes with it dirty.
	mov	x8, #NR_clock_gettime
	svc	#0

.Lout:
	ldr	x28, [sp], #16
dirty_end:
	ret
	.size	clock_gettime_body, . - clock_gettime_body
