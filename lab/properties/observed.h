// What the guest noted on the observer page: its side of the story, never the truth.
#pragma once

#include "state/memory.h"

namespace siglab {

struct Observed {
	uint64_t tramp_count = 0, tramp_pc = 0, tramp_signo = 0;
	uint64_t fetch_count = 0, fetched_g = 0;
	uint64_t setg_count = 0, setg_reg = 0;
	uint64_t handler_count = 0, handler_pc = 0;
	uint64_t prof_count = 0, prof_pc = 0, prof_sp = 0;
	uint64_t time_count = 0, time = 0;
	uint64_t nog_samples = 0, badsignals = 0, quiet = 0;
	uint64_t result_count = 0, result_ns = 0, result_sec = 0, result_nsec = 0;
};

// All zero where no observer page is mapped.
Observed read_observed(const Memory& memory);

}  // namespace siglab
