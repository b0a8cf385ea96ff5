// The part of raise.c that holds registers.
#include "raise.h"

	.text
	.globl	_start, raise_now, handler, restorer

_start:
	mov	x0, sp
	bl	start

// x0 = struct Registers. Loads all of it, and raises the signal; SP and PC it fills in.
raise_now:
	mov	x1, sp
	str	x1, [x0, #REG_SP]
	adr	x1, raised
	str	x1, [x0, #REG_PC]
	ldr	x1, [x0, #REG_FLAGS]
	msr	nzcv, x1
	ldr	x1, [x0, #REG_FPSR]
	msr	fpsr, x1
	ldr	x1, [x0, #REG_FPCR]
	msr	fpcr, x1
	add	x1, x0, #REG_VEC
	ld1	{v0.2d-v3.2d}, [x1], #64
	ld1	{v4.2d-v7.2d}, [x1], #64
	ld1	{v8.2d-v11.2d}, [x1], #64
	ld1	{v12.2d-v15.2d}, [x1], #64
	ld1	{v16.2d-v19.2d}, [x1], #64
	ld1	{v20.2d-v23.2d}, [x1], #64
	ld1	{v24.2d-v27.2d}, [x1], #64
	ld1	{v28.2d-v31.2d}, [x1], #64
	.irp	n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	ldr	x\n, [x0, #8 * \n]
	.endr
	ldr	x1, [x0, #8]
	ldr	x0, [x0]
	svc	#0
raised:
	brk	#0		// the handler does not come back

// Everything as it is at the first instruction, before any C.
handler:
	stp	x0, x1, [sp, #-16]!
	adrp	x0, raise_report + REG_SIZE
	add	x0, x0, :lo12:raise_report + REG_SIZE
	.irp	n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	str	x\n, [x0, #8 * \n]
	.endr
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0]
	mov	x1, sp
	str	x1, [x0, #REG_SP]
	adr	x1, handler
	str	x1, [x0, #REG_PC]
	mrs	x1, nzcv
	str	x1, [x0, #REG_FLAGS]
	mrs	x1, fpsr
	str	x1, [x0, #REG_FPSR]
	mrs	x1, fpcr
	str	x1, [x0, #REG_FPCR]
	add	x1, x0, #REG_VEC
	st1	{v0.2d-v3.2d}, [x1], #64
	st1	{v4.2d-v7.2d}, [x1], #64
	st1	{v8.2d-v11.2d}, [x1], #64
	st1	{v12.2d-v15.2d}, [x1], #64
	st1	{v16.2d-v19.2d}, [x1], #64
	st1	{v20.2d-v23.2d}, [x1], #64
	st1	{v24.2d-v27.2d}, [x1], #64
	st1	{v28.2d-v31.2d}, [x1], #64
	mov	x0, sp
	b	report_frame

restorer:
	brk	#0		// an address to be found in x30
	.section .note.GNU-stack, "", %progbits
