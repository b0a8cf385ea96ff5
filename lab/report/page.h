// The page: records as one HTML file to step through, which needs nothing else and asks nobody.
//
// Models    the matrix and, where the record has films, each walk with every register, stack and handler; the museum's stories.
// Made of   report/page/: modules, a style sheet and the frame, put together by the build; and the data of page_data.h.
#pragma once

#include <span>
#include <string>

#include "record/record.h"

namespace siglab {

std::string report_html(std::span<const Record> records);

}  // namespace siglab
