// A survey: every path of every function of one vDSO, run and written down.
#pragma once

#include "image/vdso_file.h"
#include "machine/machine.h"
#include "record/abi.h"

namespace siglab {

// `name` is what the record calls the image.
// Errors    usage: an image that does not fit or whose data pages cannot be found. environment: the engine.
Result<AbiImage> survey(const Image& image, const std::string& name, Machine& machine);

}  // namespace siglab
