// The floor's driver: the signal handler, again and again, without leaving the emulator.
//
// in      x19 = runs, at least 1; x20 = the signal's number; x21 = its rt_sigframe; x22 = sigtramp; x23 = g; sp = the frame, as the kernel has it
// out     svc #0 with x19 = 0
// How     sigtramp keeps AAPCS, so x19..x23 and SP are as they were when it returns. It returns to x30, which here is the loop and not the
//         kernel's sigreturn trampoline: no kernel takes part.

	.text
	.globl	floor
	.type	floor, %function
floor:
	// The handler's arguments as the kernel sets them: signal, siginfo, ucontext.
	mov	x0, x20
	mov	x1, x21
	add	x2, x21, #128
	mov	x28, x23
	blr	x22
	subs	x19, x19, #1
	b.ne	floor
	svc	#0
	.size	floor, . - floor
