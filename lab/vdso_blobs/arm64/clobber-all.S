// clobber-all: for a while not one callee-saved register is the caller's, the g register among them.
//
//   int __kernel_clock_gettime(clockid_t clk /* w0 */, struct timespec *ts /* x1 */)
//
// in      w0 = clock id, x1 = timespec to fill, lr = return address
// out     w0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; x19..x29 and the
//         low halves of v8..v15 as at entry; the high halves are lost, as AAPCS64 allows
// stack   160 bytes
// dirty   x28, from the instruction after the one that writes it to the pair load that brings it back, on the fast path and around the svc.
//         Register n holds ~n: no pointer in any world, and it says in a dump where it comes from
//
// A large function with all its helpers inlined can get there: everything is spilled at the top, everything is reloaded at the end, and
// what happens between the two is nobody's business. It is the case for a handler that would look for g in some register other than the
// usual one, or take a frame pointer from the interrupted code: there is nothing left to be found in registers, only SP is true.

#include "layout.h"

#define NR_clock_gettime 113
#define NR_rt_sigreturn 139
#define NSEC_PER_SEC 1000000000

	.text
	.globl	__kernel_clock_gettime
	.type	__kernel_clock_gettime, %function
__kernel_clock_gettime:
	// Everything that AAPCS64 wants back, and the return address.
	stp	x29, x30, [sp, #-160]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]

	// Garbage into all of it, x30 too: the return address is on the stack alone now.
	movn	x19, #19
	movn	x20, #20
	movn	x21, #21
	movn	x22, #22
	movn	x23, #23
	movn	x24, #24
	movn	x25, #25
	movn	x26, #26
	movn	x27, #27
	movn	x28, #28
dirty_begin:
	movn	x29, #29
	movn	x30, #30
	dup	v8.2d, x19
	dup	v9.2d, x20
	dup	v10.2d, x21
	dup	v11.2d, x22
	dup	v12.2d, x23
	dup	v13.2d, x24
	dup	v14.2d, x25
	dup	v15.2d, x26

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
	// Everything back. From x28's load on the world is as it was for Go, with a few registers still to come.
	ldp	d14, d15, [sp, #144]
	ldp	d12, d13, [sp, #128]
	ldp	d10, d11, [sp, #112]
	ldp	d8, d9, [sp, #96]
	ldp	x27, x28, [sp, #80]
dirty_end:
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #160
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
