// break-v1, arm: a model answer. It need not do anything to r10: v1 gives g up wherever PC lies in the vDSO's page.

	.globl	__vdso_clock_gettime
	.type	__vdso_clock_gettime, %function
__vdso_clock_gettime:
	push	{r7, lr}
	ldr	r7, =263		// clock_gettime
	svc	#0
	pop	{r7, pc}
	.size	__vdso_clock_gettime, . - __vdso_clock_gettime
