// longjmp, arm: C code of the process that leaves signal handlers by siglongjmp. Beside any version of the runtime (world `longjmp`).
//
// Retells     what POSIX allows and C programs do for time-outs and crash guards: sigsetjmp(env, 1) once; a handler of their own in front
//             of the runtime's, which calls that one first, as a handler should that has replaced another; then siglongjmp(env, 1).
// So          the kernel never sees a return. It does not miss it: whether a thread is on its signal stack it asks of SP, so the next
//             frame lies at the top again, over what this one left. The mask comes back by rt_sigprocmask, while SP is still down there.
// Abandons    the code that the signal struck, for good. What that had yet to put back stays as it is.
// Not here    setjmp's pointer guard and checks, FPSCR, unwinding, C++.

#include "layout.h"

	.equ	SYS_rt_sigprocmask, 175
	.equ	SIG_BLOCK, 0
	.equ	SIG_SETMASK, 2
	.equ	SIGSET_SIZE, 8

	.syntax	unified
	.arm

// Filled in by the host: the runtime's handler, and the code that asks for the time.
	.data
	.balign	8
	.globl	clib.next_handler, clib.work
clib.next_handler:
	.word	0
clib.work:
	.word	0

// Ours: whether there is somewhere to jump to, how often work is to ask, and the jmp_buf. What AAPCS has a function keep: r4..r11, sp and
// lr, d8..d15. Then the mask.
clib.can_jump:
	.word	0
clib.calls:
	.word	0
clib.env:
	.skip	(8 + 2) * 4 + 8 * 8
	.equ	env_sp, 8 * 4
	.equ	env_vec, 10 * 4
clib.mask:
	.skip	SIGSET_SIZE

	.text

// clib.main: if (sigsetjmp(env, 1)) ; can_jump = 1; work(calls). Where a jump leads to, work begins anew.
//
// in      r0 = what work wants in r0, r10 = g, sp = top of the caller's stack
	.globl	clib.main
	.type	clib.main, %function
clib.main:
	ldr	r1, =clib.calls
	str	r0, [r1]
	bl	sigsetjmp

	// From here on the handler has somewhere to go.
	ldr	r1, =clib.can_jump
	mov	r2, #1
	str	r2, [r1]
	ldr	r1, =clib.calls
	ldr	r0, [r1]
	ldr	r1, =clib.work
	ldr	pc, [r1]
	.size	clib.main, . - clib.main

// sigsetjmp(env, 1): remembers where it was called from. Returns twice.
//
// out     r0 = 0; at the second return, siglongjmp's value
	.globl	sigsetjmp
	.type	sigsetjmp, %function
sigsetjmp:
	// g is in r10, like anything else that C keeps.
	ldr	r3, =clib.env
	stm	r3, {r4-r11}
	str	sp, [r3, #env_sp]
	str	lr, [r3, #(env_sp + 4)]
	add	r2, r3, #env_vec
	vstm	r2, {d8-d15}

	// rt_sigprocmask(SIG_BLOCK, NULL, &mask): nothing changes, we are told. r12 is nobody's, r7 the caller's.
	mov	r12, r7
	mov	r0, #SIG_BLOCK
	mov	r1, #0
	ldr	r2, =clib.mask
	mov	r3, #SIGSET_SIZE
	mov	r7, #SYS_rt_sigprocmask
	svc	#0
	mov	r7, r12
	mov	r0, #0
	bx	lr
	.size	sigsetjmp, . - sigsetjmp

// clib.handler: what the kernel enters for every signal in this world.
//
// in      r0 = signal, r1 = &siginfo, r2 = &ucontext, sp = the frame, lr = the restorer
// stack   8 bytes
	.globl	clib.handler
	.type	clib.handler, %function
clib.handler:
	// Whoever was there before us does its work first.
	push	{r4, lr}
	ldr	r12, =clib.next_handler
	ldr	r12, [r12]
	blx	r12

	// Too early to jump: return as any handler does.
	ldr	r1, =clib.can_jump
	ldr	r1, [r1]
	cmp	r1, #0
	mov	r0, #1
	bne	siglongjmp
	pop	{r4, pc}
	.size	clib.handler, . - clib.handler

// siglongjmp(env, r0): back to where sigsetjmp was called, which returns once more.
//
// in      r0 = what it returns then
	.globl	siglongjmp
	.type	siglongjmp, %function
siglongjmp:
	// First the mask: rt_sigprocmask(SIG_SETMASK, &mask, NULL). From here on signals come in again, and SP is still on the signal stack.
	mov	r12, r0
	mov	r0, #SIG_SETMASK
	ldr	r1, =clib.mask
	mov	r2, #0
	mov	r3, #SIGSET_SIZE
	mov	r7, #SYS_rt_sigprocmask
	svc	#0

	// Then all that C keeps, g among it. With sp we leave the signal stack.
	mov	r0, r12
	ldr	r3, =clib.env
	add	r2, r3, #env_vec
	vldm	r2, {d8-d15}
	ldm	r3, {r4-r11}
	ldr	lr, [r3, #(env_sp + 4)]
	ldr	sp, [r3, #env_sp]

	// And gone. The handler is over here, whatever the kernel thinks.
siglongjmp.leaves:
	bx	lr
	.size	siglongjmp, . - siglongjmp
	.ltorg
