// docs/mutants.md, from what was found.
#pragma once

#include "census.h"
#include "kernel_faults.h"

namespace siglab::mutants {

std::string page(const Census& census, const Explanations& explanations, std::span<const Caught> faults);

}  // namespace siglab::mutants
