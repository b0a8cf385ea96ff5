// break-v1, arm64: a model answer. It need not do anything to x28: v1 gives g up wherever PC lies in the vDSO's page.

	.globl	__kernel_clock_gettime
	.type	__kernel_clock_gettime, %function
__kernel_clock_gettime:
	mov	x8, #113		// clock_gettime
	svc	#0
	ret
	.size	__kernel_clock_gettime, . - __kernel_clock_gettime

	.globl	__kernel_rt_sigreturn
	.type	__kernel_rt_sigreturn, %function
__kernel_rt_sigreturn:
	mov	x8, #139		// rt_sigreturn
	svc	#0
	.size	__kernel_rt_sigreturn, . - __kernel_rt_sigreturn
