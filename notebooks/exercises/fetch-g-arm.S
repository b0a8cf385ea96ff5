// fetch-g, arm: fetch g in the handler, wherever the signal struck.
//
// This is runtime.sigFetchG, which every signal's handler asks which g it has interrupted. It runs on the signal stack.
// in      r0 = &ucontext, r10 = the interrupted code's, or with cgo what TLS had; lr = return address
// out     r0 = g, or 0 if there is no telling; r10 untouched. r0..r3 and r12 are anyone's
//
// You may use
//   uc_pc                where the interrupted PC is in the ucontext
//   runtime.iscgo        a byte: not 0 in a program with cgo
//   runtime.inVDSOPage   r0 = a PC; gives r0 = 1 or 0
//   runtime.spanOf       r0 = an address; gives r0 = its span's address or 0. A span: words 4 bytes apart at SPAN_BASE, SPAN_LIMIT,
//                        SPAN_STATE (in words); SPAN_MANUAL is the state of one that is a stack
// The trampoline has stored g in the lowest word of gsignal's stack before it calls the vDSO, but not with cgo. The word is 0
// when no such call is open.
//
//     siglab check fetch-g fetch-g-arm.S

	.globl	runtime.sigFetchG
	.type	runtime.sigFetchG, %function
runtime.sigFetchG:
	// WRITE HERE. The register is g while Go runs; in the vDSO it may be anything.
	mov	r0, r10
	bx	lr
	.size	runtime.sigFetchG, . - runtime.sigFetchG
