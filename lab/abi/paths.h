// What is tried on each function of a vDSO: clock ids, a retry of the seqlock, a kernel that is writing, the way into the system call.
#pragma once

#include "probe/call.h"

namespace siglab {

// How what comes back is judged.
enum class Answer : uint8_t {
	none,        // by the return value alone
	timespec, timespec64, timeval,  // at kCallBuffer: the kernel's time
	resolution, resolution64,
	random,      // at kRandomAt: `size` bytes, and the return value is their number
};

inline constexpr uint64_t kZoneAt = kCallBuffer + 0x100;     // of gettimeofday
inline constexpr uint64_t kRandomAt = kCallBuffer + 0x1000;  // the opaque state is at kCallBuffer

struct PathPlan {
	std::string name;             // "CLOCK_MONOTONIC, retry"
	CallPlan call;
	Answer answer = Answer::none;
	uint32_t clock = 0;           // its id
	int64_t returns = 0;          // the return value: 0, -EINVAL, a number of bytes
	bool retries = false;         // the clock is to move once the data have been looked at: where that is, a first call tells
	bool goes_on = false;         // from the buffer that the path before left
};

// The functions that the lab knows how to call, by name; empty for others. `state` is the size of getrandom's opaque state.
std::vector<PathPlan> paths_of(const Isa& isa, std::string_view function, uint32_t state);

}  // namespace siglab
