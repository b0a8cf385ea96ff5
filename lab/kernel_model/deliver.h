// Signal delivery and return: what Linux does between "a signal is pending" and its handler's first instruction, and on the way back.
//
// Models    get_signal, handle_signal and setup_rt_frame on the return to user mode, with its loop; sa_mask, SA_NODEFER, SA_RESETHAND,
//           SA_ONSTACK, SS_AUTODISARM; system call restart; rt_sigreturn with its checks.
// Does not  model stopping, core dumps, ptrace, group-wide signals, other threads, SVE/SME records; handlers without SA_SIGINFO (they
//           are entered as if they had it); restart_syscall (an unhandled ERESTART_RESTARTBLOCK makes the call itself again); that a
//           refused sigreturn may already have restored registers and mask (its SIGSEGV finds the thread as it made the call).
// Follows   Linux 6.1 kernel/signal.c, arch/arm64/kernel/signal.c, arch/arm/kernel/signal.c; rows in isa/.
#pragma once

#include "kernel_model/kernel.h"

namespace siglab::kernel {

// Signals whose default action is to be ignored: SIGCHLD, SIGCONT, SIGURG, SIGWINCH.
inline constexpr SignalSet kIgnoredByDefault = (1u << (17 - 1)) | (1u << (18 - 1)) | bit(Signal::urg) | (1u << (28 - 1));

// A system call that a signal interrupted before it had a result.
enum class Restart : uint8_t { sys = 0, no_intr, no_hand, block };  // ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK
struct Interrupted {
	Restart restart = Restart::sys;
	uint64_t first_argument = 0;  // x0 / r0 as the call was made with: its result has overwritten it
};

enum class Fate : uint8_t {
	runs,        // cpu.pc is the next instruction of user code
	killed,      // a signal's default action, or a frame that could not be written, ended the process
};

struct WayBack {
	Fate fate = Fate::runs;
	uint32_t frames = 0;          // handlers that have been set up, the last one innermost
	uint8_t killed_by = 0;        // the signal's number, if killed
};
struct Resumed : WayBack {
	Thread thread;
};

// Marks a signal as pending, as tgkill or a timer does. Pending twice is pending once.
Thread send(const Thread& thread, Signal signal);

// Whether return_to_user would take it now.
bool deliverable(const Signals& signals, Signal signal);

// What is blocked inside that signal's handler.
SignalSet blocked_in_handler(const Signals& signals, Signal signal);

// The way back to user mode: takes every pending signal that is not blocked, lowest number first but synchronous ones before, and sets up
// one frame for each on top of the other.
// Requires  thread.cpu at an instruction boundary in user mode.
Resumed return_to_user(const Config& config, const Thread& thread, Memory& memory, std::optional<Interrupted> interrupted = std::nullopt);

// do_sigaltstack with user code at `sp`: 0, or the error number with which Linux refuses, and nothing done.
int set_altstack(const Isa& isa, AltStack& stack, const AltStack& wanted, uint64_t sp);

// SIGSEGV that can't be put off: kills if it is blocked, ignored or has no handler; else delivers.
Resumed force_segv(const Config& config, const Thread& thread, Memory& memory);

// The same on the thread itself: a Thread is nearly 1 KB, and a sweep makes each of these transitions a hundred thousand times.
void send_in_place(Thread& thread, Signal signal);
WayBack return_to_user_in_place(const Config& config, Thread& thread, Memory& memory,
                                std::optional<Interrupted> interrupted = std::nullopt);
// rt_sigreturn with SP at the frame: registers, mask and alternate stack as the frame has them. Does not look for pending signals: the
// caller goes on with return_to_user_in_place.
// Errors    SP not aligned, no readable frame, a wrong magic, no valid user-mode flags: Linux forces SIGSEGV. The text says which. The thread
//           is as it was.
Status sigreturn_in_place(const Config& config, Thread& thread, const Memory& memory);
WayBack force_segv_in_place(const Config& config, Thread& thread, Memory& memory);

// Whether SP is on the alternate stack, by the kernel's rule: (ss_sp, ss_sp + ss_size], and never with SS_AUTODISARM.
bool on_altstack(const AltStack& stack, uint64_t sp);

}  // namespace siglab::kernel
