// The tiny Linux: what this kernel is configured as, and what it shares with the others in this room.
//
// Everything in this room is a function from one Thread (and guest memory, as copy_to_user sees it) to the next. Nothing here knows
// an engine.
#pragma once

#include <bitset>
#include <optional>

#include "base/result.h"
#include "isa/isa.h"
#include "state/state.h"

namespace siglab::kernel {

// Deliberate faults of this model: faults.h says what each does. A run of the lab has none.
enum class Fault : uint8_t {
	highest_first, faults_wait, mask_ignored, taken_twice, restart_argument_lost, restart_forgotten, restart_always, onstack_ignored,
	nested_at_top, frame_misaligned, vec_register_lost, conditions_lost, if_then_lost, fp_status_lost, fp_control_lost, pc_too_far,
	mask_saved_late, uc_stack_stale, uc_stack_flags, signo_wrong, sender_wrong, retcode_missing, record_unlinked, siginfo_not_cleared,
	magic_missing, arguments_wrong, number_wrong, registers_cleared, restorer_lost, thread_pointer_lost, thumb_kept, if_then_kept,
	vectors_kept, action_mask_ignored, signal_not_blocked, nodefer_ignored, kill_blocked, resethand_ignored, autodisarm_ignored,
	misaligned_accepted, privileged_accepted, mask_not_restored, kill_blocked_later, altstack_not_restored, sp_not_restored,
	link_not_restored, pending_lost, block_replaces, in_use_not_told, changed_in_use, clocks_swapped, action_flags_lost,
	call_takes_register, sequence_stuck, vvar_stale, count_,
};
using Faults = std::bitset<static_cast<size_t>(Fault::count_)>;

// Where one vDSO image looks for what the kernel tells it, in bytes from the data page's start; and whether it reads the counter.
struct VvarLayout {
	bool counter = false;             // a time is a base and what the counter has moved on; else a base alone is the time
	uint32_t raw = 240;               // CLOCK_MONOTONIC_RAW's own data: sizeof(struct vdso_data), or of vdso_clock in later kernels
	std::optional<uint32_t> resolution;  // hrtimer_res
	bool operator==(const VvarLayout&) const = default;
};

struct Config {
	const Isa* isa = nullptr;
	uint64_t vdso_restorer = 0;  // the address of the image's __kernel_rt_sigreturn; 0: it has none
	GuestAddr vvar;              // the page that `tick` and `write_vvar` fill in; only read if has_vvar
	bool has_vvar = false;
	VvarLayout layout;
	std::optional<GuestAddr> rng;  // struct vdso_rng_data, if the image has a getrandom
	Faults faults;
};

// The one process and thread there is.
inline constexpr uint32_t kPid = 4242;
inline constexpr uint32_t kUid = 1000;

}  // namespace siglab::kernel
