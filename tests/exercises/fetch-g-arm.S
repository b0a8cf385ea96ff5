// fetch-g, arm: a model answer. What Go has had since 1.24.

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
