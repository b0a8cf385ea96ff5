// two-profs, arm64: a model answer. What Go has had since 1.19.

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

	// We may be the call of a signal handler inside another call of ours. Put by what that one told the profiler, for our exit.
	ldr	x2, [x21, #m_vdsoPC]
	ldr	x3, [x21, #m_vdsoSP]
	str	x2, [sp, #8]
	str	x3, [sp, #16]

	// From here to our exit a traceback cannot unwind from the PC, which is C's. Tell the profiler where Go ends: our return address,
	// and the sp of our caller, which is the one that goes with it.
	add	x2, sp, #48
nanotime1.vdsopc_store:
	str	x30, [x21, #m_vdsoPC]
nanotime1.vdsosp_store:
	str	x2, [x21, #m_vdsoSP]

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

	// Leave a copy of g where a signal handler can find it: in the lowest word of the stack it will run on. Not with cgo, which has g
	// in TLS. Not without gsignal: this thread takes no signals yet. Not on gsignal: the slot is then the interrupted call's,
	// and no signal comes in while one is being handled.
	adrp	x27, runtime.iscgo
	ldrb	w22, [x27, #:lo12:runtime.iscgo]
	cbnz	x22, nanotime1.call_nosave
	ldr	x22, [x21, #m_gsignal]
	cbz	x22, nanotime1.call_nosave
	cmp	x22, x28
	b.eq	nanotime1.call_nosave
	ldr	x22, [x22, #g_stack_lo]
nanotime1.slot_store:
	str	x28, [x22]
nanotime1.call:
	blr	x2

	// x22 came back from C. Empty the slot, so that nobody later believes it.
nanotime1.slot_clear:
	str	xzr, [x22]
	b	nanotime1.finish

	// The call without a copy.
nanotime1.call_nosave:
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

	// Out of C. Give back what we found: zero, or the outer call's pair. vdsoSP first: once it is zero nobody reads vdsoPC.
	ldr	x1, [sp, #16]
nanotime1.vdsosp_restore:
	str	x1, [x21, #m_vdsoSP]
	ldr	x1, [sp, #8]
nanotime1.vdsopc_restore:
	str	x1, [x21, #m_vdsoPC]

	// sec * 1e9 + nsec into the caller's result word, above our frame.
	movz	x4, #(1000000000 & 0xffff)
	movk	x4, #(1000000000 >> 16), lsl #16
	mul	x3, x3, x4
	add	x3, x3, x5
	str	x3, [sp, #56]
	ldp	x29, x30, [sp, #-8]
	add	sp, sp, #48
	ret
	.size	runtime.nanotime1, . - runtime.nanotime1
