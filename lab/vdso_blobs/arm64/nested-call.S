// nested-call: the exported function is innocent; one that it calls through another one dirties the g register.
//
//   int __kernel_clock_gettime(clockid_t clk /* w0 */, struct timespec *ts /* x1 */)
//
// in      w0 = clock id, x1 = timespec to fill, lr = return address
// out     w0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers; x28 as at entry
// stack   384 bytes: frames of 128, 160 and 96, most of each unused, as unoptimised code has them. The caller's x28 is 368 bytes below SP
//         at entry, in the innermost frame
// dirty   x28, in read_base alone, from the instruction after the first that writes it to the one that loads it back; not at the svc.
//         It holds the constant 1000000000 (its low half first)
//
// Clean code on top does not mean clean code below: whoever reads the exported function alone finds that it never touches the register. A
// compiler that does not inline (an instrumented kernel, one built for size) leaves such chains. The only copy of g is deep in the stack,
// at a place that depends on two frames' sizes, so there is no fixed distance at which a handler could look for it.

#include "layout.h"

#define NR_clock_gettime 113
#define NR_rt_sigreturn 139
#define NSEC_PER_SEC 1000000000

	.text
	.globl	__kernel_clock_gettime
	.type	__kernel_clock_gettime, %function
__kernel_clock_gettime:
	// The arguments are kept: if vvar does not help, the kernel wants to see them.
	stp	x29, x30, [sp, #-128]!
	mov	x29, sp
	stp	x0, x1, [sp, #16]
	bl	get_clock
	cbnz	w0, .Lfallback
	ldp	x29, x30, [sp], #128
	ret

.Lfallback:
	ldp	x0, x1, [sp, #16]
	mov	x8, #NR_clock_gettime
	svc	#0
	ldp	x29, x30, [sp], #128
	ret
	.size	__kernel_clock_gettime, . - __kernel_clock_gettime

//   int get_clock(clockid_t clk /* w0 */, struct timespec *ts /* x1 */)
//
// out     w0 = 0 and *ts filled; or 1: ask the kernel
	.type	get_clock, %function
get_clock:
	stp	x29, x30, [sp, #-160]!
	mov	x29, sp
	str	x1, [sp, #16]

	// Only clocks 0 and 1 have a base here; unsigned, so that negative ids (clocks of processes) go to the kernel as well.
	cmp	w0, #CLOCK_ID_MONOTONIC
	b.hi	.Lrefuse
	adr	x2, _vvar
	add	x3, x2, w0, uxtw #VVAR_BASE_SHIFT

	// The pair comes into a local of ours first: the caller's timespec stays untouched until it is known to be good.
	add	x1, sp, #32
	bl	read_base
	cbnz	w0, .Lrefuse
	ldr	x1, [sp, #16]
	ldp	x6, x7, [sp, #32]
	stp	x6, x7, [x1]
	mov	w0, wzr
	ldp	x29, x30, [sp], #160
	ret

.Lrefuse:
	mov	w0, #1
	ldp	x29, x30, [sp], #160
	ret
	.size	get_clock, . - get_clock

//   int read_base(struct timespec *pair /* x1 */, vvar /* x2 */, base - VVAR_BASETIME /* x3 */)
//
// out     w0 = 0 and *pair filled; or 1: no clock mode
	.type	read_base, %function
read_base:
	// Here it happens, two calls away from the symbol that Go knows.
	sub	sp, sp, #96
	str	x28, [sp, #16]
	mov	x28, #(NSEC_PER_SEC & 0xffff)
dirty_begin:
	movk	x28, #(NSEC_PER_SEC >> 16), lsl #16
	mov	w0, #1

.Lretry:
	// Odd: the kernel is writing. Wait for it.
	ldr	w4, [x2, #VVAR_SEQ]
	tbnz	w4, #0, .Lretry
	dmb	ishld

	// No clock mode: the counter cannot be read from here, only the kernel knows the time.
	ldr	w5, [x2, #VVAR_CLOCK_MODE]
	cbz	w5, .Lout
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

.Lout:
	ldr	x28, [sp, #16]
dirty_end:
	add	sp, sp, #96
	ret
	.size	read_base, . - read_base

// Where a signal handler returns to when its sigaction names no restorer, as Go's does not: the kernel puts this address into lr. So every
// handler, its own g register in perfect order, leaves through a PC in the vDSO's first page.
	.globl	__kernel_rt_sigreturn
	.type	__kernel_rt_sigreturn, %function
__kernel_rt_sigreturn:
	mov	x8, #NR_rt_sigreturn
	svc	#0
	.size	__kernel_rt_sigreturn, . - __kernel_rt_sigreturn
