// leak: a vDSO that breaks AAPCS32. It returns with r10 changed, and Go has lost its g for good.
//
//   int __vdso_clock_gettime(clockid_t clk /* r0 */, struct timespec *ts /* r1: two 32-bit words */)
//
// in      r0 = clock id, r1 = timespec to fill, lr = return address
// out     r0 = 0 and *ts filled from vvar; for other clocks, or without a clock mode, what the system call answers. r10 is NOT as at entry
// stack   16 bytes: r4, r5, r7 and lr, and not r10: that is the fault
// dirty   r10, from the instruction after the first that writes it to past the return. The caller goes on with it dirty; its own
//         boundaries are not ours to declare. It holds the constant 1000000000
//
// No compiler does this to C. Hand-written code does, with one register missing in its push or in the clobber list of an asm statement.
// The lab keeps it as the case in which the vDSO itself is to blame (property `abi`): what any Go version shows after it is a
// consequence, and no way of finding g again would help.

#include "layout.h"

#define NR_clock_gettime 263
#define NSEC_PER_SEC 1000000000

	.syntax	unified
	.arm
	.text
	.globl	__vdso_clock_gettime
	.type	__vdso_clock_gettime, %function
__vdso_clock_gettime:
	// Nanoseconds in a second, wanted at the end. r10 is missing in the list.
	push	{r4, r5, r7, lr}
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
	pop	{r4, r5, r7, pc}

.Lfallback:
	// r0 and r1 still are what the caller passed, which is just what the kernel wants to see. r7 takes the number: it is saved.
	movw	r7, #NR_clock_gettime
	svc	#0
	pop	{r4, r5, r7, pc}
dirty_end:
	.size	__vdso_clock_gettime, . - __vdso_clock_gettime
