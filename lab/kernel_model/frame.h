// rt_sigframe: the values of one signal frame, and their way to and from guest memory by the Isa's rows.
//
// Models    every field that Linux writes on delivery: siginfo, ucontext, mcontext, FP/SIMD, arm64's frame record, arm's retcode.
// Does not  model esr_context (there are no faults that a handler sees), SVE, SME, iWMMXt. Bytes that no row names keep what the stack
//           held, as in Linux; siginfo's 128 bytes are cleared first, as copy_siginfo_to_user does. On the way back records stand in the
//           order in which they were written; Linux on arm64 would take them in any.
// Follows   Linux 6.1 arch/arm64/kernel/signal.c setup_sigframe, restore_sigframe; arch/arm/kernel/signal.c, the same names.
#pragma once

#include <array>
#include <optional>

#include "base/result.h"
#include "isa/isa.h"
#include "state/memory.h"

namespace siglab::kernel {

// All of a frame but the CPU of the interrupted code: that has gpr, sp, pc, flags, fpsr, fpcr, vec of a Cpu, and stays where it is.
struct Frame {
	uint64_t signo = 0, error = 0, code = 0, pid = 0, uid = 0;
	uint64_t uc_flags = 0, uc_link = 0;
	uint64_t stack_sp = 0, stack_flags = 0, stack_size = 0, mask = 0;
	uint64_t trap_no = 0, error_code = 0, oldmask = 0, fault_address = 0;
	uint64_t record_fp = 0, record_lr = 0;
	std::optional<std::array<uint64_t, 2>> retcode;  // none: not written, because the action names its own restorer
};

// Where a frame has what a handler is told of: siginfo, ucontext; arm64: the frame record. In bytes from its lowest.
struct FramePlaces {
	uint16_t info = 0, context = 0, record = 0;
};
const FramePlaces& places_in_frame(const Isa& isa);

// Writes the frame with its lowest byte at `at`. False, and nothing written, if it does not fit into one writable region.
[[nodiscard]] bool write_frame(const Isa& isa, const Cpu& cpu, const Frame& frame, GuestAddr at, Memory& memory);

// The flags of a frame that can be read back.
// Errors    it is not readable, or one of its records has the wrong magic or size: what sigreturn answers with SIGSEGV.
Result<uint64_t> check_frame(const Isa& isa, GuestAddr at, const Memory& memory);

// Reads a frame back; what a frame does not hold stays. The frame record and retcode are not read: the kernel never looks at them again.
// Requires  check_frame() had nothing against it.
void read_frame(const Isa& isa, GuestAddr at, const Memory& memory, Cpu& cpu, Frame& frame);

}  // namespace siglab::kernel
