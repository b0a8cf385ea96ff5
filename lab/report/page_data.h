// What the page is told, as JSON: records without what no page shows.
#pragma once

#include <span>
#include <string>

#include "record/record.h"

namespace siglab {

std::string page_data(std::span<const Record> records);

}  // namespace siglab
