// The tiny Linux: what this kernel is configured as, and what it shares with the others in this room.
//
// Everything in this room is a function from one Thread (and guest memory, as copy_to_user sees it) to the next. Nothing here knows
// an engine.
#pragma once

#include <bitset>

#include "base/result.h"
#include "isa/isa.h"
#include "state/state.h"

namespace siglab::kernel {

// Deliberate faults of this model, for tests that must catch them. A run of the lab has none.
enum class Fault : uint8_t { mask_not_restored, onstack_ignored, vec_register_lost, frame_misaligned, arguments_wrong, pending_lost, count_ };
using Faults = std::bitset<static_cast<size_t>(Fault::count_)>;

struct Config {
	const Isa* isa = nullptr;
	uint64_t vdso_restorer = 0;  // the address of the image's __kernel_rt_sigreturn; 0: it has none
	GuestAddr vvar;              // the page that `tick` and `write_vvar` fill in; only read if has_vvar
	bool has_vvar = false;
	Faults faults;

	[[nodiscard]] bool faulty(Fault fault) const { return faults.test(static_cast<size_t>(fault)); }
};

// The one process and thread there is.
inline constexpr uint32_t kPid = 4242;
inline constexpr uint32_t kUid = 1000;

}  // namespace siglab::kernel
