// What a program that signals itself reports: shared by raise.c, which runs under qemu-user, and the test that reads its output.
#ifndef SIGLAB_TESTS_CROSS_RAISE_H
#define SIGLAB_TESTS_CROSS_RAISE_H

// Variants: bits of a number from 0 on, which the program is given as a letter from a on.
#define RAISE_ALTSTACK    1  // with SA_ONSTACK and an alternate stack
#define RAISE_BY_KILL     2  // SIGUSR1 by kill; else SIGURG by tgkill
#define RAISE_NO_RESTORER 4  // without SA_RESTORER
#define RAISE_THUMB       8  // arm: out of an IT block in Thumb code, into a Thumb handler

// Offsets in struct Registers, for the assembly.
#define REG_GPR   0
#define REG_SP    248
#define REG_PC    256
#define REG_FLAGS 264
#define REG_FPSR  272
#define REG_FPCR  280
#define REG_VEC   288
#define REG_SIZE  800

#define RAISE_FRAME_ARM64 (4688 + 16)
#define RAISE_FRAME_ARM   888

#ifndef __ASSEMBLER__
#include <stdint.h>

// As siglab's Cpu.
struct Registers {
	uint64_t gpr[31];
	uint64_t sp, pc, flags, fpsr, fpcr;
	uint64_t vec[64];
};

struct RaiseReport {
	struct Registers before;  // at the instruction after the system call that raises the signal; but gpr[0] is still its argument
	struct Registers entry;   // at the handler's first instruction
	uint64_t signal, pid, uid, handler, restorer, action_flags, action_mask;
	uint64_t mask_before, mask_inside;
	uint64_t stack_sp, stack_size, stack_flags;
	uint8_t frame[RAISE_FRAME_ARM64];  // from the entry's SP on; arm: its first RAISE_FRAME_ARM bytes
};
#endif

#endif
