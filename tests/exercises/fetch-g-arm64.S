// fetch-g, arm64: a model answer. What Go has had since 1.24.

	.globl	runtime.sigFetchG
	.type	runtime.sigFetchG, %function
runtime.sigFetchG:
	str	x30, [sp, #-16]!

	// With cgo the register is right: sigtramp has had it from TLS.
	adrp	x9, runtime.iscgo
	ldrb	w9, [x9, #:lo12:runtime.iscgo]
	cbnz	x9, sigFetchG.register

	// Outside the vDSO the register is g, or so everybody believes.
	ldr	x0, [x0, #uc_pc]
	bl	runtime.inVDSOPage
	cbz	x0, sigFetchG.register

	// Inside it may be anything. But the trampoline has left g in the lowest word of the signal stack, and that is the stack we run on:
	// a manual span whose base is the stack's base. If our caller's sp lies in no such span, we run on somebody else's stack.
	add	x0, sp, #16
	bl	runtime.spanOf
	cbz	x0, sigFetchG.nil
	ldr	x1, [x0, #(SPAN_STATE * 8)]
	cmp	x1, #SPAN_MANUAL
	b.ne	sigFetchG.nil
	add	x2, sp, #16
	ldr	x1, [x0, #(SPAN_BASE * 8)]
	cmp	x1, x2
	b.hs	sigFetchG.nil
	ldr	x3, [x0, #(SPAN_LIMIT * 8)]
	cmp	x2, x3
	b.hs	sigFetchG.nil

	// The slot; zero, hence nil, if no g is there now.
	ldr	x0, [x1]
	b	sigFetchG.done

sigFetchG.register:
	mov	x0, x28
	b	sigFetchG.done
sigFetchG.nil:
	mov	x0, xzr
sigFetchG.done:
	ldr	x30, [sp], #16
	ret
	.size	runtime.sigFetchG, . - runtime.sigFetchG
