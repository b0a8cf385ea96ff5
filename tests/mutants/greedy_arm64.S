// greedy, arm64: a vDSO that destroys whatever AAPCS64 lets it, at its return too, and that fills it all with small numbers while it runs.
// The vDSOs of the catalogue leave most registers as they were; a caller that relies on one of them lives there by luck.
#define __kernel_clock_gettime clean_clock_gettime
#include "../../lab/vdso_blobs/arm64/clean.S"
#undef __kernel_clock_gettime

	.globl	__kernel_clock_gettime
	.type	__kernel_clock_gettime, %function
__kernel_clock_gettime:
	// What is the caller's goes to the stack, g among it, and every such register gets a small number.
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27
	mov	x\n, #\n
	.endr
	mov	x28, #28
dirty_begin:
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
	mov	x\n, #\n
	.endr
	bl	clean_clock_gettime

	// The caller has its own back; the rest is anything.
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
dirty_end:
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
	mov	x\n, #\n
	.endr
	ldp	x29, x30, [sp], #96
	ret
	.size	__kernel_clock_gettime, . - __kernel_clock_gettime
