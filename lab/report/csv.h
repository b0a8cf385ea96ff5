// One line for each violation, as RFC 4180 says: for spreadsheets and scripts.
#pragma once

#include <string>

#include "record/record.h"

namespace siglab {

std::string report_csv(const Record& record);

}  // namespace siglab
