// leak: a vDSO that breaks AAPCS64. It returns with x28 changed, and Go has lost its g for good.
//
//   int __kernel_clock_gettime(clockid_t clk /* w0 */, struct timespec *ts /* x1 */)
//
// in      w0 = clock id, x1 = timespec to fill, lr = return address
// out     w0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers. x28 is NOT as at entry
// stack   none: that is the fault
// dirty   x28, from the instruction after the first that writes it to past the ret. The caller goes on with it dirty; its own
//         boundaries are not ours to declare. It holds the constant 1000000000
//
// No compiler does this to C. Hand-written code does, with one register missing in its prologue or in the clobber list of an asm statement.
// The lab keeps it as the case in which the vDSO itself is to blame (property `abi`): what any Go version shows after it is a
// consequence, and no way of finding g again would help.

#include "layout.h"

#define NR_clock_gettime 113
#define NR_rt_sigreturn 139
#define NSEC_PER_SEC 1000000000

	.text
	.globl	__kernel_clock_gettime
	.type	__kernel_clock_gettime, %function
__kernel_clock_gettime:
	// Nanoseconds in a second, wanted at the end. This should have been preceded by a store of x28 and is not.
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
	ret

.Lfallback:
	// x0 and x1 still are what the caller passed, which is just what the kernel wants to see.
	mov	x8, #NR_clock_gettime
	svc	#0
	ret
dirty_end:
	.size	__kernel_clock_gettime, . - __kernel_clock_gettime

// Where a signal handler returns to when its sigaction names no restorer, as Go's does not: the kernel puts this address into lr. So every
// handler, its own g register in perfect order, leaves through a PC in the vDSO's first page.
	.globl	__kernel_rt_sigreturn
	.type	__kernel_rt_sigreturn, %function
__kernel_rt_sigreturn:
	mov	x8, #NR_rt_sigreturn
	svc	#0
	.size	__kernel_rt_sigreturn, . - __kernel_rt_sigreturn
