// Compare: the first place at which a record and what was made again say two things, in a line.
#pragma once

#include "verify/retell.h"

namespace siglab::verify {

// Walk, closed set and runs of one claim. Empty: nothing differs.
std::string first_difference(const Derivation& all, const Claim& claim, const Retold& retold, const Record& record);

// Two values of one type, member by member: "violations[2].at is 17, and 18 when made again".
std::string difference(const RunRecord& was, const RunRecord& is);
std::string difference(const CodeLine& was, const CodeLine& is);
std::string difference(const ExhibitRecord& was, const ExhibitRecord& is);

}  // namespace siglab::verify
