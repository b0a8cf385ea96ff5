// own-scheme, arm: a scheme of your own that holds outside the vDSO too.
//
// Three functions are yours: the trampoline, what the handler asks for g, and what is told of a new g. Here they believe the register.
// It is not only the vDSO that may use r10: native code in the program (an object file that a package brought) may as well, at any PC.
// Every property is judged, with any number of signals at every boundary, in the vDSO and outside. In the vDSO there may be more than
// one page of code.
//
//
// in      r10 = g, sp = the caller's stack, lr = return address
// out     the time in the caller's result word; sp and r10 as at entry. Every other register is anyone's
// labels  those that begin 'nanotime1.' tell the grader where things happen: leave them on the instructions that do them
//
//     siglab check own-scheme own-scheme-arm.S

	.globl	runtime.nanotime1
	.type	runtime.nanotime1, %function
runtime.nanotime1:
	// The frame of Go's assembler: lr at the new sp.
	str	lr, [sp, #-12]!

	// AAPCS has the C code give back r4 and r5, so sp and m outlive the call in them.
	mov	r4, sp
	ldr	r5, [r10, #g_m]

	// We may be the call of a signal handler inside another call of ours. Put by what that one told the profiler, for our exit.
	ldr	r1, [r5, #m_vdsoPC]
	ldr	r2, [r5, #m_vdsoSP]
	str	r1, [sp, #4]
	str	r2, [sp, #8]

	// From here to our exit a traceback cannot unwind from the PC, which is C's. Tell the profiler where Go ends: our return address,
	// and the sp of our caller, which is the one that goes with it.
	add	r2, sp, #12
nanotime1.vdsopc_store:
	str	lr, [r5, #m_vdsoPC]
nanotime1.vdsosp_store:
	str	r2, [r5, #m_vdsoSP]

	// C wants more stack than a goroutine may have left. The user goroutine borrows g0's; g0 and gsignal have room of their own.
	ldr	r0, [r5, #m_curg]
	cmp	r0, r10
	bne	1f
	ldr	r0, [r5, #m_g0]
nanotime1.sp_load:
	ldr	sp, [r0, #g_sched_sp]
1:	sub	sp, sp, #24
nanotime1.sp_switch:
	bic	sp, sp, #7

	// clock_gettime(clock, the timespec at sp + 8), in the vDSO if there is one. r11 is the scratch register of Go's assembler, which
	// takes every global's address in it.
	mov	r0, #CLOCK_ID_MONOTONIC
	add	r1, sp, #8
	ldr	r11, =runtime.vdsoClockgettimeSym
	ldr	r2, [r11]
	cmp	r2, #0
	beq	nanotime1.fallback

	// C may keep anything in r10 until it returns.
nanotime1.call:
	blx	r2
	b	nanotime1.finish

	// No vDSO: the system call. Its PC is ours and r10 stays good, so it needs no care.
nanotime1.fallback:
	ldr	r7, =SYS_clock_gettime
nanotime1.svc:
	svc	#0

	// Take the result off the C stack before we leave it.
nanotime1.finish:
	ldr	r0, [sp, #8]
	ldr	r2, [sp, #12]
nanotime1.sp_restore:
	mov	sp, r4

	// Out of C. Give back what we found: zero, or the outer call's pair. vdsoSP first: once it is zero nobody reads vdsoPC.
	ldr	r4, [sp, #8]
nanotime1.vdsosp_restore:
	str	r4, [r5, #m_vdsoSP]
	ldr	r4, [sp, #4]
nanotime1.vdsopc_restore:
	str	r4, [r5, #m_vdsoPC]

	// sec * 1e9 + nsec, in 64 bits.
	ldr	r3, =1000000000
	umull	r0, r1, r0, r3
	adds	r0, r0, r2
	adc	r1, r1, #0

	// Into the caller's result words, above our frame.
	str	r0, [sp, #16]
	str	r1, [sp, #20]
	ldr	pc, [sp], #12
	.size	runtime.nanotime1, . - runtime.nanotime1

// runtime.sigFetchG: which g did the signal interrupt? Called by every handler.
//
// in      r0 = &ucontext, r10 = the interrupted code's, or with cgo what TLS had
// out     r0 = g; r10 untouched. r0..r3, r12 are anyone's
	.globl	runtime.sigFetchG
	.type	runtime.sigFetchG, %function
runtime.sigFetchG:
	// WRITE HERE.
	mov	r0, r10
	bx	lr
	.size	runtime.sigFetchG, . - runtime.sigFetchG

// runtime.save_g: called whenever the g register has got another g. When the program begins it has been called.
//
// in      r10 = g; may take r3
	.globl	runtime.save_g
	.type	runtime.save_g, %function
runtime.save_g:
	// WRITE HERE.
	ldr	r3, =runtime.iscgo
	ldrb	r3, [r3]
	cmp	r3, #0
	bxeq	lr
	mrc	p15, 0, r3, c13, c0, 3
	str	r10, [r3, #TLS_G]
	bx	lr
	.size	runtime.save_g, . - runtime.save_g
