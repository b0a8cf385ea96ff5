#include "kernel_model/deliver.h"

#include <fmt/format.h>

#include <bit>

#include "kernel_model/faults.h"
#include "kernel_model/frame.h"

namespace siglab::kernel {
namespace {

constexpr int64_t kEintr = 4;
constexpr int kEperm = 1, kEnomem = 12, kEinval = 22;
// SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS.
constexpr SignalSet kSynchronous =
	bit(Signal::segv) | (1u << (4 - 1)) | (1u << (5 - 1)) | (1u << (7 - 1)) | (1u << (8 - 1)) | (1u << (31 - 1));

constexpr uint64_t kSiUser = 0, kSiKernel = 0x80;
constexpr uint64_t kSiTkill = static_cast<uint32_t>(-6);

// Who sends it in a Go program: a user's kill, the profiler's timer, the runtime's own tgkill.
void fill_siginfo(Frame& frame, uint8_t number) {
	frame.signo = number;
	frame.code = number == static_cast<uint8_t>(Signal::usr1) ? kSiUser : number == static_cast<uint8_t>(Signal::urg) ? kSiTkill : kSiKernel;
	if (frame.code != kSiKernel) {
		frame.pid = kPid;
		frame.uid = kUid;
	}
}

uint8_t next_signal(const Config& config, const Signals& signals) {
	const SignalSet ready = signals.pending & ~signals.blocked;
	const SignalSet first = (ready & kSynchronous) != 0 ? ready & kSynchronous : ready;
	auto number = static_cast<uint8_t>(first == 0 ? 0 : std::countr_zero(first) + 1);
	spoil<&Spoil::chosen>(config, signals, number);
	return number;
}

const Action& action_of(const Signals& signals, uint8_t number) {
	static const Action kDefault{};
	return number < signals.actions.size() ? signals.actions[number] : kDefault;
}

// A call is made again by stepping back over its instruction with its first argument back in place.
void restart_call(const Isa& isa, Cpu& cpu, const Interrupted& interrupted) {
	cpu.gpr[0] = interrupted.first_argument;
	cpu.pc -= isa.svc_size(cpu);
}

void settle_interrupted(const Config& config, Cpu& cpu, const Interrupted& interrupted, const Action& action) {
	const Isa& isa = *config.isa;
	const std::optional<Cpu> was = before(config, cpu);
	const bool again = interrupted.restart == Restart::no_intr ||
	                   (interrupted.restart == Restart::sys && (action.flags & kSaRestart) != 0);
	if (again) {
		restart_call(isa, cpu, interrupted);
	} else {
		const auto result = static_cast<uint64_t>(-kEintr);
		cpu.gpr[0] = isa.word == 4 ? static_cast<uint32_t>(result) : result;
	}
	if (was) spoil<&Spoil::settled>(config, *was, cpu);
}

Frame make_frame(const Config& config, const Thread& thread, uint8_t number, const Action& action, const Memory& memory) {
	const Isa& isa = *config.isa;
	Frame frame;
	fill_siginfo(frame, number);
	frame.stack_sp = thread.signals.altstack.sp;
	frame.stack_flags = thread.signals.altstack.flags;
	frame.stack_size = thread.signals.altstack.size;
	frame.mask = thread.signals.blocked;
	frame.oldmask = thread.signals.blocked & 0xffffffff;
	frame.record_fp = thread.cpu.gpr[29];
	frame.record_lr = thread.cpu.gpr[isa.lr];
	// The trampoline is written to the stack too, although nothing runs it there.
	if (isa.has_sigpage && (action.flags & kSaRestorer) == 0) {
		const GuestAddr code{isa.return_address(action.handler, 0) & ~uint64_t{1}};
		frame.retcode = {memory.load_word(code, 4).value_or(0), memory.load_word(code + 4, 4).value_or(0)};
	}
	return frame;
}

GuestAddr frame_address(const Config& config, const Thread& thread, const Action& action) {
	const Isa& isa = *config.isa;
	const AltStack& stack = thread.signals.altstack;
	const bool switches = (action.flags & kSaOnstack) != 0 && stack.size != 0 && !on_altstack(stack, thread.cpu.sp);
	const uint64_t top = switches ? stack.sp + stack.size : thread.cpu.sp;
	// Frame and record are multiples of the alignment, so rounding once does what Linux does in two steps.
	GuestAddr at{round_down(top - isa.frame_record_size - isa.frame_size, isa.frame_alignment)};
	spoil<&Spoil::placed>(config, isa, thread, at);
	return at;
}

bool write_frame_of(const Config& config, const Thread& thread, Frame&& frame, GuestAddr at, Memory& memory) {
	if (config.faults.none()) return write_frame(*config.isa, thread.cpu, frame, at, memory);
	Cpu cpu = thread.cpu;
	spoil<&Spoil::framed>(config, *config.isa, cpu, frame);
	return write_frame(*config.isa, cpu, frame, at, memory);
}

// setup_rt_frame. False if the frame can't be written.
bool enter_handler(const Config& config, Thread& thread, uint8_t number, const Action& action, Memory& memory) {
	const Isa& isa = *config.isa;
	const GuestAddr at = frame_address(config, thread, action);
	if (!write_frame_of(config, thread, make_frame(config, thread, number, action, memory), at, memory)) return false;
	spoil<&Spoil::written>(config, isa, at, memory);
	Cpu& cpu = thread.cpu;
	const std::optional<Cpu> was = before(config, cpu);
	cpu.gpr[0] = number;
	const FramePlaces& places = places_in_frame(isa);
	cpu.gpr[1] = at.value + places.info;
	cpu.gpr[2] = at.value + places.context;
	cpu.sp = at.value;
	if (isa.frame_record_size != 0) cpu.gpr[29] = at.value + places.record;
	cpu.gpr[isa.lr] = (action.flags & kSaRestorer) != 0 ? action.restorer : isa.return_address(action.handler, config.vdso_restorer);
	isa.enter(cpu, action.handler);
	if (was) spoil<&Spoil::entered>(config, isa, *was, cpu);
	return true;
}

SignalSet blocked_by(const Signals& signals, uint8_t number, const Action& action) {
	const SignalSet self = (action.flags & kSaNodefer) == 0 ? SignalSet{1} << (number - 1) : 0;
	return signals.blocked | (action.mask & ~kUnblockable) | self;
}

void after_delivery(const Config& config, Signals& signals, uint8_t number, const Action& action) {
	const std::optional<Signals> was = before(config, signals);
	signals.blocked = blocked_by(signals, number, action);
	if ((signals.altstack.flags & kSsAutodisarm) != 0) signals.altstack = AltStack{};
	if (was) spoil<&Spoil::delivered>(config, *was, number, action, signals);
}

WayBack killed(uint32_t frames, uint8_t number) { return {.fate = Fate::killed, .frames = frames, .killed_by = number}; }

// force_sig: SIGSEGV will be taken before any user code runs. False: nobody would handle it, so the process ends.
bool force(Signals& signals) {
	const uint64_t handler = signals.actions[static_cast<size_t>(Signal::segv)].handler;
	if ((signals.blocked & bit(Signal::segv)) != 0 || handler == kSigDfl || handler == kSigIgn) return false;
	signals.pending |= bit(Signal::segv);
	return true;
}

}  // namespace

bool on_altstack(const AltStack& stack, uint64_t sp) {
	if ((stack.flags & kSsAutodisarm) != 0) return false;
	return sp > stack.sp && sp - stack.sp <= stack.size;
}

int set_altstack(const Isa& isa, AltStack& stack, const AltStack& wanted, uint64_t sp) {
	if (on_altstack(stack, sp)) return kEperm;
	const uint32_t mode = wanted.flags & ~kSsAutodisarm;
	if (mode != 0 && mode != kSsDisable && mode != kSsOnstack) return kEinval;
	if (mode == kSsDisable) {
		stack = {.sp = 0, .size = 0, .flags = wanted.flags};
		return 0;
	}
	if (wanted.size < isa.min_sigstack) return kEnomem;
	stack = wanted;
	return 0;
}

void send_in_place(Thread& thread, Signal signal) {
	thread.signals.pending |= bit(signal);
}

bool deliverable(const Signals& signals, Signal signal) { return (signals.blocked & bit(signal)) == 0; }

SignalSet blocked_in_handler(const Signals& signals, Signal signal) {
	const auto number = static_cast<uint8_t>(signal);
	return blocked_by(signals, number, action_of(signals, number));
}

WayBack return_to_user_in_place(const Config& config, Thread& now, Memory& memory, std::optional<Interrupted> interrupted) {
	uint32_t frames = 0;
	while (const uint8_t number = next_signal(config, now.signals)) {
		now.signals.pending &= ~(SignalSet{1} << (number - 1));
		spoil<&Spoil::taken>(config, now.signals, number);
		const Action& action = action_of(now.signals, number);  // of a table that stays
		const bool ignored = action.handler == kSigIgn ||
		                     (action.handler == kSigDfl && (kIgnoredByDefault >> (number - 1) & 1) != 0);
		if (ignored) continue;
		if (action.handler == kSigDfl) return killed(frames, number);
		if (interrupted) settle_interrupted(config, now.cpu, *interrupted, action);
		interrupted.reset();
		if ((action.flags & kSaResethand) != 0) {
			Action reset = action;
			reset.handler = kSigDfl;
			now.signals.actions.set(number, reset);
		}
		if (!enter_handler(config, now, number, action, memory)) {
			// force_sigsegv: SIGSEGV's own handler may still have a stack to run on, but its own frame gets no second chance.
			constexpr auto kSegv = static_cast<uint8_t>(Signal::segv);
			if (number == kSegv || !force(now.signals)) return killed(frames, kSegv);
			continue;
		}
		after_delivery(config, now.signals, number, action);
		++frames;
	}
	// Nobody handled anything: every kind of interrupted call is simply made again.
	if (interrupted) restart_call(*config.isa, now.cpu, *interrupted);
	return {.frames = frames};
}

Status sigreturn_in_place(const Config& config, Thread& thread, const Memory& memory) {
	const Isa& isa = *config.isa;
	const std::optional<Thread> was = before(config, thread);
	uint64_t sp = thread.cpu.sp;
	spoil<&Spoil::returning>(config, isa, sp);
	if (sp != round_down(sp, isa.frame_alignment)) {
		return Error{Exit::deviation, fmt::format("sigreturn: sp {:#x} is not {}-byte aligned", sp, isa.frame_alignment)};
	}
	Result<uint64_t> flags = check_frame(isa, {sp}, memory);
	if (!flags) return flags.error();
	spoil<&Spoil::read>(config, isa, *flags);
	if (!isa.valid_user_flags(*flags)) {
		return Error{Exit::deviation, fmt::format("sigreturn: flags {:#x} in the frame are not user mode's", *flags)};
	}
	Frame frame;
	read_frame(isa, {sp}, memory, thread.cpu, frame);
	thread.cpu.flags = *flags & isa.flags_mask;
	thread.signals.blocked = frame.mask & ~kUnblockable;
	// restore_altstack: as sigaltstack would, but its refusal is not an error; this is what arms an SS_AUTODISARM stack again.
	const AltStack wanted = {frame.stack_sp, frame.stack_size, static_cast<uint32_t>(frame.stack_flags)};
	(void)set_altstack(isa, thread.signals.altstack, wanted, thread.cpu.sp);
	if (was) spoil<&Spoil::returned>(config, isa, *was, thread);
	return Done{};
}

WayBack force_segv_in_place(const Config& config, Thread& thread, Memory& memory) {
	if (!force(thread.signals)) return killed(0, static_cast<uint8_t>(Signal::segv));
	return return_to_user_in_place(config, thread, memory);
}

Thread send(const Thread& thread, Signal signal) {
	Thread sent = thread;
	send_in_place(sent, signal);
	return sent;
}

Resumed return_to_user(const Config& config, const Thread& thread, Memory& memory, std::optional<Interrupted> interrupted) {
	Resumed resumed;
	resumed.thread = thread;
	static_cast<WayBack&>(resumed) = return_to_user_in_place(config, resumed.thread, memory, interrupted);
	return resumed;
}

Resumed force_segv(const Config& config, const Thread& thread, Memory& memory) {
	Resumed resumed;
	resumed.thread = thread;
	static_cast<WayBack&>(resumed) = force_segv_in_place(config, resumed.thread, memory);
	return resumed;
}

}  // namespace siglab::kernel
