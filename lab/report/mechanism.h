// The mechanism behind each way in which a property breaks, in plain words: what happened, and what comes of it.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "record/finding.h"

namespace siglab {

struct Mechanism {
	std::string_view what;
	std::string_view so;
};

namespace mechanism_table {

// By Kind.
inline constexpr std::array<Mechanism, static_cast<size_t>(Kind::unused) + 1> kRows = {{
	{"The signal came while the g register held something else, as C code may have it, and the handler believed it.",
	 "It goes on with a number that is nobody's g, or somebody else's: it reads its stack bounds and its m through it."},
	{"The handler took g for nil, though the interrupted code has an owner.",
	 "Without g there is no m: badsignal waits for ever or ends the process, and a profile sample has no stack."},

	{"A register that the handler's run should have given back has changed.",
	 "The interrupted code goes on with a value that it never computed."},
	{"The handler's run changed memory that the interrupted code owns.",
	 "What is read there later is the handler's, not what was put there."},
	{"The handler's own vDSO call used the slot for its g and cleared it, while the interrupted call still relies on it.",
	 "A second signal in the same call finds 0 there, and goes on without g."},
	{"The handler's own vDSO call left vdsoSP cleared, though the interrupted call is still open.",
	 "The next SIGPROF in this call finds no traceback: the profiler unwinds from a PC in C code."},
	{"The handler's own vDSO call left its vdsoPC behind in place of the interrupted call's.",
	 "The next SIGPROF in this call unwinds one call's PC on another call's stack."},
	{"What the kernel keeps for the thread (blocked signals, the signal stack) is not as it was.",
	 "Later signals come when they should not, or not at all, or on another stack."},

	{"The slot holds something else than the owner's g (0 where no call has filled it).",
	 "A signal that comes now takes that value for its g."},
	{"The handler's own vDSO call stored its g over the one that the interrupted call keeps there.",
	 "When that call ends it clears the slot, and the interrupted call's g is lost."},
	{"g was stored somewhere else than at the bottom of this m's live Go signal stack.",
	 "It overwrites what others keep there, and the handler, which looks in the right place, finds nothing."},

	{"vdsoSP was 0 when the profiler asked, though a call was open and SP was no longer the caller's.",
	 "The profiler unwinds from a PC in C code: the sample loses its callers, and on g0 the unwinder may crash."},
	{"vdsoSP was the trampoline's own SP, not its caller's.",
	 "With the caller's PC the unwinder takes the wrong frame, and loses its way up the stack."},
	{"vdsoPC and vdsoSP did not belong to the same open call.", "The profiler unwinds one call's PC on another call's stack."},
	{"vdsoSP was set, but vdsoPC was not.", "The profiler starts to unwind from PC 0."},

	{"A call returned a time that the kernel's clock never held while the call ran.",
	 "Deadlines, profiles and timers are wrong, and nothing says so."},

	{"The vDSO returned without giving a callee-saved register back: it breaks AAPCS itself.",
	 "If it is g that is lost, no version of Go can hold anything after it: what follows is a consequence."},
	{"The vDSO wrote memory that is not its own: neither its stack nor the timespec it was to fill.", "Whatever lived there is gone."},
	{"A trampoline returned with another SP or another g than its caller had.",
	 "Its Go caller goes on with a frame or a g that is not its own."},
	{"sigtramp did not give a callee-saved register back, though its version promises that.",
	 "A C handler that was there before Go, and calls it, loses a value."},
	{"C code was called on a stack that is not for C, or Go's handler ran outside the bounds of its own g's stack.",
	 "C code runs over a goroutine's small stack; Go's check for enough stack believes the wrong bounds."},

	{"An instruction touched memory that is not mapped, or not for that use.", "SIGSEGV in the signal path: the process dies."},
	{"The CPU met what is not an instruction it knows.", "SIGILL in the signal path: the process dies."},
	{"The process gave up and left: exit_group.", "Every goroutine ends with it."},
	{"The kernel killed the process: the signal could not be delivered, or its default action is to end it.",
	 "Every goroutine ends with it."},
	{"The same state came a second time: it will come for ever.", "The thread never returns from here."},
	{"The guest asked the kernel for something that the lab does not model.", "Nothing is known about what comes after."},

	{"The signal was delivered, but sigtramp or the handler never noted it.", "The check of this boundary is void."},
	{"The signal arrived, but with another number or PC than it was sent with.", "The check of this boundary is void."},

	{"The handler knew the right g, but the g register still held the interrupted code's value up to setg(gsignal).",
	 "Latent: any code in between that asks for g in the usual way gets the wrong one."},

	{"The vDSO exports the function, but the runtime did not find it, and took the system call.",
	 "Nothing breaks and time is right: but the vDSO path is slow, and every test of it tests nothing."},
}};

}  // namespace mechanism_table

constexpr const Mechanism& mechanism_of(Verdict verdict) { return mechanism_table::kRows[static_cast<size_t>(verdict.kind)]; }
// Every kind has its words, and they fit a line of 120 columns.
static_assert(std::all_of(mechanism_table::kRows.begin(), mechanism_table::kRows.end(), [](const Mechanism& m) {
	return !m.what.empty() && !m.so.empty() && m.what.size() <= 118 && m.so.size() <= 118;
}));

}  // namespace siglab
