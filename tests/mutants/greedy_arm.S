// greedy, arm: a vDSO that destroys whatever AAPCS lets it, at its return too, and that fills it all with small numbers while it runs.
// The vDSOs of the catalogue leave most registers as they were; a caller that relies on one of them lives there by luck.
#define __vdso_clock_gettime clean_clock_gettime
#include "../../lab/vdso_blobs/arm/clean.S"
#undef __vdso_clock_gettime

	.globl	__vdso_clock_gettime
	.type	__vdso_clock_gettime, %function
__vdso_clock_gettime:
	// What is the caller's goes to the stack, g among it, and every such register gets a small number.
	push	{r3, r4, r5, r6, r7, r8, r9, r10, r11, lr}
	.irp	n, 4, 5, 6, 7, 8, 9, 11
	mov	r\n, #\n
	.endr
	mov	r10, #10
dirty_begin:
	mov	r2, #2
	mov	r3, #3
	mov	r12, #12
	bl	clean_clock_gettime

	// The caller has its own back; the rest is anything.
	pop	{r3, r4, r5, r6, r7, r8, r9, r10, r11, lr}
dirty_end:
	.irp	n, 1, 2, 3, 12
	mov	r\n, #\n
	.endr
	bx	lr
	.size	__vdso_clock_gettime, . - __vdso_clock_gettime
