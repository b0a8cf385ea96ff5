// save-g, arm64: save g before the call, where the handler will look for it.
//
// This is runtime.nanotime1, which calls the vDSO's clock_gettime. The rest of the runtime (siglab list --diff shows the
// versions) is put together with it. Numbers such as m_gsignal and g_stack_lo are there already.
//
// in      x28 = g, sp = the caller's stack, lr = return address
// out     the time in the caller's result word; sp and x28 as at entry. Every other register is anyone's
// labels  those that begin 'nanotime1.' tell the grader where things happen: leave them on the instructions that do them
//
//     siglab check save-g save-g-arm64.S

	.globl	runtime.nanotime1
	.type	runtime.nanotime1, %function
runtime.nanotime1:
	// The frame of Go's assembler: lr at the new sp, the old frame pointer one word below it.
	str	x30, [sp, #-48]!
	stur	x29, [sp, #-8]
	sub	x29, sp, #8

	// AAPCS64 has the C code give back x20 and x21, so sp and m outlive the call in them.
	mov	x20, sp
	mov	x1, sp
	ldr	x21, [x28, #g_m]

	// From here to our exit a traceback cannot unwind from the PC, which is C's. Tell the profiler where Go ends: our return address,
	// and our own sp. That sp is a frame too deep for this PC, so the traceback sees our caller call itself (go#47324).
nanotime1.vdsopc_store:
	str	x30, [x21, #m_vdsoPC]
nanotime1.vdsosp_store:
	str	x20, [x21, #m_vdsoSP]

	// C wants more stack than a goroutine may have left. The user goroutine borrows g0's; g0 and gsignal have room of their own.
	ldr	x0, [x21, #m_curg]
	cmp	x0, x28
	b.ne	1f
	ldr	x3, [x21, #m_g0]
	ldr	x1, [x3, #g_sched_sp]
1:	sub	x1, x1, #32
	and	x1, x1, #~15
nanotime1.sp_switch:
	mov	sp, x1

	// clock_gettime(clock, the timespec at sp), in the vDSO if there is one. x27 is the scratch register of Go's assembler.
	mov	w0, #CLOCK_ID_MONOTONIC
	adrp	x27, runtime.vdsoClockgettimeSym
	ldr	x2, [x27, #:lo12:runtime.vdsoClockgettimeSym]
	cbz	x2, nanotime1.fallback

	// WRITE HERE. C may keep anything in x28 from the call on, so a signal handler cannot believe it there. While PC is in the vDSO, this
	// runtime's handler looks for g in the lowest word of the stack that it runs on: g_stack_lo of the g that m_gsignal of m (x21) names.
	// It takes 0 there for "no g". A thread without gsignal takes no signals. x22..x26 come back from C.
	// Put the label nanotime1.slot_store on your store, and nanotime1.slot_clear on what empties the word again.
nanotime1.call:
	blr	x2
	b	nanotime1.finish

	// No vDSO: the system call. Its PC is ours and x28 stays good, so it needs no care.
nanotime1.fallback:
	mov	x8, #SYS_clock_gettime
nanotime1.svc:
	svc	#0

	// Take the result off the C stack before we leave it.
nanotime1.finish:
	ldr	x3, [sp]
	ldr	x5, [sp, #8]
nanotime1.sp_restore:
	mov	sp, x20

	// Out of C. Zero, not the value found: a call inside a handler also ends the call that the signal interrupted (go#40697).
nanotime1.vdsosp_restore:
	str	xzr, [x21, #m_vdsoSP]

	// sec * 1e9 + nsec into the caller's result word, above our frame.
	movz	x4, #(1000000000 & 0xffff)
	movk	x4, #(1000000000 >> 16), lsl #16
	mul	x3, x3, x4
	add	x3, x3, x5
	str	x3, [sp, #56]
	ldur	x29, [sp, #-8]
	ldr	x30, [sp], #48
	ret
	.size	runtime.nanotime1, . - runtime.nanotime1
