// System calls: the few that a runtime makes around signals and time.
//
// Models    rt_sigreturn, rt_sigaction, rt_sigprocmask, sigaltstack, tgkill, kill, getpid, gettid, clock_gettime, clock_getres, both with
//           64-bit times too, gettimeofday, getrandom, nanosleep, write to 1 and 2, exit, exit_group; and the lab's own HYPERCALL_DONE.
// Does not  model anything else: such a call is refused by its number, and the run ends there; so are handlers of real-time signals,
//           signals that stop a process, and clocks of CPU time. getrandom gives the same bytes each time. Sleeping takes no time: the clock moves only by `tick`.
// Follows   Linux 6.1 kernel/signal.c (do_sigaction, sigprocmask, do_sigaltstack), kernel/time/posix-timers.c.
#pragma once

#include "kernel_model/deliver.h"
#include "kernel_model/vvar.h"

namespace siglab::kernel {

enum class CallEnd : uint8_t {
	resumed,    // user code goes on at thread.cpu.pc; `frames` tells of handlers set up on the way
	done,       // HYPERCALL_DONE: the walk is over
	returned,   // rt_sigreturn came back from a handler; user code goes on
	exited,     // exit or exit_group; `code`
	killed,     // a signal ended the process; `code` is its number
	refused,    // not modelled; `text` names the call
};

struct Answer {
	CallEnd end = CallEnd::resumed;
	uint32_t frames = 0;
	int code = 0;
	std::string text;  // refused: what. killed by a bad sigreturn: why. write: the bytes written
};
struct CallResult : Answer {
	Thread thread;
};

// The system call that thread.cpu has just made: PC is behind the svc, the number in its register.
CallResult syscall(const Config& config, const Thread& thread, Memory& memory);
// The same on the thread itself. Refused: the thread is as it was.
Answer syscall_in_place(const Config& config, Thread& thread, Memory& memory);

// One entry of the auxiliary vector.
struct AuxEntry {
	uint64_t type = 0;
	uint64_t value = 0;
};
// What the runtime is told at its start: AT_PAGESZ, AT_SYSINFO_EHDR if there is a vDSO (at `vdso`; 0: none), AT_NULL.
std::vector<AuxEntry> auxv(uint64_t vdso);

}  // namespace siglab::kernel
