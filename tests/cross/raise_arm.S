// The part of raise.c that holds registers, for ARM and for Thumb.
#include "raise.h"

	.syntax	unified
	.arch	armv7-a
	.fpu	neon
	.text
	.globl	_start, raise_now, raise_now_thumb, handler, handler_thumb, restorer

	.arm
_start:
	mov	r0, sp
	bl	start

// r0 = struct Registers. Loads all of it but r0 and r1; SP and PC it fills in.
	.macro	load_registers	after
	mov	r1, sp
	str	r1, [r0, #REG_SP]
	movw	r1, #:lower16:\after
	movt	r1, #:upper16:\after
	bic	r1, r1, #1	// PC without the Thumb bit
	str	r1, [r0, #REG_PC]
	ldr	r1, [r0, #REG_FPSR]
	vmsr	fpscr, r1
	add	r1, r0, #REG_VEC
	vldmia	r1!, {d0-d15}
	vldmia	r1!, {d16-d31}
	.irp	n, 2,3,4,5,6,7,8,9,10,11,12,14
	ldr	r\n, [r0, #8 * \n]
	.endr
	ldr	r1, [r0, #REG_FLAGS]
	msr	APSR_nzcvqg, r1
	ldr	r1, [r0, #8]
	ldr	r0, [r0]
	.endm

// Everything as it is at the first instruction, before any C.
	.macro	store_registers	here, state
	push	{r0, r1}
	movw	r0, #:lower16:(raise_report + REG_SIZE)
	movt	r0, #:upper16:(raise_report + REG_SIZE)
	.irp	n, 2,3,4,5,6,7,8,9,10,11,12,14
	str	r\n, [r0, #8 * \n]
	.endr
	mrs	r1, cpsr
	orr	r1, r1, #\state	// user code cannot read T; where it runs says it
	str	r1, [r0, #REG_FLAGS]
	vmrs	r1, fpscr
	str	r1, [r0, #REG_FPSR]
	add	r1, r0, #REG_VEC
	vstmia	r1!, {d0-d15}
	vstmia	r1!, {d16-d31}
	pop	{r2, r3}
	str	r2, [r0]
	str	r3, [r0, #8]
	mov	r1, sp
	str	r1, [r0, #REG_SP]
	movw	r1, #:lower16:\here
	movt	r1, #:upper16:\here
	bic	r1, r1, #1
	str	r1, [r0, #REG_PC]
	mov	r0, sp
	bl	report_frame
	.endm

	.type	raise_now, %function
raise_now:
	load_registers raised
	svc	#0
raised:
	udf	#0		// the handler does not come back

	.type	handler, %function
handler:
	store_registers handler, 0

restorer:
	udf	#0		// an address to be found in lr

	.thumb
	.type	raise_now_thumb, %function
raise_now_thumb:
	load_registers raised_thumb
	ittt	eq
	svceq	#0
raised_thumb:
	moveq	r4, r4
	moveq	r4, r4
	udf	#0

	.type	handler_thumb, %function
handler_thumb:
	store_registers handler_thumb, 0x20
	.section .note.GNU-stack, "", %progbits
