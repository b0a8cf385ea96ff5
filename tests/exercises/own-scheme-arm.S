// own-scheme, arm: a model answer. g lives in thread-local storage, always, and the handler asks there.

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

	// A plain call. C may keep anything in r10 until it returns: TLS has g all the while, and no code but ours writes it.
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

// TLS knows whose code the signal struck, whatever the register holds and wherever it was.
	.globl	runtime.sigFetchG
	.type	runtime.sigFetchG, %function
runtime.sigFetchG:
	mrc	p15, 0, r3, c13, c0, 3
	ldr	r0, [r3, #TLS_G]
	bx	lr
	.size	runtime.sigFetchG, . - runtime.sigFetchG

// Whoever becomes another g says so in TLS.
	.globl	runtime.save_g
	.type	runtime.save_g, %function
runtime.save_g:
	mrc	p15, 0, r3, c13, c0, 3
	str	r10, [r3, #TLS_G]
	bx	lr
	.size	runtime.save_g, . - runtime.save_g
