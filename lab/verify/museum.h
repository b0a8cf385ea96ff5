// The exhibits of a record of the museum, held against the museum's own list.
#pragma once

#include "verify/claim.h"

namespace siglab::verify {

// A line, or empty: exhibits and runs are those of the museum on the record's ISAs, or it has none and is a sweep's.
std::string museum_difference(const Record& record, std::span<const Claim> claims);

}  // namespace siglab::verify
