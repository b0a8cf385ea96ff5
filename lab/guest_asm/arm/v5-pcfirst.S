// v5-pcfirst, arm: v5 with the exit order of Go's riscv64 port. A hazard that nobody has reported.
//
// Retells     v5, but vdsoPC is put back before vdsoSP, as upstream's riscv64 does to this day. Go's arm never did.
// Bugs        at one boundary a signal finds a vdsoSP without its vdsoPC; and those of v5.
// Not here    what Go does with a signal once it has it (queues, forwarding to C handlers, the profile itself), crash and print paths,
//             race and sanitizer hooks, stack checks, the write of nil to g before fatal messages.
//             64-bit time (clock_gettime64): the lab's timespec has two words, as Go's had.

#include "layout.h"

	.syntax	unified
	.arm

	// Where the fields of g and m lie in Go 1.19.8. The host reads these from the symbol table.
	.globl	g_stack_lo, g_stack_hi, g_m, g_sched_sp
	.equ	g_stack_lo, 0
	.equ	g_stack_hi, 4
	.equ	g_m, 24
	.equ	g_sched_sp, 28
	.globl	m_g0, m_gsignal, m_curg, m_vdsoSP, m_vdsoPC
	.equ	m_g0, 0
	.equ	m_gsignal, 48
	.equ	m_curg, 108
	.equ	m_vdsoSP, 452
	.equ	m_vdsoPC, 456

	// Linux: signals, system calls, the interrupted PC in a ucontext (rt_sigframe 220 less 128), a stack_t's fields.
	.equ	SIGPROF, 27
	.equ	SIGURG, 23
	.equ	SYS_write, 4
	.equ	SYS_exit_group, 248
	.equ	SYS_nanosleep, 162
	.equ	SYS_clock_gettime, 263
	.equ	SYS_sigaltstack, 186
	.equ	uc_pc, 92
	.equ	ss_sp, 0
	.equ	ss_flags, 4
	.equ	ss_size, 8
	.equ	SS_DISABLE, 2

	// Notes on the observer page. They take r3 and r12, which no code around them holds anything in.
	.macro	note cell, reg
	mov	r12, #OBSERVER
	str	\reg, [r12, #(\cell)]
	.endm
	.macro	count cell
	mov	r12, #OBSERVER
	ldr	r3, [r12, #\cell]
	add	r3, r3, #1
	str	r3, [r12, #\cell]
	.endm

// Go's globals, a word each; of iscgo, a bool, the first byte counts. The host fills in all but extraMWaiters.
	.data
	.balign	4
	.globl	runtime.iscgo, runtime.vdsoClockgettimeSym, runtime.extram, runtime.extraMWaiters
runtime.iscgo:
	.word	0
runtime.vdsoClockgettimeSym:
	.word	0
runtime.extram:
	.word	0
runtime.extraMWaiters:
	.word	0

	.text

// lab.call_*: the user's code, which asks for the time.
//
// in      r0 = how often, at least once; r10 = g; sp = top of the caller's stack
// out     each result on the observer page, then HYPERCALL_DONE
// stack   32 bytes: [sp] is for a lr we have no use of, results from [sp + 4], the calls still to make at [sp + 24]. A Go function may
//         overwrite every register but sp and g, so all that we know is kept on the stack
	.globl	lab.call_nanotime1
	.type	lab.call_nanotime1, %function
lab.call_nanotime1:
	sub	sp, sp, #32
	str	r0, [sp, #24]

	// The count comes last: who sees it move finds the result complete.
1:	bl	runtime.nanotime1
	ldr	r0, [sp, #4]
	ldr	r1, [sp, #8]
	note	OBS_RESULT_NS, r0
	note	OBS_RESULT_NS + 4, r1
	count	OBS_RESULT_COUNT

	ldr	r0, [sp, #24]
	subs	r0, r0, #1
	str	r0, [sp, #24]
	bne	1b

	ldr	r7, =HYPERCALL_DONE
	svc	#0
	b	.
	.size	lab.call_nanotime1, . - lab.call_nanotime1

	.globl	lab.call_walltime1
	.type	lab.call_walltime1, %function
lab.call_walltime1:
	sub	sp, sp, #32
	str	r0, [sp, #24]

	// As above, with a result of two parts.
1:	bl	runtime.walltime1
	ldr	r0, [sp, #4]
	ldr	r1, [sp, #8]
	ldr	r2, [sp, #12]
	note	OBS_RESULT_SEC, r0
	note	OBS_RESULT_SEC + 4, r1
	note	OBS_RESULT_NSEC, r2
	count	OBS_RESULT_COUNT

	ldr	r0, [sp, #24]
	subs	r0, r0, #1
	str	r0, [sp, #24]
	bne	1b

	ldr	r7, =HYPERCALL_DONE
	svc	#0
	b	.
	.size	lab.call_walltime1, . - lab.call_walltime1

	.globl	lab.call_time_now
	.type	lab.call_time_now, %function
lab.call_time_now:
	sub	sp, sp, #32
	str	r0, [sp, #24]

	// As above, with both clocks in one result.
1:	bl	time.now
	ldr	r0, [sp, #4]
	ldr	r1, [sp, #8]
	ldr	r2, [sp, #12]
	note	OBS_RESULT_SEC, r0
	note	OBS_RESULT_SEC + 4, r1
	note	OBS_RESULT_NSEC, r2
	ldr	r0, [sp, #16]
	ldr	r1, [sp, #20]
	note	OBS_RESULT_NS, r0
	note	OBS_RESULT_NS + 4, r1
	count	OBS_RESULT_COUNT

	ldr	r0, [sp, #24]
	subs	r0, r0, #1
	str	r0, [sp, #24]
	bne	1b

	ldr	r7, =HYPERCALL_DONE
	svc	#0
	b	.
	.size	lab.call_time_now, . - lab.call_time_now

	.globl	lab.call_native
	.type	lab.call_native, %function
lab.call_native:
	sub	sp, sp, #32
	str	r0, [sp, #24]

	// As above, but of the native code nothing is wanted.
1:	bl	native.work
	count	OBS_RESULT_COUNT

	ldr	r0, [sp, #24]
	subs	r0, r0, #1
	str	r0, [sp, #24]
	bne	1b

	ldr	r7, =HYPERCALL_DONE
	svc	#0
	b	.
	.size	lab.call_native, . - lab.call_native

// native.work: C code that a package brought along as an object file (a .syso). It lies in the program, so no test of the vDSO's pages
// knows it, and AAPCS lets it do with r10 what a vDSO may (go#78621).
//
// in      nothing
// out     r0 = a checksum; r4..r11 as at entry
// stack   8 bytes
// dirty   r10 from native.dirty_begin up to, not including, native.dirty_end
	.globl	native.work
	.type	native.work, %function
native.work:
	// Owe the caller its r10, then use it as the sum. The constants keep it away from every mapped address.
	push	{r10, lr}
	movw	r10, #0x79b9
native.dirty_begin:
	movt	r10, #0x9e37
	eor	r10, r10, r10, lsl #13
	eor	r10, r10, r10, lsr #17
	add	r10, r10, r10, lsl #5
	mov	r0, r10

	// Pay back.
	pop	{r10, lr}
native.dirty_end:
	bx	lr
	.size	native.work, . - native.work

// time.now: both clocks, func now() (sec int64, nsec int32, mono int64). A Go function between the user's code and the trampolines.
//
// in      r10 = g, lr = return address
// out     [sp + 4] = seconds, [sp + 12] = nanoseconds, [sp + 16] = nanotime1's value, sp being what it was at entry
// stack   16 bytes: lr, and from [sp + 4] the results of what it calls
	.globl	time.now
	.type	time.now, %function
time.now:
	str	lr, [sp, #-16]!

	// The wall clock, straight into our caller's result words.
	bl	runtime.walltime1
	ldr	r0, [sp, #4]
	ldr	r1, [sp, #8]
	ldr	r2, [sp, #12]
	str	r0, [sp, #20]
	str	r1, [sp, #24]
	str	r2, [sp, #28]

	// The monotonic clock.
	bl	runtime.nanotime1
	ldr	r0, [sp, #4]
	ldr	r1, [sp, #8]
	str	r0, [sp, #32]
	str	r1, [sp, #36]

	ldr	pc, [sp], #16
	.size	time.now, . - time.now

// runtime.nanotime1: the monotonic clock in nanoseconds, func nanotime1() int64.
//
// in      r10 = g, sp = the caller's stack, lr = return address
// out     [sp + 4] = the time, sp being what it was at entry; sp and r10 as at entry. Go's ABI0: every other register is anyone's
// stack   12 bytes of the caller's stack, then 24 of g0's (of the present one if the caller is not the user goroutine)
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

	// Leave a copy of g where a signal handler can find it: in the lowest word of the stack it will run on. Not with cgo, which has g
	// in TLS. Not without gsignal: this thread takes no signals yet. Not on gsignal: the slot is then the interrupted call's,
	// and no signal comes in while one is being handled.
	ldr	r11, =runtime.iscgo
	ldrb	r6, [r11]
	cmp	r6, #0
	bne	nanotime1.call_nosave
	ldr	r6, [r5, #m_gsignal]
	cmp	r6, #0
	beq	nanotime1.call_nosave
	cmp	r6, r10
	beq	nanotime1.call_nosave
	ldr	r6, [r6, #g_stack_lo]
nanotime1.slot_store:
	str	r10, [r6]
nanotime1.call:
	blx	r2

	// r6 came back from C. Empty the slot, so that nobody later believes it.
	mov	r1, #0
nanotime1.slot_clear:
	str	r1, [r6]
	b	nanotime1.finish

	// The call without a copy.
nanotime1.call_nosave:
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

	// Out of C. Give back what we found: zero, or the outer call's pair. vdsoPC first: between the two stores vdsoSP still says that a
	// call is open, and vdsoPC is zero.
	ldr	r1, [sp, #4]
	ldr	r3, [sp, #8]
nanotime1.vdsopc_restore:
	str	r1, [r5, #m_vdsoPC]
nanotime1.vdsosp_restore:
	str	r3, [r5, #m_vdsoSP]

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

// runtime.walltime1: the wall clock, func walltime1() (sec int64, nsec int32). All but the clock and the result is nanotime1 once more;
// Go wrote it out twice, and so do we.
//
// in      r10 = g, sp = the caller's stack, lr = return address
// out     [sp + 4] = seconds, [sp + 12] = nanoseconds, sp being what it was at entry; sp and r10 as at entry. Otherwise as nanotime1
// stack   12 bytes of the caller's stack, then 24 of g0's (of the present one if the caller is not the user goroutine)
	.globl	runtime.walltime1
	.type	runtime.walltime1, %function
runtime.walltime1:
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
walltime1.vdsopc_store:
	str	lr, [r5, #m_vdsoPC]
walltime1.vdsosp_store:
	str	r2, [r5, #m_vdsoSP]

	// C wants more stack than a goroutine may have left. The user goroutine borrows g0's; g0 and gsignal have room of their own.
	ldr	r0, [r5, #m_curg]
	cmp	r0, r10
	bne	1f
	ldr	r0, [r5, #m_g0]
walltime1.sp_load:
	ldr	sp, [r0, #g_sched_sp]
1:	sub	sp, sp, #24
walltime1.sp_switch:
	bic	sp, sp, #7

	// clock_gettime(clock, the timespec at sp + 8), in the vDSO if there is one. r11 is the scratch register of Go's assembler, which
	// takes every global's address in it.
	mov	r0, #CLOCK_ID_REALTIME
	add	r1, sp, #8
	ldr	r11, =runtime.vdsoClockgettimeSym
	ldr	r2, [r11]
	cmp	r2, #0
	beq	walltime1.fallback

	// Leave a copy of g where a signal handler can find it: in the lowest word of the stack it will run on. Not with cgo, which has g
	// in TLS. Not without gsignal: this thread takes no signals yet. Not on gsignal: the slot is then the interrupted call's,
	// and no signal comes in while one is being handled.
	ldr	r11, =runtime.iscgo
	ldrb	r6, [r11]
	cmp	r6, #0
	bne	walltime1.call_nosave
	ldr	r6, [r5, #m_gsignal]
	cmp	r6, #0
	beq	walltime1.call_nosave
	cmp	r6, r10
	beq	walltime1.call_nosave
	ldr	r6, [r6, #g_stack_lo]
walltime1.slot_store:
	str	r10, [r6]
walltime1.call:
	blx	r2

	// r6 came back from C. Empty the slot, so that nobody later believes it.
	mov	r1, #0
walltime1.slot_clear:
	str	r1, [r6]
	b	walltime1.finish

	// The call without a copy.
walltime1.call_nosave:
	blx	r2
	b	walltime1.finish

	// No vDSO: the system call. Its PC is ours and r10 stays good, so it needs no care.
walltime1.fallback:
	ldr	r7, =SYS_clock_gettime
walltime1.svc:
	svc	#0

	// Take the result off the C stack before we leave it.
walltime1.finish:
	ldr	r0, [sp, #8]
	ldr	r2, [sp, #12]
walltime1.sp_restore:
	mov	sp, r4

	// Out of C. Give back what we found: zero, or the outer call's pair. vdsoPC first: between the two stores vdsoSP still says that a
	// call is open, and vdsoPC is zero.
	ldr	r1, [sp, #4]
	ldr	r3, [sp, #8]
walltime1.vdsopc_restore:
	str	r1, [r5, #m_vdsoPC]
walltime1.vdsosp_restore:
	str	r3, [r5, #m_vdsoSP]

	// Into the caller's result words, above our frame; zero is the high word of the seconds.
	str	r0, [sp, #16]
	mov	r1, #0
	str	r1, [sp, #20]
	str	r2, [sp, #24]
	ldr	pc, [sp], #12
	.size	runtime.walltime1, . - runtime.walltime1

// runtime.sigtramp: what the kernel enters for every signal. C's rules hold on this side, Go's on the other.
//
// in      r0 = signal, r1 = &siginfo, r2 = &ucontext, sp = the frame, lr = the restorer; r10 = whatever the interrupted code had in it
// out     back to the restorer, r4..r11 as at entry
// stack   36 bytes
	.globl	runtime.sigtramp
	.type	runtime.sigtramp, %function
runtime.sigtramp:
	// Go keeps no register across a call, a C handler that forwards to us wants all of AAPCS's back.
	push	{r4-r11, lr}

	// Say that we are here, and where the signal struck.
	note	OBS_TRAMP_SIGNO, r0
	ldr	r3, [r2, #uc_pc]
	note	OBS_TRAMP_PC, r3
	count	OBS_TRAMP_COUNT

	// With cgo a signal may strike in C, where r10 is C's. Such programs keep g in TLS as well: believe that one.
	ldr	r3, =runtime.iscgo
	ldrb	r3, [r3]
	cmp	r3, #0
	beq	1f
	mrc	p15, 0, r3, c13, c0, 3
	ldr	r10, [r3, #TLS_G]
1:	bl	runtime.sigtrampgo
	pop	{r4-r11, pc}
	.size	runtime.sigtramp, . - runtime.sigtramp

// runtime.sigtrampgo: decides which g was interrupted, becomes gsignal, and handles the signal.
//
// in      r0 = signal, r1 = &siginfo, r2 = &ucontext, r10 = g as sigtramp left it
// out     r10 = the g it went on with; nothing else is kept
// stack   32 bytes: lr, signal 4, siginfo 8, ucontext 12, g 16, whether gsignal's bounds were changed 20, the old bounds 24 and 28
	.globl	runtime.sigtrampgo
	.type	runtime.sigtrampgo, %function
runtime.sigtrampgo:
	str	lr, [sp, #-32]!
	str	r0, [sp, #4]
	str	r1, [sp, #8]
	str	r2, [sp, #12]

	// Whose code did the signal strike?
	// Put the answer into the register at once, so that everything that asks the register is answered the same.
	mov	r0, r2
	bl	runtime.sigFetchG
	mov	r10, r0
	bl	runtime.save_g
sigtrampgo.fetched:
	note	OBS_FETCHED_G, r0
	count	OBS_FETCH_COUNT
	str	r0, [sp, #16]

	// No g, no Go code to handle this as. The path without a g is below.
	cmp	r0, #0
	beq	sigtrampgo.no_g
	ldr	r0, [r0, #g_m]

	// From here on we are gsignal. This is where the owner of g changes.
	ldr	r1, [sp, #16]
	ldr	r1, [r1, #g_m]
	ldr	r1, [r1, #m_gsignal]
	note	OBS_SETG_REG, r10
	count	OBS_SETG_COUNT
sigtrampgo.setg:
	mov	r10, r1
	bl	runtime.save_g

	// Has somebody else given this thread a signal stack? Then gsignal's bounds are wrong for us.
	ldr	r0, [sp, #16]
	ldr	r0, [r0, #g_m]
	bl	runtime.adjustSignalStack
	str	r0, [sp, #20]
	str	r1, [sp, #24]
	str	r2, [sp, #28]

	// The signal itself.
	ldr	r0, [sp, #4]
	ldr	r1, [sp, #8]
	ldr	r2, [sp, #12]
	ldr	r3, [sp, #16]
	bl	runtime.sighandler

	// Back to the interrupted g.
	ldr	r1, [sp, #16]
sigtrampgo.setg_back:
	mov	r10, r1
	bl	runtime.save_g

	// And gsignal's bounds, if we changed them.
	ldr	r0, [sp, #20]
	cmp	r0, #0
	beq	sigtrampgo.done
	ldr	r0, [r10, #g_m]
	ldr	r1, [sp, #24]
	ldr	r2, [sp, #28]
	bl	runtime.restoreGsignalStack
	b	sigtrampgo.done

	// Without a g. A profiling signal is a sample of unknown code. That counts as handled: the profile merely lacks the stack.
sigtrampgo.no_g:
	ldr	r0, [sp, #4]
	cmp	r0, #SIGPROF
	bne	1f
	count	OBS_NOG_SAMPLES
	b	sigtrampgo.done
1:
	// A preemption request finds no goroutine here that could be preempted: let it go.
	cmp	r0, #SIGURG
	bne	2f
	count	OBS_QUIET
	b	sigtrampgo.done
2:
	// Any other signal must reach Go somehow.
	bl	runtime.badsignal

sigtrampgo.done:
	ldr	pc, [sp], #32
	.size	runtime.sigtrampgo, . - runtime.sigtrampgo

// runtime.sigFetchG: the g that the signal struck, as far as we can tell.
//
// in      r0 = &ucontext, r10 = g as sigtramp left it
// out     r0 = g, or 0 if we cannot tell; r10 untouched
// stack   4 bytes
	.globl	runtime.sigFetchG
	.type	runtime.sigFetchG, %function
runtime.sigFetchG:
	str	lr, [sp, #-4]!

	// With cgo the register is right: sigtramp has had it from TLS.
	ldr	r3, =runtime.iscgo
	ldrb	r3, [r3]
	cmp	r3, #0
	bne	sigFetchG.register

	// Outside the vDSO the register is g, or so everybody believes.
	ldr	r0, [r0, #uc_pc]
	bl	runtime.inVDSOPage
	cmp	r0, #0
	beq	sigFetchG.register

	// Inside it may be anything. But the trampoline has left g in the lowest word of the signal stack, and that is the stack we run on:
	// a manual span whose base is the stack's base. If our caller's sp lies in no such span, we run on somebody else's stack.
	add	r0, sp, #4
	bl	runtime.spanOf
	cmp	r0, #0
	beq	sigFetchG.nil
	ldr	r1, [r0, #(SPAN_STATE * 4)]
	cmp	r1, #SPAN_MANUAL
	bne	sigFetchG.nil
	add	r2, sp, #4
	ldr	r1, [r0, #(SPAN_BASE * 4)]
	cmp	r1, r2
	bhs	sigFetchG.nil
	ldr	r3, [r0, #(SPAN_LIMIT * 4)]
	cmp	r2, r3
	bhs	sigFetchG.nil

	// The slot; zero, hence nil, if no g is there now.
	ldr	r0, [r1]
	b	sigFetchG.done

sigFetchG.register:
	mov	r0, r10
	b	sigFetchG.done
sigFetchG.nil:
	mov	r0, #0
sigFetchG.done:
	ldr	pc, [sp], #4
	.size	runtime.sigFetchG, . - runtime.sigFetchG

// runtime.inVDSOPage: does this PC lie in the vDSO?
//
// in      r0 = a PC
// out     r0 = 1 or 0; takes r1
	.globl	runtime.inVDSOPage
	.type	runtime.inVDSOPage, %function
runtime.inVDSOPage:
	// "The vDSO" is the one page that clock_gettime starts in. A second page of code is not seen.
	ldr	r1, =runtime.vdsoClockgettimeSym
	ldr	r1, [r1]
	cmp	r1, #0
	beq	1f
	eor	r0, r0, r1
	lsrs	r0, r0, #12
	moveq	r0, #1
	movne	r0, #0
	bx	lr
1:	mov	r0, #0
	bx	lr
	.size	runtime.inVDSOPage, . - runtime.inVDSOPage

// runtime.spanOf: the span that an address lies in. Go's heap knows only what it has allocated itself.
//
// in      r0 = an address
// out     r0 = the span's address, or 0; takes r1, r2
	.globl	runtime.spanOf
	.type	runtime.spanOf, %function
runtime.spanOf:
	// One comparison rejects both what is below the arena and what is above.
	sub	r1, r0, #ARENA
	cmp	r1, #(ARENA_PAGES << ARENA_PAGE_SHIFT)
	bhs	1f

	// The page's entry in the table.
	lsr	r1, r1, #ARENA_PAGE_SHIFT
	ldr	r2, =MHEAP
	ldr	r0, [r2, r1, lsl #2]
	bx	lr
1:	mov	r0, #0
	bx	lr
	.size	runtime.spanOf, . - runtime.spanOf

// runtime.adjustSignalStack: makes gsignal's bounds those of the stack that we really run on.
//
// in      r0 = m
// out     r0 = 1 if the bounds were changed, else 0; r1, r2 = the bounds as they were. Does not return if we are on no stack we know
// stack   16 bytes, a stack_t; takes r3..r8, held across the system call: Linux gives back all but r0
	.globl	runtime.adjustSignalStack
	.type	runtime.adjustSignalStack, %function
runtime.adjustSignalStack:
	sub	sp, sp, #16
	mov	r8, sp
	mov	r3, r0

	// The usual case: on gsignal's own stack, nothing to do.
	ldr	r4, [r3, #m_gsignal]
	ldr	r5, [r4, #g_stack_lo]
	ldr	r6, [r4, #g_stack_hi]
	cmp	r8, r5
	blo	1f
	cmp	r8, r6
	blo	adjustSignalStack.as_is
1:
	// Ask the kernel which signal stack this thread has. If we are on it, all is said.
	mov	r0, #0
	mov	r1, sp
	mov	r7, #SYS_sigaltstack
	svc	#0
	ldr	r0, [sp, #ss_flags]
	tst	r0, #SS_DISABLE
	bne	2f
	ldr	r1, [sp, #ss_sp]
	ldr	r2, [sp, #ss_size]
	add	r2, r1, r2
	cmp	r8, r1
	blo	2f
	cmp	r8, r2
	blo	adjustSignalStack.set
2:
	// On g0's stack? That is asked last, for a signal stack may lie within g0's bounds.
	ldr	r0, [r3, #m_g0]
	ldr	r1, [r0, #g_stack_lo]
	ldr	r2, [r0, #g_stack_hi]
	cmp	r8, r1
	blo	3f
	cmp	r8, r2
	blo	adjustSignalStack.set
3:
	// On no stack we know.
	ldr	r0, [sp, #ss_flags]
	tst	r0, #SS_DISABLE
	bne	adjustSignalStack.no_stack
	b	adjustSignalStack.elsewhere

adjustSignalStack.set:
	str	r1, [r4, #g_stack_lo]
	str	r2, [r4, #g_stack_hi]
	mov	r0, #1
	b	adjustSignalStack.done
adjustSignalStack.as_is:
	mov	r0, #0
adjustSignalStack.done:
	mov	r1, r5
	mov	r2, r6
	add	sp, sp, #16
	bx	lr

	// A handler on a stack of unknown size must not go on.
adjustSignalStack.no_stack:
	ldr	r1, =msg_no_stack
	mov	r2, #(msg_elsewhere - msg_no_stack)
	b	runtime.fatal
adjustSignalStack.elsewhere:
	ldr	r1, =msg_elsewhere
	mov	r2, #(msg_bad_g - msg_elsewhere)
	b	runtime.fatal
	.size	runtime.adjustSignalStack, . - runtime.adjustSignalStack

// runtime.restoreGsignalStack: undoes adjustSignalStack.
//
// in      r0 = m; r1, r2 = the bounds to put back
	.globl	runtime.restoreGsignalStack
	.type	runtime.restoreGsignalStack, %function
runtime.restoreGsignalStack:
	ldr	r0, [r0, #m_gsignal]
	str	r1, [r0, #g_stack_lo]
	str	r2, [r0, #g_stack_hi]
	bx	lr
	.size	runtime.restoreGsignalStack, . - runtime.restoreGsignalStack

// runtime.sighandler: the handler proper, on gsignal.
//
// in      r0 = signal, r1 = &siginfo, r2 = &ucontext, r3 = the interrupted g
// stack   8 bytes: lr, g at 4
	.globl	runtime.sighandler
	.type	runtime.sighandler, %function
runtime.sighandler:
	str	lr, [sp, #-8]!
	str	r3, [sp, #4]

	// The signal has arrived, and this is where it says it struck.
	ldr	r3, [r2, #uc_pc]
	note	OBS_HANDLER_PC, r3
	count	OBS_HANDLER_COUNT

	// Go code keeps no register for its caller but sp and g, so its handlers leave anything in the others. What C wants back is what
	// sigtramp has kept, if its version keeps anything.
	.irp	n, 4, 5, 6, 7, 8, 9, 11
	mov	r\n, #\n
	.endr

	// Only the profiler does anything. Go queues the other signals for its own goroutines. A request for preemption is never granted
	// here: that would push a call into the interrupted code.
	cmp	r0, #SIGPROF
	bne	1f
	ldr	r0, [sp, #4]
	bl	runtime.sigprof
1:	ldr	pc, [sp], #8
	.size	runtime.sighandler, . - runtime.sighandler

// runtime.sigprof: one sample of the CPU profiler.
//
// in      r0 = the interrupted g
// stack   12 bytes: lr, and nanotime1's result at [sp + 4]
	.globl	runtime.sigprof
	.type	runtime.sigprof, %function
runtime.sigprof:
	str	lr, [sp, #-12]!

	// First the traceback: was the signal in a call to the vDSO, and where did that call leave Go?
	ldr	r0, [r0, #g_m]
	ldr	r1, [r0, #m_vdsoPC]
	ldr	r2, [r0, #m_vdsoSP]
	note	OBS_PROF_PC, r1
	note	OBS_PROF_SP, r2
	count	OBS_PROF_COUNT

	// Then the record, which carries the time: a call to the vDSO of our own, perhaps inside another one.
	bl	runtime.nanotime1
	ldr	r0, [sp, #4]
	ldr	r1, [sp, #8]
	note	OBS_TIME, r0
	note	OBS_TIME + 4, r1
	count	OBS_TIME_COUNT

	ldr	pc, [sp], #12
	.size	runtime.sigprof, . - runtime.sigprof

// runtime.badsignal: a signal came on a thread that has no g.
//
// stack   16 bytes: lr, the extra m at 4, the g that TLS held at 8
	.globl	runtime.badsignal
	.type	runtime.badsignal, %function
runtime.badsignal:
	str	lr, [sp, #-16]!
	count	OBS_BADSIGNAL

	// Without cgo there is no extra m to borrow and there never will be. Better to die loudly than to wait for one.
	ldr	r3, =runtime.iscgo
	ldrb	r3, [r3]
	cmp	r3, #0
	bne	1f
	ldr	r1, =msg_bad_g
	mov	r2, #(msg_end - msg_bad_g)
	b	runtime.fatal
1:
	// Borrow the extra m and be its g0, so that Go code can run. Then Go queues the signal, of which the lab needs nothing.
	bl	runtime.needm
	str	r0, [sp, #4]
	str	r1, [sp, #8]

	// Give it back. Go leaves nil in TLS here, for on a foreign thread it has found nil. But our g was not missing, only not found, and
	// the interrupted code will want it: leave in TLS what was there, so that the walk shows the signal's loss and not a second one.
	mov	r10, #0
	bl	runtime.save_g
	ldr	r0, [sp, #4]
	ldr	r1, [sp, #8]
	ldr	r3, =runtime.iscgo
	ldrb	r3, [r3]
	cmp	r3, #0
	beq	2f
	mrc	p15, 0, r3, c13, c0, 3
	str	r1, [r3, #TLS_G]
2:	ldr	r3, =runtime.extram
	str	r0, [r3]

	ldr	pc, [sp], #16
	.size	runtime.badsignal, . - runtime.badsignal

// runtime.needm: borrows the m that cgo keeps for threads Go did not make, and becomes its g0. Waits until there is one.
//
// out     r0 = the m, r1 = the g that TLS held (0 without cgo), r10 = the m's g0
// stack   16 bytes: lr, a timespec at 4, whether we were counted as waiting at 12
	.globl	runtime.needm
	.type	runtime.needm, %function
runtime.needm:
	str	lr, [sp, #-16]!
	mov	r1, #0
	str	r1, [sp, #12]

	// Nobody makes an m while all signals are masked, on the only thread. So without one this goes round for ever, and each round is
	// like the one before: a waiter is counted once.
1:	ldr	r3, =runtime.extram
	ldr	r0, [r3]
	cmp	r0, #0
	bne	3f
	ldr	r1, [sp, #12]
	cmp	r1, #0
	bne	2f
	mov	r1, #1
	str	r1, [sp, #12]
	ldr	r3, =runtime.extraMWaiters
	ldr	r2, [r3]
	add	r2, r2, #1
	str	r2, [r3]

	// A microsecond's sleep, then look again.
2:	mov	r1, #0
	mov	r2, #1000
	str	r1, [sp, #4]
	str	r2, [sp, #8]
	add	r0, sp, #4
	mov	r7, #SYS_nanosleep
	svc	#0
	b	1b

	// Ours: the list is empty while we hold it.
3:	mov	r1, #0
	str	r1, [r3]
	ldr	r3, =runtime.iscgo
	ldrb	r3, [r3]
	cmp	r3, #0
	beq	4f
	mrc	p15, 0, r3, c13, c0, 3
	ldr	r1, [r3, #TLS_G]
4:	ldr	r10, [r0, #m_g0]
	bl	runtime.save_g

	ldr	pc, [sp], #16
	.size	runtime.needm, . - runtime.needm

// runtime.save_g: the copy of g in TLS, which only programs with cgo keep.
//
// in      r10 = g; takes r3
	.globl	runtime.save_g
	.type	runtime.save_g, %function
runtime.save_g:
	ldr	r3, =runtime.iscgo
	ldrb	r3, [r3]
	cmp	r3, #0
	bxeq	lr
	mrc	p15, 0, r3, c13, c0, 3
	str	r10, [r3, #TLS_G]
	bx	lr
	.size	runtime.save_g, . - runtime.save_g

// runtime.fatal: says why and dies with status 2.
//
// in      r1 = message, r2 = its length
	.globl	runtime.fatal
	.type	runtime.fatal, %function
runtime.fatal:
	mov	r0, #2
	mov	r7, #SYS_write
	svc	#0
	mov	r0, #2
	mov	r7, #SYS_exit_group
	svc	#0
	b	.
	.size	runtime.fatal, . - runtime.fatal

msg_no_stack:
	.ascii	"fatal: signal on a thread without a signal stack\n"
msg_elsewhere:
	.ascii	"fatal: signal handler is not on the signal stack\n"
msg_bad_g:
	.ascii	"fatal: bad g in signal handler\n"
msg_end:

	// The addresses and constants that "=" asked for.
	.balign	4
	.ltorg
