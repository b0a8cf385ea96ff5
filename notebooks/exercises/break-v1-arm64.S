// break-v1, arm64: write a vDSO that breaks v1 but not v2.
//
// This is a whole vDSO. It must be a legal one, which v6 (Go today) survives under any number of signals. Under any number of SIGUSR1 and
// SIGURG, whose handlers make no call, nothing at all may break in v2, and v1 must go on without g, or with a wrong one, at some
// boundary. v1's handler and v2's differ in where they look for g: siglab list --diff v1 v2 shows it.
//
// in      w0 = clock id, x1 = timespec to fill, lr = return address
// out     w0 = 0 and *ts filled; x19..x28, sp as at entry (AAPCS64)
// how     the system call clock_gettime (number 113 in x8, then svc #0) tells the time; so does the page at _vvar
// labels  dirty_begin and dirty_end, if you have them, must be right: where the g register begins and ends to hold something else
//
//     siglab check break-v1 break-v1-arm64.S

	.globl	__kernel_clock_gettime
	.type	__kernel_clock_gettime, %function
__kernel_clock_gettime:
	// WRITE HERE.
	mov	w0, wzr
	ret
	.size	__kernel_clock_gettime, . - __kernel_clock_gettime

	.globl	__kernel_rt_sigreturn
	.type	__kernel_rt_sigreturn, %function
__kernel_rt_sigreturn:
	// Signal handlers return to this one. It is complete.
	mov	x8, #139
	svc	#0
	.size	__kernel_rt_sigreturn, . - __kernel_rt_sigreturn
