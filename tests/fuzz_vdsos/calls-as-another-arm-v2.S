// Once a find: v2's handler believes the g register on the vDSO's second page. With another live g in it, SIGPROF's handler makes its own
// nanotime call as that g, which stores into the slot and clears it. The table knew this only of handlers that go on with the right g.
//
// Generated: seed 1, index 513, arm; 2 of 9 pieces are left.
//
// On v2, with PROF:
//   boundary 53 (vdso:__vdso_clock_gettime+0x1480): transparent-return (slot) was expected to hold, and broke
//
// siglab replay arm:v2:time.now:curg:@tests/fuzz_vdsos/calls-as-another-arm-v2.S:go:PROF:1 'PROF@53'

#include "layout.h"

	.equ	NR_clock_gettime, 263
	.equ	NR_rt_sigreturn, 173

	.text
	.globl	__vdso_clock_gettime
	.syntax unified
	.arm
	.type __vdso_clock_gettime, %function
__vdso_clock_gettime:
	push {r3, r6, r7, r8, r10, r11}
	sub sp, sp, #56
	// pad
	b .L4
	.fill 1288, 4, 0xe320f000
.L4:
	// only clocks 0 and 1 have a base here
	cmp r0, #CLOCK_ID_MONOTONIC
	bhi .L2
	movw r2, #:lower16:(_vvar - (.L5 + 8))
	movt r2, #:upper16:(_vvar - (.L5 + 8))
	.L5:
	add r2, pc, r2
	add r6, r2, r0, lsl #VVAR_BASE_SHIFT
	// odd: the kernel is writing
.L1:
	ldr r11, [r2, #VVAR_SEQ]
	tst r11, #1
	bne .L1
	dmb ish
	// no clock mode: the counter cannot be read from here
	ldr r8, [r2, #VVAR_CLOCK_MODE]
	cmp r8, #0
	beq .L2
	ldr r8, [r6, #VVAR_BASETIME]
	ldr r3, [r6, #(VVAR_BASETIME + 8)]
	// the same number as before: the halves belong together
	dmb ish
	ldr r12, [r2, #VVAR_SEQ]
	cmp r12, r11
	bne .L1
	// dirty
	movw r10, #0x600
dirty_begin.1:
	movt r10, #0x3
	// a base may hold a second or more in its nanoseconds
dirty_end.1:
dirty_begin.g.2:
	movw r2, #0xca00
	movt r2, #0x3b9a
.L6:
	cmp r3, r2
	blo .L7
	sub r3, r3, r2
	add r8, r8, #1
	b .L6
.L7:
	str r8, [r1]
	str r3, [r1, #4]
	mov r0, #0
.L3:
	add sp, sp, #56
	pop {r3, r6, r7, r8, r10, r11}
dirty_end.g.2:
	bx lr
.L2:
	// the kernel knows
	str r0, [sp, #8]
	ldr r8, [sp, #8]
	mov r0, r8
	movw r7, #NR_clock_gettime
	svc #0
	movw r10, #0x600
dirty_begin.3:
	movt r10, #0x3
dirty_end.3:
dirty_begin.g.4:
	b .L3
dirty_end.g.4:
	.size __vdso_clock_gettime, . - __vdso_clock_gettime
