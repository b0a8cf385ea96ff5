// own-scheme, arm64: a scheme of your own that holds outside the vDSO too.
//
// Three functions are yours: the trampoline, what the handler asks for g, and what is told of a new g. Here they believe the register.
// It is not only the vDSO that may use x28: native code in the program (an object file that a package brought) may as well, at any PC.
// Every property is judged, with any number of signals at every boundary, in the vDSO and outside. In the vDSO there may be more than
// one page of code.
//
//
// in      x28 = g, sp = the caller's stack, lr = return address
// out     the time in the caller's result word; sp and x28 as at entry. Every other register is anyone's
// labels  those that begin 'nanotime1.' tell the grader where things happen: leave them on the instructions that do them
//
//     siglab check own-scheme own-scheme-arm64.S

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

	// C may keep anything in x28 until it returns.
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

// runtime.sigFetchG: which g did the signal interrupt? Called by every handler.
//
// in      x0 = &ucontext, x28 = the interrupted code's, or with cgo what TLS had
// out     x0 = g; x28 untouched. x0..x17 are anyone's
	.globl	runtime.sigFetchG
	.type	runtime.sigFetchG, %function
runtime.sigFetchG:
	// WRITE HERE.
	mov	x0, x28
	ret
	.size	runtime.sigFetchG, . - runtime.sigFetchG

// runtime.save_g: called whenever the g register has got another g. When the program begins it has been called.
//
// in      x28 = g; may take x9
	.globl	runtime.save_g
	.type	runtime.save_g, %function
runtime.save_g:
	// WRITE HERE.
	adrp	x9, runtime.iscgo
	ldrb	w9, [x9, #:lo12:runtime.iscgo]
	cbz	x9, 1f
	mrs	x9, tpidr_el0
	str	x28, [x9, #TLS_G]
1:	ret
	.size	runtime.save_g, . - runtime.save_g
