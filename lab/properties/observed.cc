#include "properties/observed.h"

#include <algorithm>
#include <array>

#include "guest_asm/layout.h"

namespace siglab {

Observed read_observed(const Memory& memory) {
	std::array<uint64_t, OBS_SIZE / 8> cell{};
	(void)memory.read({OBSERVER}, std::as_writable_bytes(std::span{cell}));
	const auto at = [&](size_t offset) { return cell[offset / 8]; };
	return {.tramp_count = at(OBS_TRAMP_COUNT), .tramp_pc = at(OBS_TRAMP_PC), .tramp_signo = at(OBS_TRAMP_SIGNO),
	        .fetch_count = at(OBS_FETCH_COUNT), .fetched_g = at(OBS_FETCHED_G),
	        .setg_count = at(OBS_SETG_COUNT), .setg_reg = at(OBS_SETG_REG),
	        .handler_count = at(OBS_HANDLER_COUNT), .handler_pc = at(OBS_HANDLER_PC),
	        .prof_count = at(OBS_PROF_COUNT), .prof_pc = at(OBS_PROF_PC), .prof_sp = at(OBS_PROF_SP),
	        .time_count = at(OBS_TIME_COUNT), .time = at(OBS_TIME),
	        .nog_samples = at(OBS_NOG_SAMPLES), .badsignals = at(OBS_BADSIGNAL), .quiet = at(OBS_QUIET),
	        .result_count = at(OBS_RESULT_COUNT), .result_ns = at(OBS_RESULT_NS),
	        .result_sec = at(OBS_RESULT_SEC), .result_nsec = at(OBS_RESULT_NSEC)};
}

}  // namespace siglab
