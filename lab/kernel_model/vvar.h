// Time, and what the kernel tells the vDSO about it.
//
// Models    the clocks that a vDSO answers, as two: CLOCK_REALTIME, with CLOCK_TAI at a fixed distance, and CLOCK_MONOTONIC, which
//           CLOCK_BOOTTIME and the raw clock agree with. The counter runs at 62.5 MHz and stands still between two ticks: it is a function
//           of the clock. Each image finds its data where VvarLayout says: a base, the counter when it was true, and a factor that does not
//           divide evenly into anything, so that an image that forgets one of them returns a wrong time.
// Does not  model clocks of CPU time, time namespaces, auxiliary clocks, a time zone other than UTC.
// Follows   Linux include/vdso/datapage.h and kernel/time/vsyscall.c, 5.10 .. 7.2.
#pragma once

#include <optional>

#include "kernel_model/kernel.h"

namespace siglab::kernel {

inline constexpr int64_t kCoarseNs = 4'000'000;  // a jiffy at HZ=250, as Debian has it

// What Linux knows by that number; CLOCK_TAI is the last.
bool is_clock(uint32_t id);
bool is_coarse(uint32_t id);
// What it shows. None: it is not modelled.
std::optional<int64_t> clock_ns(const Clock& clock, uint32_t id);
// CNTVCT_EL0, CNTVCT.
uint64_t counter_at(const Clock& clock);

// The clock moves by `by_ns`, and the counter and the vvar page follow, under its seqlock as seen by one thread: the sequence goes up by two.
Thread tick(const Config& config, const Thread& thread, int64_t by_ns, Memory& memory);

// Fills the vvar page. mode as VVAR_CLOCK_MODE: 1 bases valid, 0 take the system call.
void write_vvar(const Config& config, const Clock& clock, int32_t mode, Memory& memory);

// The kernel begins, and ends, to write: the sequence of each clock's data goes up by one.
void step_sequence(const Config& config, Memory& memory);

}  // namespace siglab::kernel
