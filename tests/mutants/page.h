// docs/mutants.md, from what was found.
#pragma once

#include "census.h"
#include "kernel_faults.h"

namespace siglab::mutants {

// A line for each mutant: killed (by which property and kind, in which trial), survived (why), or equivalent (by which rule).
std::string fates(const Census& census, const Explanations& explanations);

std::string page(const Census& census, const Explanations& explanations, std::span<const Caught> faults);

}  // namespace siglab::mutants
