// The signal frame's layout as the system's own headers have it: one line "name offset size" for each row of isa/.
//
// arm64: the kernel's uapi headers have every struct but rt_sigframe. arm: ucontext and the VFP block are in no uapi header; ucontext_t is
// glibc's, whose layout is the kernel's, and the VFP structs repeat arch/arm/include/asm/{user,ucontext}.h, so that at least the compiler
// works out their offsets.

#include <stddef.h>

#ifdef __aarch64__

#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>
int printf(const char *format, ...);  // <stdio.h> would bring glibc's signal types along

// arch/arm64/kernel/signal.c
struct rt_sigframe {
	struct siginfo info;
	struct ucontext uc;
};
struct frame_record {
	__u64 fp, lr;
};
enum { kRecord = (sizeof(struct rt_sigframe) + 15) & ~15 };  // where the frame record lies in the lab's frames: right behind
#define MCONTEXT uc.uc_mcontext.
#define RESERVED offsetof(struct rt_sigframe, uc.uc_mcontext.__reserved)
#define FPSIMD(member) (RESERVED + offsetof(struct fpsimd_context, member)), sizeof(((struct fpsimd_context *)0)->member)
#define RESERVED_END(member) (RESERVED + sizeof(struct fpsimd_context) + offsetof(struct _aarch64_ctx, member)), 4

_Static_assert(FPSIMD_MAGIC == 0x46508001 && sizeof(struct fpsimd_context) == 0x210, "fpsimd_context");
_Static_assert(sizeof(((struct rt_sigframe *)0)->uc.uc_mcontext.__reserved) == 4096, "__reserved");

#else

#include <asm/ptrace.h>
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>

// arch/arm/include/asm/user.h and ucontext.h
struct user_vfp {
	unsigned long long fpregs[32];
	unsigned long fpscr;
};
struct user_vfp_exc {
	unsigned long fpexc, fpinst, fpinst2;
};
struct vfp_sigframe {
	unsigned long magic, size;
	struct user_vfp ufp;
	struct user_vfp_exc ufp_exc;
} __attribute__((__aligned__(8)));
struct aux_sigframe {
	struct vfp_sigframe vfp;
	unsigned long end_magic;
} __attribute__((__aligned__(8)));

// arch/arm/kernel/signal.h
struct rt_sigframe {
	siginfo_t info;
	struct {
		ucontext_t uc;
		unsigned long retcode[4];
	} sig;
};
#define uc sig.uc
#define MCONTEXT uc.uc_mcontext.
#define AUX(member) (offsetof(struct rt_sigframe, uc.uc_regspace) + offsetof(struct aux_sigframe, member)), \
	sizeof(((struct aux_sigframe *)0)->member)

_Static_assert(offsetof(struct user_vfp, fpscr) + 4 == ARM_VFPREGS_SIZE, "user_vfp against asm/ptrace.h");
_Static_assert(sizeof(struct vfp_sigframe) == 288, "VFP_STORAGE_SIZE");

#endif

#define AT(member) offsetof(struct rt_sigframe, member), sizeof(((struct rt_sigframe *)0)->member)

static void row(const char *name, size_t offset, size_t size)
{
	printf("%s %lu %lu\n", name, (unsigned long)offset, (unsigned long)size);
}

int main(void)
{
	row("si_signo", AT(info.si_signo));
	row("si_errno", AT(info.si_errno));
	row("si_code", AT(info.si_code));
	row("si_pid", AT(info.si_pid));
	row("si_uid", AT(info.si_uid));
	row("uc_flags", AT(uc.uc_flags));
	row("uc_link", AT(uc.uc_link));
	row("uc_stack.ss_sp", AT(uc.uc_stack.ss_sp));
	row("uc_stack.ss_flags", AT(uc.uc_stack.ss_flags));
	row("uc_stack.ss_size", AT(uc.uc_stack.ss_size));
	row("uc_sigmask", offsetof(struct rt_sigframe, uc.uc_sigmask), 64 / 8);  // the kernel's sigset_t: _NSIG bits; glibc's has 1024
	row("fault_address", AT(MCONTEXT fault_address));
#ifdef __aarch64__
	row("regs", AT(MCONTEXT regs));
	row("sp", AT(MCONTEXT sp));
	row("pc", AT(MCONTEXT pc));
	row("pstate", AT(MCONTEXT pstate));
	row("fpsimd.head.magic", FPSIMD(head.magic));
	row("fpsimd.head.size", FPSIMD(head.size));
	row("fpsimd.fpsr", FPSIMD(fpsr));
	row("fpsimd.fpcr", FPSIMD(fpcr));
	row("fpsimd.vregs", FPSIMD(vregs));
	row("end.magic", RESERVED_END(magic));
	row("end.size", RESERVED_END(size));
	row("frame_record.fp", kRecord + offsetof(struct frame_record, fp), 8);
	row("frame_record.lr", kRecord + offsetof(struct frame_record, lr), 8);
#else
	row("trap_no", AT(MCONTEXT trap_no));
	row("error_code", AT(MCONTEXT error_code));
	row("oldmask", AT(MCONTEXT oldmask));
	row("arm_r0..arm_ip", offsetof(struct rt_sigframe, MCONTEXT arm_r0),
	    offsetof(struct rt_sigframe, MCONTEXT arm_sp) - offsetof(struct rt_sigframe, MCONTEXT arm_r0));
	row("arm_sp", AT(MCONTEXT arm_sp));
	row("arm_lr", AT(MCONTEXT arm_lr));
	row("arm_pc", AT(MCONTEXT arm_pc));
	row("arm_cpsr", AT(MCONTEXT arm_cpsr));
	row("vfp.magic", AUX(vfp.magic));
	row("vfp.size", AUX(vfp.size));
	row("vfp.ufp.fpregs", AUX(vfp.ufp.fpregs));
	row("vfp.ufp.fpscr", AUX(vfp.ufp.fpscr));
	row("vfp.ufp_exc.fpexc", AUX(vfp.ufp_exc.fpexc));
	row("end.magic", AUX(end_magic));
	row("retcode", offsetof(struct rt_sigframe, sig.retcode), 2 * 4);  // setup_return() fills in two of the four words
#endif
	row("sizeof", 0, sizeof(struct rt_sigframe));
	row("minsigstksz", 0, MINSIGSTKSZ);
	return 0;
}
