// What a walk of the lab's leaves behind in a process of qemu's: it stops where the host has put `end_state.stop`, and all that it left goes out.
//
// The host puts end_state.stop's one instruction in place of the svc that ends the walk, makes end_state.report SIGTRAP's handler on a stack of
// its own, and fills in the table. The frame of that signal is where qemu tells the registers.

	.equ	SYS_write, 64
	.equ	SYS_exit_group, 94
	.equ	FRAME_SIZE, 4704        // rt_sigframe and the frame record behind it

	.text
	.globl	end_state.stop
end_state.stop:
	brk	#0

// end_state.report: SIGTRAP's handler.
//
// in      x1 = siginfo, the frame's first field
// out     on stdout: the frame, then each range of the table; does not return
	.globl	end_state.report
end_state.report:
	mov	x0, #1
	mov	x2, #FRAME_SIZE
	mov	x8, #SYS_write
	svc	#0

	// Pairs of address and size; the last one's size is 0.
	ldr	x19, =end_state.table
1:	ldp	x1, x2, [x19], #16
	cbz	x2, 2f
	mov	x0, #1
	mov	x8, #SYS_write
	svc	#0
	b	1b

2:	mov	x0, xzr
	mov	x8, #SYS_exit_group
	svc	#0
	.ltorg

	.data
	.balign	16
	.globl	end_state.table
end_state.table:
	.skip	512
