// longjmp, arm64: C code of the process that leaves signal handlers by siglongjmp. Beside any version of the runtime (world `longjmp`).
//
// Retells     what POSIX allows and C programs do for time-outs and crash guards: sigsetjmp(env, 1) once; a handler of their own in front
//             of the runtime's, which calls that one first, as a handler should that has replaced another; then siglongjmp(env, 1).
// So          the kernel never sees a return. It does not miss it: whether a thread is on its signal stack it asks of SP, so the next
//             frame lies at the top again, over what this one left. The mask comes back by rt_sigprocmask, while SP is still down there.
// Abandons    the code that the signal struck, for good. What that had yet to put back stays as it is.
// Not here    setjmp's pointer guard and checks, the floating-point control register, unwinding, C++.

#include "layout.h"

	.equ	SYS_rt_sigprocmask, 135
	.equ	SIG_BLOCK, 0
	.equ	SIG_SETMASK, 2
	.equ	SIGSET_SIZE, 8

// Filled in by the host: the runtime's handler, and the code that asks for the time.
	.data
	.balign	8
	.globl	clib.next_handler, clib.work
clib.next_handler:
	.xword	0
clib.work:
	.xword	0

// Ours: whether there is somewhere to jump to, how often work is to ask, and the jmp_buf. What AAPCS64 has a function keep: x19..x30, sp,
// d8..d15. Then the mask.
clib.can_jump:
	.xword	0
clib.calls:
	.xword	0
clib.env:
	.skip	(12 + 1 + 8) * 8
	.equ	env_sp, 12 * 8
	.equ	env_vec, 13 * 8
clib.mask:
	.skip	SIGSET_SIZE

	.text

// clib.main: if (sigsetjmp(env, 1)) ; can_jump = 1; work(calls). Where a jump leads to, work begins anew.
//
// in      x0 = what work wants in x0, x28 = g, sp = top of the caller's stack
	.globl	clib.main
	.type	clib.main, %function
clib.main:
	adrp	x9, clib.calls
	str	x0, [x9, #:lo12:clib.calls]
	bl	sigsetjmp

	// From here on the handler has somewhere to go.
	adrp	x9, clib.can_jump
	mov	x10, #1
	str	x10, [x9, #:lo12:clib.can_jump]
	ldr	x0, [x9, #:lo12:clib.calls]
	ldr	x10, [x9, #:lo12:clib.work]
	br	x10
	.size	clib.main, . - clib.main

// sigsetjmp(env, 1): remembers where it was called from. Returns twice.
//
// out     x0 = 0; at the second return, siglongjmp's value
	.globl	sigsetjmp
	.type	sigsetjmp, %function
sigsetjmp:
	// g is in x28, like anything else that C keeps.
	adrp	x9, clib.env
	add	x9, x9, #:lo12:clib.env
	stp	x19, x20, [x9]
	stp	x21, x22, [x9, #16]
	stp	x23, x24, [x9, #32]
	stp	x25, x26, [x9, #48]
	stp	x27, x28, [x9, #64]
	stp	x29, x30, [x9, #80]
	mov	x10, sp
	str	x10, [x9, #env_sp]
	stp	d8, d9, [x9, #env_vec]
	stp	d10, d11, [x9, #(env_vec + 16)]
	stp	d12, d13, [x9, #(env_vec + 32)]
	stp	d14, d15, [x9, #(env_vec + 48)]

	// rt_sigprocmask(SIG_BLOCK, NULL, &mask): nothing changes, we are told.
	mov	x0, #SIG_BLOCK
	mov	x1, xzr
	adrp	x2, clib.mask
	add	x2, x2, #:lo12:clib.mask
	mov	x3, #SIGSET_SIZE
	mov	x8, #SYS_rt_sigprocmask
	svc	#0
	mov	x0, xzr
	ret
	.size	sigsetjmp, . - sigsetjmp

// clib.handler: what the kernel enters for every signal in this world.
//
// in      x0 = signal, x1 = &siginfo, x2 = &ucontext, sp = the frame, lr = the restorer
// stack   16 bytes
	.globl	clib.handler
	.type	clib.handler, %function
clib.handler:
	// Whoever was there before us does its work first.
	stp	x29, x30, [sp, #-16]!
	adrp	x9, clib.next_handler
	ldr	x9, [x9, #:lo12:clib.next_handler]
	blr	x9

	// Too early to jump: return as any handler does.
	adrp	x9, clib.can_jump
	ldr	x9, [x9, #:lo12:clib.can_jump]
	cbz	x9, 1f
	mov	x0, #1
	b	siglongjmp
1:	ldp	x29, x30, [sp], #16
	ret
	.size	clib.handler, . - clib.handler

// siglongjmp(env, x0): back to where sigsetjmp was called, which returns once more.
//
// in      x0 = what it returns then
	.globl	siglongjmp
	.type	siglongjmp, %function
siglongjmp:
	// First the mask: rt_sigprocmask(SIG_SETMASK, &mask, NULL). From here on signals come in again, and SP is still on the signal stack.
	mov	x19, x0
	mov	x0, #SIG_SETMASK
	adrp	x1, clib.mask
	add	x1, x1, #:lo12:clib.mask
	mov	x2, xzr
	mov	x3, #SIGSET_SIZE
	mov	x8, #SYS_rt_sigprocmask
	svc	#0

	// Then all that C keeps, g among it. With sp we leave the signal stack.
	mov	x0, x19
	adrp	x9, clib.env
	add	x9, x9, #:lo12:clib.env
	ldp	d8, d9, [x9, #env_vec]
	ldp	d10, d11, [x9, #(env_vec + 16)]
	ldp	d12, d13, [x9, #(env_vec + 32)]
	ldp	d14, d15, [x9, #(env_vec + 48)]
	ldp	x19, x20, [x9]
	ldp	x21, x22, [x9, #16]
	ldp	x23, x24, [x9, #32]
	ldp	x25, x26, [x9, #48]
	ldp	x27, x28, [x9, #64]
	ldp	x29, x30, [x9, #80]
	ldr	x10, [x9, #env_sp]
	mov	sp, x10

	// And gone. The handler is over here, whatever the kernel thinks.
siglongjmp.leaves:
	ret
	.size	siglongjmp, . - siglongjmp
