// Schedule: which signals and ticks one run gets, and where; as a value and as text.
//
// Text      events separated by blanks, in the order in which they happen; "-" is the empty schedule (the undisturbed walk).
//             PROF@17    deliver SIGPROF at boundary 17
//             PROF@17'   again at the same boundary, right after the return (one ' for each time)
//             URG@h3     inside the handler's own walk, at its boundary 3; hh3: inside that of the handler that interrupted it, ...
//                        A signal that is masked there stays pending: it is taken where the mask opens
//             tick@12    the kernel's clock moves at boundary 12
// Boundary  i is the state after i retired instructions of a walk; its PC is the next instruction. A system call is one step.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "state/signals.h"

namespace siglab {

struct Event {
	std::optional<Signal> signal;  // none: a tick
	uint8_t depth = 0;             // handlers that are open
	uint32_t boundary = 0;
	uint32_t again = 0;            // number of deliveries at this boundary before this one
	bool operator==(const Event&) const = default;
};

using Schedule = std::vector<Event>;

// A tick moves both clocks by this much: over the border of a second, so that a torn read shows.
inline constexpr int64_t kTickNs = 20'000'000;

// As deep as a schedule's text can say. No signal stack of the lab holds so many frames: nesting is then bounded by the stack alone.
inline constexpr uint32_t kUntilOverflow = 64;

// What the schedules of one search may hold.
struct Budget {
	std::optional<uint32_t> signals = 1;  // none: any number
	uint32_t nesting = 1;                 // handlers that a signal may interrupt at the same time, where their mask lets it through
	uint32_t ticks = 0;
	bool operator==(const Budget&) const = default;
	[[nodiscard]] bool one_signal() const { return signals == 1u && ticks == 0; }
};

// The same events with `again` as it must be: the deliveries before it at the same boundary of the same walk.
Schedule counted(Schedule schedule);

std::string print_schedule(const Schedule& schedule);

// Errors    usage: what is not an event, with the piece that is wrong.
Result<Schedule> parse_schedule(std::string_view text);

}  // namespace siglab
