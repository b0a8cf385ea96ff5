// Once a find: v2's handler believes the g register on the vDSO's second page. With another live g in it, SIGPROF's handler makes its own
// nanotime call as that g, which stores into the slot and clears it. The table knew this only of handlers that go on with the right g.
//
// Generated: seed 1, index 14, arm64; 2 of 24 pieces are left.
//
// On v2, with PROF:
//   boundary 45 (vdso:__kernel_clock_gettime+0x1100): transparent-return (slot) was expected to hold, and broke
//
// siglab replay arm64:v2:nanotime1:curg:@tests/fuzz_vdsos/calls-as-another-arm64-v2.S:go:PROF:1 'PROF@45'

#include "layout.h"

	.equ	NR_clock_gettime, 113
	.equ	NR_rt_sigreturn, 139

	.text
	.globl	__kernel_clock_gettime
	.globl	__kernel_rt_sigreturn
	.type __kernel_rt_sigreturn, %function
__kernel_rt_sigreturn:
	mov x8, #NR_rt_sigreturn
	svc #0
	.size __kernel_rt_sigreturn, . - __kernel_rt_sigreturn
	.type __kernel_clock_gettime, %function
__kernel_clock_gettime:
	sub sp, sp, #128
	str x28, [sp, #112]
	// dirty
	mov x28, #0x600
dirty_begin.1:
	movk x28, #0x3, lsl #16
	// only clocks 0 and 1 have a base here
dirty_end.1:
dirty_begin.g.2:
	cmp w0, #CLOCK_ID_MONOTONIC
	b.hi .L2
	adr x2, _vvar
	add x4, x2, w0, uxtw #VVAR_BASE_SHIFT
	// odd: the kernel is writing
.L1:
	ldr w3, [x2, #VVAR_SEQ]
	tst x3, #1
	b.ne .L1
	dmb ishld
	// no clock mode: the counter cannot be read from here
	ldr w12, [x2, #VVAR_CLOCK_MODE]
	cmp x12, #0
	b.eq .L2
	ldp x7, x10, [x4, #VVAR_BASETIME]
	// pad
	b .L5
	.fill 1071, 4, 0xd503201f
.L5:
	// the same number as before: the halves belong together
	dmb ishld
	ldr w12, [x2, #VVAR_SEQ]
	cmp x12, x3
	b.ne .L1
	// a base may hold a second or more in its nanoseconds
	mov x12, #0xca00
	movk x12, #0x3b9a, lsl #16
.L6:
	cmp x10, x12
	b.lo .L7
	sub x10, x10, x12
	add x7, x7, #1
	b .L6
.L7:
	stp x7, x10, [x1]
	mov x0, #0
.L3:
	ldr x28, [sp, #112]
dirty_end.g.2:
	add sp, sp, #128
	ret
.L2:
	// the kernel knows
dirty_begin.g.3:
	str x0, [sp, #16]
	ldr x7, [sp, #16]
	mov x0, x7
	mov x8, #NR_clock_gettime
	svc #0
	b .L3
dirty_end.g.3:
	.size __kernel_clock_gettime, . - __kernel_clock_gettime
