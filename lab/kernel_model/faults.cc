#include "kernel_model/faults.h"

#include <bit>

#include "guest_asm/layout.h"
#include "kernel_model/vvar.h"

namespace siglab::kernel {
namespace {

constexpr uint64_t kConditions = 0xf0000000, kIfThen = 0x0600fc00, kThumb = 0x20, kVectorLength = 7u << 16;

bool is_64_bit(const Isa& isa) { return isa.word == 8; }
bool has_thumb(const Isa& isa) { return (isa.flags_mask & kThumb) != 0; }

SignalSet set_of(uint8_t number) { return SignalSet{1} << (number - 1); }

// The call that a thread made, and the address that its n-th argument names.
bool is_call(const Isa& isa, const Thread& before, uint32_t SyscallNumbers::*number) {
	return before.cpu.gpr[isa.syscall_register] == isa.sys.*number;
}
GuestAddr argument(const Thread& before, size_t n) { return {before.cpu.gpr[n]}; }

// In the order of the enumeration.
constexpr Spoil kFaults[] = {
	// ---- which signal, and when ----
	{.fault = Fault::highest_first, .name = "highest-first", .meaning = "of several signals the highest number is taken first",
	 .chosen = [](const Signals& signals, uint8_t& number) {
		 const SignalSet ready = signals.pending & ~signals.blocked;
		 if (number != 0) number = static_cast<uint8_t>(64 - std::countl_zero(ready));
	 }},
	{.fault = Fault::faults_wait, .name = "faults-wait", .meaning = "a synchronous signal waits for those with lower numbers",
	 .chosen = [](const Signals& signals, uint8_t& number) {
		 const SignalSet ready = signals.pending & ~signals.blocked;
		 if (number != 0) number = static_cast<uint8_t>(std::countr_zero(ready) + 1);
	 }},
	{.fault = Fault::mask_ignored, .name = "mask-ignored", .meaning = "a blocked signal is taken all the same",
	 .chosen = [](const Signals& signals, uint8_t& number) {
		 if (signals.pending != 0) number = static_cast<uint8_t>(std::countr_zero(signals.pending) + 1);
	 }},
	{.fault = Fault::taken_twice, .name = "taken-twice", .meaning = "a signal stays pending although it was taken, and comes again at the return",
	 .taken = [](Signals& signals, uint8_t number) {
		 const uint64_t handler = signals.actions[number].handler;
		 // One that nobody handles would be taken for ever.
		 if (handler != kSigDfl && handler != kSigIgn) signals.pending |= set_of(number);
	 }},

	// ---- interrupted calls ----
	{.fault = Fault::restart_argument_lost, .name = "restart-argument-lost", .meaning = "a call is made again with its result as first argument",
	 .settled = [](const Cpu& before, Cpu& cpu) { cpu.gpr[0] = before.gpr[0]; }},
	{.fault = Fault::restart_forgotten, .name = "restart-forgotten", .meaning = "PC is not put back to the call that is to be made again",
	 .settled = [](const Cpu& before, Cpu& cpu) { cpu.pc = before.pc; }},
	{.fault = Fault::restart_always, .name = "restart-always", .meaning = "a call is made again that should have failed with EINTR",
	 .settled = [](const Cpu& before, Cpu& cpu) { cpu.pc = before.pc - 4; }},

	// ---- where the frame goes, and what is in it ----
	{.fault = Fault::onstack_ignored, .name = "onstack-ignored", .meaning = "SA_ONSTACK is ignored: the frame goes to the interrupted stack",
	 .placed = [](const Isa& isa, const Thread& thread, GuestAddr& at) {
		 at = {round_down(thread.cpu.sp - isa.frame_record_size - isa.frame_size, isa.frame_alignment)};
	 }},
	{.fault = Fault::nested_at_top, .name = "nested-at-top", .meaning = "a second frame on the signal stack overwrites the first",
	 .placed = [](const Isa& isa, const Thread& thread, GuestAddr& at) {
		 const AltStack& stack = thread.signals.altstack;
		 if (on_altstack(stack, thread.cpu.sp)) at = {round_down(stack.sp + stack.size - isa.frame_record_size - isa.frame_size, isa.frame_alignment)};
	 }},
	{.fault = Fault::frame_misaligned, .name = "frame-misaligned", .meaning = "the frame is 4 bytes too low",
	 .placed = [](const Isa&, const Thread&, GuestAddr& at) { at = at - 4; }},
	{.fault = Fault::vec_register_lost, .name = "vec-register-lost", .meaning = "one FP/SIMD word is saved as 0",
	 .framed = [](const Isa&, Cpu& cpu, Frame&) { cpu.vec[17] = 0; }},
	{.fault = Fault::conditions_lost, .name = "conditions-lost", .meaning = "the condition flags are saved as 0",
	 .framed = [](const Isa&, Cpu& cpu, Frame&) { cpu.flags &= ~kConditions; }},
	{.fault = Fault::if_then_lost, .name = "if-then-lost", .meaning = "the state of an IT block is not saved", .exists = has_thumb,
	 .framed = [](const Isa&, Cpu& cpu, Frame&) { cpu.flags &= ~kIfThen; }},
	{.fault = Fault::fp_status_lost, .name = "fp-status-lost", .meaning = "FPSR / FPSCR is saved as 0",
	 .framed = [](const Isa&, Cpu& cpu, Frame&) { cpu.fpsr = 0; }},
	{.fault = Fault::fp_control_lost, .name = "fp-control-lost", .meaning = "FPCR is saved as 0", .exists = is_64_bit,
	 .framed = [](const Isa&, Cpu& cpu, Frame&) { cpu.fpcr = 0; }},
	{.fault = Fault::pc_too_far, .name = "pc-too-far", .meaning = "the instruction after the interrupted one is saved as PC",
	 .framed = [](const Isa&, Cpu& cpu, Frame&) { cpu.pc += 4; }},
	{.fault = Fault::mask_saved_late, .name = "mask-saved-late", .meaning = "uc_sigmask is the handler's mask, not the interrupted code's",
	 .framed = [](const Isa&, Cpu&, Frame& frame) { frame.mask |= set_of(static_cast<uint8_t>(frame.signo)); }},
	{.fault = Fault::uc_stack_stale, .name = "uc-stack-stale", .meaning = "uc_stack describes another signal stack than the present one",
	 .framed = [](const Isa&, Cpu&, Frame& frame) { frame.stack_size -= kPageSize; }},
	{.fault = Fault::uc_stack_flags, .name = "uc-stack-flags", .meaning = "uc_stack says that there is no signal stack",
	 .framed = [](const Isa&, Cpu&, Frame& frame) { frame.stack_flags = kSsDisable; }},
	{.fault = Fault::signo_wrong, .name = "signo-wrong", .meaning = "si_signo is the number of another signal",
	 .framed = [](const Isa&, Cpu&, Frame& frame) { ++frame.signo; }},
	{.fault = Fault::sender_wrong, .name = "sender-wrong", .meaning = "si_code says that a user sent what the kernel did",
	 .framed = [](const Isa&, Cpu&, Frame& frame) { frame.code = 0; }},
	{.fault = Fault::retcode_missing, .name = "retcode-missing", .meaning = "the return trampoline is not written to the stack",
	 .exists = [](const Isa& isa) { return isa.has_sigpage; }, .framed = [](const Isa&, Cpu&, Frame& frame) { frame.retcode.reset(); }},
	{.fault = Fault::record_unlinked, .name = "record-unlinked", .meaning = "the frame record does not lead to the interrupted frame",
	 .exists = [](const Isa& isa) { return isa.frame_record_size != 0; }, .framed = [](const Isa&, Cpu&, Frame& frame) { frame.record_fp = 0; }},
	{.fault = Fault::siginfo_not_cleared, .name = "siginfo-not-cleared", .meaning = "the rest of siginfo keeps what the stack held",
	 .written = [](const Isa&, GuestAddr at, Memory& memory) { (void)memory.place_word(at + 120, 0xa5a5a5a5, 4); }},
	{.fault = Fault::magic_missing, .name = "magic-missing", .meaning = "the FP/SIMD record has no magic, and the return is refused",
	 .written = [](const Isa& isa, GuestAddr at, Memory& memory) { (void)memory.place_word(at + frame_offset(isa, FrameField::constant), 0, 4); }},

	// ---- how the handler starts ----
	{.fault = Fault::arguments_wrong, .name = "arguments-wrong", .meaning = "the handler's third argument is siginfo, not ucontext",
	 .entered = [](const Isa&, const Cpu&, Cpu& cpu) { cpu.gpr[2] = cpu.gpr[1]; }},
	{.fault = Fault::number_wrong, .name = "number-wrong", .meaning = "the handler's first argument is another signal",
	 .entered = [](const Isa&, const Cpu&, Cpu& cpu) { ++cpu.gpr[0]; }},
	{.fault = Fault::registers_cleared, .name = "registers-cleared", .meaning = "the handler starts with 0 in the g register",
	 .entered = [](const Isa& isa, const Cpu&, Cpu& cpu) { cpu.gpr[isa.g] = 0; }},
	{.fault = Fault::restorer_lost, .name = "restorer-lost", .meaning = "the handler returns to where the interrupted code would have",
	 .entered = [](const Isa& isa, const Cpu& interrupted, Cpu& cpu) { cpu.gpr[isa.lr] = interrupted.gpr[isa.lr]; }},
	{.fault = Fault::thread_pointer_lost, .name = "thread-pointer-lost", .meaning = "the handler starts with 0 in the thread pointer",
	 .entered = [](const Isa&, const Cpu&, Cpu& cpu) { cpu.tls = 0; }},
	{.fault = Fault::thumb_kept, .name = "thumb-kept", .meaning = "the handler starts in the interrupted code's instruction set", .exists = has_thumb,
	 .entered = [](const Isa&, const Cpu& interrupted, Cpu& cpu) { cpu.flags = (cpu.flags & ~kThumb) | (interrupted.flags & kThumb); }},
	{.fault = Fault::if_then_kept, .name = "if-then-kept", .meaning = "the handler starts inside the interrupted IT block", .exists = has_thumb,
	 .entered = [](const Isa&, const Cpu& interrupted, Cpu& cpu) { cpu.flags |= interrupted.flags & kIfThen; }},
	{.fault = Fault::vectors_kept, .name = "vectors-kept", .meaning = "the handler starts with VFP's vector length of the interrupted code",
	 .exists = has_thumb, .entered = [](const Isa&, const Cpu& interrupted, Cpu& cpu) { cpu.fpsr |= interrupted.fpsr & kVectorLength; }},

	// ---- what is blocked in it ----
	{.fault = Fault::action_mask_ignored, .name = "action-mask-ignored", .meaning = "sa_mask is ignored: only the signal itself is blocked",
	 .delivered = [](const Signals& before, uint8_t number, const Action&, Signals& signals) { signals.blocked = before.blocked | set_of(number); }},
	{.fault = Fault::signal_not_blocked, .name = "signal-not-blocked", .meaning = "the signal itself is not blocked in its handler",
	 .delivered = [](const Signals&, uint8_t number, const Action&, Signals& signals) { signals.blocked &= ~set_of(number); }},
	{.fault = Fault::nodefer_ignored, .name = "nodefer-ignored", .meaning = "SA_NODEFER is ignored",
	 .delivered = [](const Signals&, uint8_t number, const Action&, Signals& signals) { signals.blocked |= set_of(number); }},
	{.fault = Fault::kill_blocked, .name = "kill-blocked", .meaning = "SIGKILL and SIGSTOP are blocked in a handler",
	 .delivered = [](const Signals&, uint8_t, const Action&, Signals& signals) { signals.blocked |= kUnblockable; }},
	{.fault = Fault::resethand_ignored, .name = "resethand-ignored", .meaning = "SA_RESETHAND is ignored",
	 .delivered = [](const Signals&, uint8_t number, const Action& action, Signals& signals) { signals.actions.set(number, action); }},
	{.fault = Fault::autodisarm_ignored, .name = "autodisarm-ignored", .meaning = "SS_AUTODISARM is ignored: the stack stays armed in the handler",
	 .delivered = [](const Signals& before, uint8_t, const Action&, Signals& signals) { signals.altstack = before.altstack; }},

	// ---- the return ----
	{.fault = Fault::misaligned_accepted, .name = "misaligned-accepted", .meaning = "rt_sigreturn does not mind a misaligned SP",
	 .returning = [](const Isa& isa, uint64_t& sp) { sp = round_down(sp, isa.frame_alignment); }},
	{.fault = Fault::privileged_accepted, .name = "privileged-accepted", .meaning = "rt_sigreturn does not mind flags that are not user mode's",
	 .read = [](const Isa& isa, uint64_t& flags) { flags = (flags & isa.flags_mask & ~uint64_t{0x1f}) | isa.user_flags; }},
	{.fault = Fault::mask_not_restored, .name = "mask-not-restored", .meaning = "the handler's mask stays after the return",
	 .returned = [](const Isa&, const Thread& before, Thread& thread) { thread.signals.blocked = before.signals.blocked; }},
	{.fault = Fault::kill_blocked_later, .name = "kill-blocked-later", .meaning = "a return may block SIGKILL and SIGSTOP",
	 .returned = [](const Isa&, const Thread&, Thread& thread) { thread.signals.blocked |= kUnblockable; }},
	{.fault = Fault::altstack_not_restored, .name = "altstack-not-restored", .meaning = "uc_stack is not looked at: SS_AUTODISARM stays disarmed",
	 .returned = [](const Isa&, const Thread& before, Thread& thread) { thread.signals.altstack = before.signals.altstack; }},
	{.fault = Fault::sp_not_restored, .name = "sp-not-restored", .meaning = "SP stays above the frame that was returned from",
	 .returned = [](const Isa& isa, const Thread& before, Thread& thread) { thread.cpu.sp = before.cpu.sp + isa.frame_size; }},
	{.fault = Fault::link_not_restored, .name = "link-not-restored", .meaning = "the link register keeps the handler's value",
	 .returned = [](const Isa& isa, const Thread& before, Thread& thread) { thread.cpu.gpr[isa.lr] = before.cpu.gpr[isa.lr]; }},
	{.fault = Fault::pending_lost, .name = "pending-lost", .meaning = "what waited while the handler ran is forgotten",
	 .returned = [](const Isa&, const Thread&, Thread& thread) { thread.signals.pending = 0; }},

	// ---- other calls ----
	{.fault = Fault::block_replaces, .name = "block-replaces", .meaning = "SIG_BLOCK replaces the mask instead of adding to it",
	 .answered = [](const Isa& isa, const Thread& before, Thread& thread, Memory& memory) {
		 if (!is_call(isa, before, &SyscallNumbers::rt_sigprocmask) || before.cpu.gpr[0] != 0 || argument(before, 1).value == 0) return;
		 thread.signals.blocked = memory.load_word(argument(before, 1), 8).value_or(0) & ~kUnblockable;
	 }},
	{.fault = Fault::in_use_not_told, .name = "in-use-not-told", .meaning = "sigaltstack never says SS_ONSTACK",
	 .answered = [](const Isa& isa, const Thread& before, Thread&, Memory& memory) {
		 if (!is_call(isa, before, &SyscallNumbers::sigaltstack) || argument(before, 1).value == 0) return;
		 (void)memory.store_word(argument(before, 1) + isa.word, 0, 4);
	 }},
	{.fault = Fault::changed_in_use, .name = "changed-in-use", .meaning = "a signal stack may be changed while a handler runs on it",
	 .answered = [](const Isa& isa, const Thread& before, Thread& thread, Memory& memory) {
		 if (!is_call(isa, before, &SyscallNumbers::sigaltstack) || !on_altstack(before.signals.altstack, before.cpu.sp)) return;
		 const std::optional<uint64_t> sp = memory.load_word(argument(before, 0), isa.word);
		 if (sp) thread.signals.altstack.sp = *sp;
	 }},
	{.fault = Fault::clocks_swapped, .name = "clocks-swapped", .meaning = "clock_gettime answers with the other clock",
	 .answered = [](const Isa& isa, const Thread& before, Thread& thread, Memory& memory) {
		 if (!is_call(isa, before, &SyscallNumbers::clock_gettime) || thread.cpu.gpr[0] != 0) return;
		 const Clock& clock = before.signals.clock;
		 const int64_t other = before.cpu.gpr[0] == CLOCK_ID_REALTIME ? clock.monotonic_ns : clock.realtime_ns;
		 (void)memory.store_word(argument(before, 1), static_cast<uint64_t>(other / 1'000'000'000), isa.word);
	 }},
	{.fault = Fault::action_flags_lost, .name = "action-flags-lost", .meaning = "rt_sigaction forgets the flags",
	 .answered = [](const Isa& isa, const Thread& before, Thread& thread, Memory&) {
		 if (is_call(isa, before, &SyscallNumbers::rt_sigaction) && argument(before, 1).value != 0 && before.cpu.gpr[0] < 32) {
			 Action action = thread.signals.actions[before.cpu.gpr[0]];
			 action.flags = 0;
			 thread.signals.actions.set(before.cpu.gpr[0], action);
		 }
	 }},
	{.fault = Fault::call_takes_register, .name = "call-takes-register", .meaning = "a system call does not give the second argument's register back",
	 .answered = [](const Isa&, const Thread&, Thread& thread, Memory&) { thread.cpu.gpr[1] = 0; }},
	{.fault = Fault::sequence_stuck, .name = "sequence-stuck", .meaning = "a tick writes vvar without moving its sequence",
	 .ticked = [](const Config& config, const Clock&, Memory& memory) {
		 const std::optional<uint64_t> sequence = memory.load_word(config.vvar + VVAR_SEQ, 4);
		 if (sequence) (void)memory.place_word(config.vvar + VVAR_SEQ, *sequence - 2, 4);
	 }},
	{.fault = Fault::vvar_stale, .name = "vvar-stale", .meaning = "a tick moves the clock, and vvar keeps the old time",
	 .ticked = [](const Config& config, const Clock& before, Memory& memory) {
		 const auto mode = static_cast<int32_t>(memory.load_word(config.vvar + VVAR_CLOCK_MODE, 4).value_or(0));
		 write_vvar(config, before, mode, memory);
	 }},
};
static_assert(std::size(kFaults) == static_cast<size_t>(Fault::count_));

}  // namespace

std::span<const Spoil> all_faults() { return kFaults; }

}  // namespace siglab::kernel
