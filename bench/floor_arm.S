// The floor's driver: the signal handler, again and again, without leaving the emulator.
//
// in      r4 = runs, at least 1; r5 = the signal's number; r6 = its rt_sigframe; r7 = sigtramp; r8 = g; sp = the frame, as the kernel has it
// out     svc #0 with r4 = 0
// How     sigtramp keeps r4..r11 and SP. It returns to lr, which here is the loop and not the sigpage: no kernel takes part.

	.text
	.syntax	unified
	.arm
	.globl	floor
	.type	floor, %function
floor:
	// The handler's arguments as the kernel sets them: signal, siginfo, ucontext.
	mov	r0, r5
	mov	r1, r6
	add	r2, r6, #128
	mov	r10, r8
	blx	r7
	subs	r4, r4, #1
	bne	floor
	svc	#0
	.size	floor, . - floor
