// How the lab's world begins in a process of qemu's: what no ELF file can say, said in three steps.
//
// in      nothing
// out     the thread of the world's first boundary: its registers, mask and alternate stack, and its action for the signal
//
// The host fills in the data. Its frame is written by the lab's own kernel model.

	.equ	SYS_rt_sigaction, 134
	.equ	SYS_rt_sigreturn, 139

	.text
	.globl	start
start:
	// No frame holds the thread pointer.
	ldr	x9, =start.tls
	ldr	x0, [x9]
	msr	tpidr_el0, x0

	// The action of the signal that will be delivered. There is no wish to know the old one.
	ldr	x9, =start.signal
	ldr	x0, [x9]
	ldr	x1, =start.action
	mov	x2, xzr
	mov	x3, #8
	mov	x8, #SYS_rt_sigaction
	svc	#0

	// All else at once: a return from a signal that never came. The frame has every register, the mask and the alternate stack.
	ldr	x9, =start.frame
	mov	sp, x9
	mov	x8, #SYS_rt_sigreturn
	svc	#0
	.ltorg

	.data
	.balign	16
	.globl	start.frame, start.action, start.signal, start.tls
start.frame:
	.skip	4704
// struct sigaction of the kernel: handler, flags, restorer, mask.
start.action:
	.skip	32
start.signal:
	.skip	8
start.tls:
	.skip	8
