// Shrink: a schedule that breaks something, made smaller for as long as it still breaks the same.
//
// For       counterexamples that no breadth-first search has found: a user's own schedule, a random one. The search's are shortest already.
// Smaller   first by the number of events, then by how deep in handlers they come, then by their boundaries, the first event's first.
// Result    a local minimum: without any one event, with any one of them one handler further out, or at an earlier boundary (not before the
//           event in front of it), the verdict does not show; nor without one event of the walk and with another elsewhere instead. Fewer
//           events otherwise arranged are not ruled out: only a search does that.
// Does not  guess: each candidate is replayed (explore/trace), and taken only if it shows the verdict. Equal inputs shrink equally.
#pragma once

#include "explore/trace.h"

namespace siglab {

struct Shrunk {
	Schedule schedule;
	uint32_t replays = 0;
	bool minimal = false;     // false: `max_replays` ended it
};

inline constexpr uint32_t kMaxReplays = 20'000;

// Errors    usage: the schedule cannot happen (as trace), or does not show the verdict. environment: an engine.
Result<Shrunk> shrink(const World& world, Machine& machine, const Schedule& schedule, Verdict verdict, uint32_t max_replays = kMaxReplays);

}  // namespace siglab
