// v7, arm64: ours. g also lives in thread-local storage, for every program, and the signal path asks there.
//
// Retells     no Go: a proposal for go#78621, on top of v6 and with its offsets.
// New         sigtramp loads g from TLS without asking for cgo, and every setg stores it there. So nobody needs the slot, the vDSO's
//             range, sigFetchG or the signal stack's span: what C does with x28, and where, no longer matters.
// Bugs        a vDSO that does not give x28 back at its return still breaks everything after it.
// Not here    what Go does with a signal once it has it (queues, forwarding to C handlers, the profile itself), crash and print paths,
//             race and sanitizer hooks, stack checks, the write of nil to g before fatal messages.

#include "layout.h"

	// Where the fields of g and m lie in Go's tip of 2026. The host reads these from the symbol table.
	.globl	g_stack_lo, g_stack_hi, g_m, g_sched_sp
	.equ	g_stack_lo, 0
	.equ	g_stack_hi, 8
	.equ	g_m, 48
	.equ	g_sched_sp, 56
	.globl	m_g0, m_gsignal, m_curg, m_vdsoSP, m_vdsoPC
	.equ	m_g0, 0
	.equ	m_gsignal, 72
	.equ	m_curg, 184
	.equ	m_vdsoSP, 896
	.equ	m_vdsoPC, 904
	// A bool in Go; a word here, at an offset of the lab's own choice.
	.globl	m_isExtraInC
	.equ	m_isExtraInC, 920

	// Linux: signals, system calls, the interrupted PC in a ucontext (rt_sigframe 568 less 128), a stack_t's fields.
	.equ	SIGPROF, 27
	.equ	SIGURG, 23
	.equ	SYS_write, 64
	.equ	SYS_exit_group, 94
	.equ	SYS_nanosleep, 101
	.equ	SYS_clock_gettime, 113
	.equ	SYS_sigaltstack, 132
	.equ	uc_pc, 440
	.equ	ss_sp, 0
	.equ	ss_flags, 8
	.equ	ss_size, 16
	.equ	SS_DISABLE, 2

	// Notes on the observer page. Both take x9 and x10, which no code around them holds anything in.
	.macro	note cell, reg
	mov	x9, #OBSERVER
	str	\reg, [x9, #\cell]
	.endm
	.macro	count cell
	mov	x9, #OBSERVER
	ldr	x10, [x9, #\cell]
	add	x10, x10, #1
	str	x10, [x9, #\cell]
	.endm

// Go's globals, a word each; of iscgo, a bool, the first byte counts. The host fills in all but extraMWaiters.
	.data
	.balign	8
	.globl	runtime.iscgo, runtime.vdsoClockgettimeSym, runtime.extram, runtime.extraMWaiters
runtime.iscgo:
	.xword	0
runtime.vdsoClockgettimeSym:
	.xword	0
runtime.extram:
	.xword	0
runtime.extraMWaiters:
	.xword	0
	.globl	runtime.vdsoLoadStart, runtime.vdsoLoadEnd
runtime.vdsoLoadStart:
	.xword	0
runtime.vdsoLoadEnd:
	.xword	0

	.text

// lab.call_*: the user's code, which asks for the time.
//
// in      x0 = how often, at least once; x28 = g; sp = top of the caller's stack
// out     each result on the observer page, then HYPERCALL_DONE
// stack   48 bytes: [sp] is for a lr we have no use of, results from [sp + 8], the calls still to make at [sp + 32]. A Go function may
//         overwrite every register but sp and g, so all that we know is kept on the stack
	.globl	lab.call_nanotime1
	.type	lab.call_nanotime1, %function
lab.call_nanotime1:
	sub	sp, sp, #48
	str	x0, [sp, #32]

	// The count comes last: who sees it move finds the result complete.
1:	bl	runtime.nanotime1
	ldr	x0, [sp, #8]
	note	OBS_RESULT_NS, x0
	count	OBS_RESULT_COUNT

	ldr	x0, [sp, #32]
	subs	x0, x0, #1
	str	x0, [sp, #32]
	b.ne	1b

	mov	x8, #HYPERCALL_DONE
	svc	#0
	b	.
	.size	lab.call_nanotime1, . - lab.call_nanotime1

	.globl	lab.call_walltime1
	.type	lab.call_walltime1, %function
lab.call_walltime1:
	sub	sp, sp, #48
	str	x0, [sp, #32]

	// As above, with a result of two parts.
1:	bl	runtime.walltime1
	ldr	x0, [sp, #8]
	ldr	w1, [sp, #16]
	note	OBS_RESULT_SEC, x0
	note	OBS_RESULT_NSEC, x1
	count	OBS_RESULT_COUNT

	ldr	x0, [sp, #32]
	subs	x0, x0, #1
	str	x0, [sp, #32]
	b.ne	1b

	mov	x8, #HYPERCALL_DONE
	svc	#0
	b	.
	.size	lab.call_walltime1, . - lab.call_walltime1

	.globl	lab.call_time_now
	.type	lab.call_time_now, %function
lab.call_time_now:
	sub	sp, sp, #48
	str	x0, [sp, #32]

	// As above, with both clocks in one result.
1:	bl	time.now
	ldr	x0, [sp, #8]
	ldr	w1, [sp, #16]
	ldr	x2, [sp, #24]
	note	OBS_RESULT_SEC, x0
	note	OBS_RESULT_NSEC, x1
	note	OBS_RESULT_NS, x2
	count	OBS_RESULT_COUNT

	ldr	x0, [sp, #32]
	subs	x0, x0, #1
	str	x0, [sp, #32]
	b.ne	1b

	mov	x8, #HYPERCALL_DONE
	svc	#0
	b	.
	.size	lab.call_time_now, . - lab.call_time_now

	.globl	lab.call_native
	.type	lab.call_native, %function
lab.call_native:
	sub	sp, sp, #48
	str	x0, [sp, #32]

	// As above, but of the native code nothing is wanted.
1:	bl	native.work
	count	OBS_RESULT_COUNT

	ldr	x0, [sp, #32]
	subs	x0, x0, #1
	str	x0, [sp, #32]
	b.ne	1b

	mov	x8, #HYPERCALL_DONE
	svc	#0
	b	.
	.size	lab.call_native, . - lab.call_native

// native.work: C code that a package brought along as an object file (a .syso). It lies in the program, so no test of the vDSO's pages
// knows it, and AAPCS64 lets it do with x28 what a vDSO may (go#78621).
//
// in      nothing
// out     w0 = a checksum; x19..x29 as at entry
// stack   16 bytes
// dirty   x28 from native.dirty_begin up to, not including, native.dirty_end
	.globl	native.work
	.type	native.work, %function
native.work:
	// Owe the caller its x28, then use it as the sum. The constants keep it away from every mapped address.
	stp	x28, x30, [sp, #-16]!
	movz	x28, #0x9e37, lsl #16
native.dirty_begin:
	movk	x28, #0x79b9
	eor	x28, x28, x28, lsl #13
	eor	x28, x28, x28, lsr #7
	add	x28, x28, x28, lsl #17
	mov	w0, w28

	// Pay back.
	ldp	x28, x30, [sp], #16
native.dirty_end:
	ret
	.size	native.work, . - native.work

// time.now: both clocks, func now() (sec int64, nsec int32, mono int64). A Go function between the user's code and the trampolines.
//
// in      x28 = g, lr = return address
// out     [sp + 8] = seconds, [sp + 16] = nanoseconds, [sp + 24] = nanotime1's value, sp being what it was at entry
// stack   48 bytes: lr, and from [sp + 8] the results of what it calls
	.globl	time.now
	.type	time.now, %function
time.now:
	str	x30, [sp, #-48]!
	stur	x29, [sp, #-8]
	sub	x29, sp, #8

	// The wall clock, straight into our caller's result words.
	bl	runtime.walltime1
	ldr	x0, [sp, #8]
	ldr	w1, [sp, #16]
	str	x0, [sp, #56]
	str	w1, [sp, #64]

	// The monotonic clock.
	bl	runtime.nanotime1
	ldr	x0, [sp, #8]
	str	x0, [sp, #72]

	ldp	x29, x30, [sp, #-8]
	add	sp, sp, #48
	ret
	.size	time.now, . - time.now

// runtime.nanotime1: the monotonic clock in nanoseconds, func nanotime1() int64.
//
// in      x28 = g, sp = the caller's stack (16-aligned), lr = return address
// out     [sp + 8] = the time, sp being what it was at entry; sp and x28 as at entry. Go's ABI0: every other register is anyone's
// stack   48 bytes of the caller's stack, then 32 of g0's (of the present one if the caller is not the user goroutine)
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

	// A plain call. The C code may keep anything in x28 until it returns; TLS holds g all the while, and TLS is what sigtramp asks.
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

// runtime.walltime1: the wall clock, func walltime1() (sec int64, nsec int32). All but the clock and the result is nanotime1 once more;
// Go wrote it out twice, and so do we.
//
// in      x28 = g, sp = the caller's stack (16-aligned), lr = return address
// out     [sp + 8] = seconds, [sp + 16] = nanoseconds, sp being what it was at entry; sp and x28 as at entry. Otherwise as nanotime1
// stack   48 bytes of the caller's stack, then 16 of g0's. Without a switch the timespec's second word is the word below our frame, where
//         the frame pointer was kept: x29 comes back as tv_nsec. ABI0 allows that
	.globl	runtime.walltime1
	.type	runtime.walltime1, %function
runtime.walltime1:
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
walltime1.vdsopc_store:
	str	x30, [x21, #m_vdsoPC]
walltime1.vdsosp_store:
	str	x2, [x21, #m_vdsoSP]

	// C wants more stack than a goroutine may have left. The user goroutine borrows g0's; g0 and gsignal have room of their own.
	ldr	x0, [x21, #m_curg]
	cmp	x0, x28
	b.ne	1f
	ldr	x3, [x21, #m_g0]
	ldr	x1, [x3, #g_sched_sp]
1:	sub	x1, x1, #16
	and	x1, x1, #~15
walltime1.sp_switch:
	mov	sp, x1

	// clock_gettime(clock, the timespec at sp), in the vDSO if there is one. x27 is the scratch register of Go's assembler.
	mov	w0, #CLOCK_ID_REALTIME
	adrp	x27, runtime.vdsoClockgettimeSym
	ldr	x2, [x27, #:lo12:runtime.vdsoClockgettimeSym]
	cbz	x2, walltime1.fallback

	// A plain call. The C code may keep anything in x28 until it returns; TLS holds g all the while, and TLS is what sigtramp asks.
walltime1.call:
	blr	x2
	b	walltime1.finish

	// No vDSO: the system call. Its PC is ours and x28 stays good, so it needs no care.
walltime1.fallback:
	mov	x8, #SYS_clock_gettime
walltime1.svc:
	svc	#0

	// Take the result off the C stack before we leave it.
walltime1.finish:
	ldr	x3, [sp]
	ldr	x5, [sp, #8]
walltime1.sp_restore:
	mov	sp, x20

	// Out of C. Give back what we found: zero, or the outer call's pair. vdsoSP first: once it is zero nobody reads vdsoPC.
	ldr	x1, [sp, #16]
walltime1.vdsosp_restore:
	str	x1, [x21, #m_vdsoSP]
	ldr	x1, [sp, #8]
walltime1.vdsopc_restore:
	str	x1, [x21, #m_vdsoPC]

	// The pair into the caller's result words, above our frame.
	str	x3, [sp, #56]
	str	w5, [sp, #64]
	ldp	x29, x30, [sp, #-8]
	add	sp, sp, #48
	ret
	.size	runtime.walltime1, . - runtime.walltime1

// runtime.sigtramp: what the kernel enters for every signal. C's rules hold on this side, Go's on the other.
//
// in      x0 = signal, x1 = &siginfo, x2 = &ucontext, sp = the frame, lr = the restorer; x28 = whatever the interrupted code had in it
// out     back to the restorer, x19..x29 and d8..d15 as at entry
// stack   160 bytes
	.globl	runtime.sigtramp
	.type	runtime.sigtramp, %function
runtime.sigtramp:
	// Go keeps no register across a call, the code we interrupted wants all of AAPCS64's back.
	stp	x29, x30, [sp, #-160]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]

	// Say that we are here, and where the signal struck.
	ldr	x11, [x2, #uc_pc]
	note	OBS_TRAMP_PC, x11
	note	OBS_TRAMP_SIGNO, x0
	count	OBS_TRAMP_COUNT

	// A signal may strike in C, where x28 is C's: in the vDSO, behind cgo, in an object file of the program. TLS has g in all of these,
	// and no code but Go's writes it. Believe that one, always.
	mrs	x9, tpidr_el0
	ldr	x28, [x9, #TLS_G]
	bl	runtime.sigtrampgo

	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	d8, d9, [sp, #96]
	ldp	d10, d11, [sp, #112]
	ldp	d12, d13, [sp, #128]
	ldp	d14, d15, [sp, #144]
	ldp	x29, x30, [sp], #160
	ret
	.size	runtime.sigtramp, . - runtime.sigtramp

// runtime.sigtrampgo: decides which g was interrupted, becomes gsignal, and handles the signal.
//
// in      x0 = signal, x1 = &siginfo, x2 = &ucontext, x28 = g as sigtramp left it
// out     x28 = the g it went on with; nothing else is kept
// stack   80 bytes: lr, signal 8, siginfo 16, ucontext 24, g 32, whether gsignal's bounds were changed 40, the old bounds 48 and 56
	.globl	runtime.sigtrampgo
	.type	runtime.sigtrampgo, %function
runtime.sigtrampgo:
	str	x30, [sp, #-80]!
	str	x0, [sp, #8]
	stp	x1, x2, [sp, #16]

	// Whose code did the signal strike?
	// The register says: sigtramp has just had it from TLS.
	mov	x0, x28
sigtrampgo.fetched:
	note	OBS_FETCHED_G, x0
	count	OBS_FETCH_COUNT
	str	x0, [sp, #32]

	// No g, no Go code to handle this as. The path without a g is below.
	cbz	x0, sigtrampgo.no_g
	ldr	x0, [x0, #g_m]
	// An extra m that is out in C has a g, but not one that a handler may use: the same path.
	ldr	x1, [x0, #m_isExtraInC]
	cbnz	x1, sigtrampgo.no_g

	// From here on we are gsignal. TLS is what a signal would ask, so the owner of g changes with the store there.
	ldr	x1, [sp, #32]
	ldr	x1, [x1, #g_m]
	ldr	x1, [x1, #m_gsignal]
	note	OBS_SETG_REG, x28
	count	OBS_SETG_COUNT
	mrs	x9, tpidr_el0
sigtrampgo.setg:
	str	x1, [x9, #TLS_G]
	mov	x28, x1

	// Has somebody else given this thread a signal stack? Then gsignal's bounds are wrong for us.
	ldr	x0, [sp, #32]
	ldr	x0, [x0, #g_m]
	bl	runtime.adjustSignalStack
	str	x0, [sp, #40]
	stp	x1, x2, [sp, #48]

	// The signal itself.
	ldr	x0, [sp, #8]
	ldp	x1, x2, [sp, #16]
	ldr	x3, [sp, #32]
	bl	runtime.sighandler

	// Back to the interrupted g.
	ldr	x1, [sp, #32]
	mrs	x9, tpidr_el0
sigtrampgo.setg_back:
	str	x1, [x9, #TLS_G]
	mov	x28, x1

	// And gsignal's bounds, if we changed them.
	ldr	x0, [sp, #40]
	cbz	x0, sigtrampgo.done
	ldr	x0, [x28, #g_m]
	ldp	x1, x2, [sp, #48]
	bl	runtime.restoreGsignalStack
	b	sigtrampgo.done

	// Without a g. A profiling signal is a sample of unknown code. That counts as handled: the profile merely lacks the stack.
sigtrampgo.no_g:
	ldr	x0, [sp, #8]
	cmp	x0, #SIGPROF
	b.ne	1f
	count	OBS_NOG_SAMPLES
	b	sigtrampgo.done
1:
	// A preemption request finds no goroutine here that could be preempted: let it go.
	cmp	x0, #SIGURG
	b.ne	2f
	count	OBS_QUIET
	b	sigtrampgo.done
2:
	// Any other signal must reach Go somehow.
	bl	runtime.badsignal

sigtrampgo.done:
	ldr	x30, [sp], #80
	ret
	.size	runtime.sigtrampgo, . - runtime.sigtrampgo

// runtime.inVDSOPage: does this PC lie in the vDSO?
// Nobody in this file asks any more; Go has other callers.
//
// in      x0 = a PC
// out     x0 = 1 or 0; takes x1
	.globl	runtime.inVDSOPage
	.type	runtime.inVDSOPage, %function
runtime.inVDSOPage:
	// The vDSO is all of its first loaded segment.
	adrp	x1, runtime.vdsoLoadStart
	ldr	x1, [x1, #:lo12:runtime.vdsoLoadStart]
	cmp	x0, x1
	b.lo	1f
	adrp	x1, runtime.vdsoLoadEnd
	ldr	x1, [x1, #:lo12:runtime.vdsoLoadEnd]
	cmp	x0, x1
	cset	x0, lo
	ret
1:	mov	x0, xzr
	ret
	.size	runtime.inVDSOPage, . - runtime.inVDSOPage

// runtime.spanOf: the span that an address lies in. Go's heap knows only what it has allocated itself.
// Nobody in this file asks any more; Go has other callers.
//
// in      x0 = an address
// out     x0 = the span's address, or 0; takes x1, x2
	.globl	runtime.spanOf
	.type	runtime.spanOf, %function
runtime.spanOf:
	// One comparison rejects both what is below the arena and what is above.
	mov	x1, #ARENA
	sub	x1, x0, x1
	cmp	x1, #(ARENA_PAGES << ARENA_PAGE_SHIFT)
	b.hs	1f

	// The page's entry in the table.
	lsr	x1, x1, #ARENA_PAGE_SHIFT
	movz	x2, #(MHEAP & 0xffff)
	movk	x2, #(MHEAP >> 16), lsl #16
	ldr	x0, [x2, x1, lsl #3]
	ret
1:	mov	x0, xzr
	ret
	.size	runtime.spanOf, . - runtime.spanOf

// runtime.adjustSignalStack: makes gsignal's bounds those of the stack that we really run on.
//
// in      x0 = m
// out     x0 = 1 if the bounds were changed, else 0; x1, x2 = the bounds as they were. Does not return if we are on no stack we know
// stack   32 bytes, a stack_t. x3..x7 are held across the system call: Linux gives back all but x0
	.globl	runtime.adjustSignalStack
	.type	runtime.adjustSignalStack, %function
runtime.adjustSignalStack:
	sub	sp, sp, #32
	mov	x7, sp
	mov	x3, x0

	// The usual case: on gsignal's own stack, nothing to do.
	ldr	x4, [x3, #m_gsignal]
	ldp	x5, x6, [x4, #g_stack_lo]
	cmp	x7, x5
	b.lo	1f
	cmp	x7, x6
	b.lo	adjustSignalStack.as_is
1:
	// Ask the kernel which signal stack this thread has. If we are on it, all is said.
	mov	x0, xzr
	mov	x1, sp
	mov	x8, #SYS_sigaltstack
	svc	#0
	ldr	w0, [sp, #ss_flags]
	tst	w0, #SS_DISABLE
	b.ne	2f
	ldr	x1, [sp, #ss_sp]
	ldr	x2, [sp, #ss_size]
	add	x2, x1, x2
	cmp	x7, x1
	b.lo	2f
	cmp	x7, x2
	b.lo	adjustSignalStack.set
2:
	// On g0's stack? That is asked last, for a signal stack may lie within g0's bounds.
	ldr	x0, [x3, #m_g0]
	ldp	x1, x2, [x0, #g_stack_lo]
	cmp	x7, x1
	b.lo	3f
	cmp	x7, x2
	b.lo	adjustSignalStack.set
3:
	// On no stack we know.
	ldr	w0, [sp, #ss_flags]
	tst	w0, #SS_DISABLE
	b.ne	adjustSignalStack.no_stack
	b	adjustSignalStack.elsewhere

adjustSignalStack.set:
	stp	x1, x2, [x4, #g_stack_lo]
	mov	x0, #1
	b	adjustSignalStack.done
adjustSignalStack.as_is:
	mov	x0, xzr
adjustSignalStack.done:
	mov	x1, x5
	mov	x2, x6
	add	sp, sp, #32
	ret

	// A handler on a stack of unknown size must not go on.
adjustSignalStack.no_stack:
	adr	x1, msg_no_stack
	mov	x2, #(msg_elsewhere - msg_no_stack)
	b	runtime.fatal
adjustSignalStack.elsewhere:
	adr	x1, msg_elsewhere
	mov	x2, #(msg_bad_g - msg_elsewhere)
	b	runtime.fatal
	.size	runtime.adjustSignalStack, . - runtime.adjustSignalStack

// runtime.restoreGsignalStack: undoes adjustSignalStack.
//
// in      x0 = m; x1, x2 = the bounds to put back
	.globl	runtime.restoreGsignalStack
	.type	runtime.restoreGsignalStack, %function
runtime.restoreGsignalStack:
	ldr	x0, [x0, #m_gsignal]
	stp	x1, x2, [x0, #g_stack_lo]
	ret
	.size	runtime.restoreGsignalStack, . - runtime.restoreGsignalStack

// runtime.sighandler: the handler proper, on gsignal.
//
// in      x0 = signal, x1 = &siginfo, x2 = &ucontext, x3 = the interrupted g
// stack   16 bytes
	.globl	runtime.sighandler
	.type	runtime.sighandler, %function
runtime.sighandler:
	str	x30, [sp, #-16]!

	// The signal has arrived, and this is where it says it struck.
	ldr	x11, [x2, #uc_pc]
	note	OBS_HANDLER_PC, x11
	count	OBS_HANDLER_COUNT

	// Go code keeps no register for its caller but sp and g, so its handlers leave anything in the others. What C wants back is what
	// sigtramp has kept.
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27
	mov	x\n, #\n
	.endr
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	fmov	d\n, #\n
	.endr

	// Only the profiler does anything. Go queues the other signals for its own goroutines. A request for preemption is never granted
	// here: that would push a call into the interrupted code.
	cmp	x0, #SIGPROF
	b.ne	1f
	mov	x0, x3
	bl	runtime.sigprof
1:	ldr	x30, [sp], #16
	ret
	.size	runtime.sighandler, . - runtime.sighandler

// runtime.sigprof: one sample of the CPU profiler.
//
// in      x0 = the interrupted g
// stack   48 bytes: lr, and nanotime1's result at [sp + 8]
	.globl	runtime.sigprof
	.type	runtime.sigprof, %function
runtime.sigprof:
	str	x30, [sp, #-48]!

	// First the traceback: was the signal in a call to the vDSO, and where did that call leave Go?
	ldr	x11, [x0, #g_m]
	ldr	x12, [x11, #m_vdsoPC]
	ldr	x13, [x11, #m_vdsoSP]
	note	OBS_PROF_PC, x12
	note	OBS_PROF_SP, x13
	count	OBS_PROF_COUNT

	// Then the record, which carries the time: a call to the vDSO of our own, perhaps inside another one.
	bl	runtime.nanotime1
	ldr	x11, [sp, #8]
	note	OBS_TIME, x11
	count	OBS_TIME_COUNT

	ldr	x30, [sp], #48
	ret
	.size	runtime.sigprof, . - runtime.sigprof

// runtime.badsignal: a signal came on a thread that has no g.
//
// stack   32 bytes: lr, the extra m at 8, the g that TLS held at 16
	.globl	runtime.badsignal
	.type	runtime.badsignal, %function
runtime.badsignal:
	str	x30, [sp, #-32]!
	count	OBS_BADSIGNAL

	// Without cgo there is no extra m to borrow and there never will be. Better to die loudly than to wait for one.
	adrp	x9, runtime.iscgo
	ldrb	w9, [x9, #:lo12:runtime.iscgo]
	cbnz	x9, 1f
	adr	x1, msg_bad_g
	mov	x2, #(msg_end - msg_bad_g)
	b	runtime.fatal
1:
	// Borrow the extra m and be its g0, so that Go code can run. Then Go queues the signal, of which the lab needs nothing.
	bl	runtime.needm
	stp	x0, x1, [sp, #8]

	// Give it back. Go leaves nil in TLS here, for on a foreign thread it has found nil. But our g was not missing, only not found, and
	// the interrupted code will want it: leave in TLS what was there, so that the walk shows the signal's loss and not a second one.
	mov	x28, xzr
	bl	runtime.save_g
	ldp	x0, x1, [sp, #8]
	adrp	x9, runtime.iscgo
	ldrb	w9, [x9, #:lo12:runtime.iscgo]
	cbz	x9, 2f
	mrs	x9, tpidr_el0
	str	x1, [x9, #TLS_G]
2:	adrp	x9, runtime.extram
	str	x0, [x9, #:lo12:runtime.extram]

	ldr	x30, [sp], #32
	ret
	.size	runtime.badsignal, . - runtime.badsignal

// runtime.needm: borrows the m that cgo keeps for threads Go did not make, and becomes its g0. Waits until there is one.
//
// out     x0 = the m, x1 = the g that TLS held (0 without cgo), x28 = the m's g0
// stack   48 bytes: lr, a timespec at 16, whether we were counted as waiting at 32
	.globl	runtime.needm
	.type	runtime.needm, %function
runtime.needm:
	str	x30, [sp, #-48]!
	str	xzr, [sp, #32]

	// Nobody makes an m while all signals are masked, on the only thread. So without one this goes round for ever, and each round is
	// like the one before: a waiter is counted once.
1:	adrp	x9, runtime.extram
	ldr	x0, [x9, #:lo12:runtime.extram]
	cbnz	x0, 3f
	ldr	x1, [sp, #32]
	cbnz	x1, 2f
	mov	x1, #1
	str	x1, [sp, #32]
	adrp	x9, runtime.extraMWaiters
	ldr	x10, [x9, #:lo12:runtime.extraMWaiters]
	add	x10, x10, #1
	str	x10, [x9, #:lo12:runtime.extraMWaiters]

	// A microsecond's sleep, then look again.
2:	mov	x1, #1000
	stp	xzr, x1, [sp, #16]
	add	x0, sp, #16
	mov	x1, xzr
	mov	x8, #SYS_nanosleep
	svc	#0
	b	1b

	// Ours: the list is empty while we hold it.
3:	str	xzr, [x9, #:lo12:runtime.extram]
	mov	x1, xzr
	adrp	x9, runtime.iscgo
	ldrb	w9, [x9, #:lo12:runtime.iscgo]
	cbz	x9, 4f
	mrs	x9, tpidr_el0
	ldr	x1, [x9, #TLS_G]
4:	ldr	x28, [x0, #m_g0]
	bl	runtime.save_g

	ldr	x30, [sp], #48
	ret
	.size	runtime.needm, . - runtime.needm

// runtime.save_g: the copy of g in TLS, which every program keeps.
//
// in      x28 = g; takes x9
	.globl	runtime.save_g
	.type	runtime.save_g, %function
runtime.save_g:
	mrs	x9, tpidr_el0
	str	x28, [x9, #TLS_G]
	ret
	.size	runtime.save_g, . - runtime.save_g

// runtime.fatal: says why and dies with status 2.
//
// in      x1 = message, x2 = its length
	.globl	runtime.fatal
	.type	runtime.fatal, %function
runtime.fatal:
	mov	x0, #2
	mov	x8, #SYS_write
	svc	#0
	mov	x0, #2
	mov	x8, #SYS_exit_group
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
	.balign	4
