// The page in which 32-bit Linux keeps the code that a signal handler returns to (arch/arm/kernel/sigreturn_codes.S).
//
// Mapped at  SIGPAGE. The kernel places it at random; the lab does not.
// in         sp = the rt_sigframe, as the handler was entered with
// Two ways in, because a handler may return in either instruction set: SIGPAGE for ARM, SIGPAGE + SIGPAGE_THUMB (+1) for Thumb.

#include "layout.h"

	.syntax	unified
	.text
	.globl	rt_sigreturn.arm
	.globl	rt_sigreturn.thumb

	.arm
	.type	rt_sigreturn.arm, %function
rt_sigreturn.arm:
	// 173 is rt_sigreturn. It does not return: the frame says where to go on.
	mov	r7, #173
	// The old ABI's number in the instruction, as Linux has it: debuggers know the trampoline by these two words. Nobody else looks.
	svc	#0x9000ad
	.size	rt_sigreturn.arm, . - rt_sigreturn.arm

	.thumb
	.type	rt_sigreturn.thumb, %function
rt_sigreturn.thumb:
	movs	r7, #173
	svc	#0
	.size	rt_sigreturn.thumb, . - rt_sigreturn.thumb
