// What in a run is not as the catalogue says, made again from its derivation and findings.
#pragma once

#include "record/finding.h"
#include "verify/derive.h"

namespace siglab::verify {

// Boundaries of the walk at which the labels of the image and the g register disagree on whether it is dirty, a line each.
std::vector<std::string> disagreements(const Derivation& all);

// Those, and what broke or held against the catalogue. `way`: that of the run's signal; 0: the run tells of all.
// Requires  a run of the catalogue.
std::vector<std::string> deviations(const Derivation& all, const Claim& claim, const RunRecord& run, size_t way,
                                    const std::vector<Finding>& findings);

}  // namespace siglab::verify
