// The clobber document: what vDSO functions do to the registers that they owe their callers. As pages, and as a table for a spreadsheet.
#pragma once

#include "record/abi.h"
#include "report/document.h"

namespace siglab {

// One line for each image, function and path.
Document abi_summary(const AbiRecord& record);
// Everything about each image: paths, boundaries in stretches that are alike, and the static view.
Document abi_document(const AbiRecord& record);
// What differs between two images, path by path. Requires  record.images.size() == 2.
Document abi_difference(const AbiRecord& record);
// A line for each boundary of each path.
std::string abi_csv(const AbiRecord& record);

}  // namespace siglab
