// fetch-g, arm64: fetch g in the handler, wherever the signal struck.
//
// This is runtime.sigFetchG, which every signal's handler asks which g it has interrupted. It runs on the signal stack.
// in      x0 = &ucontext, x28 = the interrupted code's, or with cgo what TLS had; lr = return address
// out     x0 = g, or 0 if there is no telling; x28 untouched. x0..x17 are anyone's
//
// You may use
//   uc_pc                where the interrupted PC is in the ucontext
//   runtime.iscgo        a byte: not 0 in a program with cgo
//   runtime.inVDSOPage   x0 = a PC; gives x0 = 1 or 0
//   runtime.spanOf       x0 = an address; gives x0 = its span's address or 0. A span: words 8 bytes apart at SPAN_BASE, SPAN_LIMIT,
//                        SPAN_STATE (in words); SPAN_MANUAL is the state of one that is a stack
// The trampoline has stored g in the lowest word of gsignal's stack before it calls the vDSO, but not with cgo. The word is 0
// when no such call is open.
//
//     siglab check fetch-g fetch-g-arm64.S

	.globl	runtime.sigFetchG
	.type	runtime.sigFetchG, %function
runtime.sigFetchG:
	// WRITE HERE. The register is g while Go runs; in the vDSO it may be anything.
	mov	x0, x28
	ret
	.size	runtime.sigFetchG, . - runtime.sigFetchG
