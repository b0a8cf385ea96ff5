// A test case for each run: it fails if the run is not as the catalogue says, or if a file of the user's own breaks a property.
#pragma once

#include <string>

#include "record/record.h"

namespace siglab {

std::string report_junit(const Record& record);

}  // namespace siglab
