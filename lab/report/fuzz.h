// What a run of generated vDSOs came to, for a terminal.
#pragma once

#include <string>

#include "record/fuzz_record.h"

namespace siglab {

// `folder`: where its finds are. Empty: they were not written.
std::string fuzz_text(const FuzzRecord& record, const std::string& folder);

}  // namespace siglab
