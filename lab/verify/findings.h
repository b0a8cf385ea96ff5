// What a derivation breaks, told as findings: by which schedule, where, and what follows from what.
#pragma once

#include "record/finding.h"
#include "verify/derive.h"

namespace siglab::verify {

// Of one signal delivered once: without it first, then boundary by boundary, to the end of the walk. `way`: the signal's.
std::vector<Finding> findings_of_signal(const Derivation& all, const Claim& claim, size_t way);

// Of all signals in any mixture: each verdict once, by a shortest schedule, with its window.
std::vector<Finding> findings_of_all(const Derivation& all, const Claim& claim);

// The events that lead to a state, and over one of its ways.
Schedule schedule_over(const Derivation& all, const Claim& claim, uint32_t state, size_t way);

// Whether a signal was, or was taken to have been, delivered there.
inline bool delivered(const Way& way) { return way.leads == Leads::to || way.leads == Leads::ends || way.leads == Leads::outside; }

}  // namespace siglab::verify
