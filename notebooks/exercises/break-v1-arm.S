// break-v1, arm: write a vDSO that breaks v1 but not v2.
//
// This is a whole vDSO. It must be a legal one, which v6 (Go today) survives under any number of signals. Under any number of SIGUSR1 and
// SIGURG, whose handlers make no call, nothing at all may break in v2, and v1 must go on without g, or with a wrong one, at some
// boundary. v1's handler and v2's differ in where they look for g: siglab list --diff v1 v2 shows it.
//
// in      r0 = clock id, r1 = timespec to fill (two words), lr = return address
// out     r0 = 0 and *ts filled; r4..r11, sp as at entry (AAPCS)
// how     the system call clock_gettime (number 263 in r7, then svc #0) tells the time; so does the page at _vvar
// labels  dirty_begin and dirty_end, if you have them, must be right: where the g register begins and ends to hold something else
//
//     siglab check break-v1 break-v1-arm.S

	.globl	__vdso_clock_gettime
	.type	__vdso_clock_gettime, %function
__vdso_clock_gettime:
	// WRITE HERE.
	mov	r0, #0
	bx	lr
	.size	__vdso_clock_gettime, . - __vdso_clock_gettime
