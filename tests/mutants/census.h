// Census: every mutant of every guest, judged; on several threads, with a result that does not depend on how many.
#pragma once

#include "explained.h"
#include "trials.h"

namespace siglab::mutants {

struct Judged {
	Mutant mutant;
	Outcome outcome;
	std::optional<std::string_view> rule;  // that calls it equivalent
};

struct Census {
	std::vector<Judged> all;
	std::vector<std::string> wrong_rules;  // mutants that a rule called equivalent, and a trial killed

	[[nodiscard]] std::vector<const Mutant*> survivors() const;  // without equivalent ones
};

struct CensusOptions {
	unsigned threads = 1;
	size_t every = 1;  // 1: all mutants. n: each n-th
};

// Of v6 and v7 on both ISAs. Errors    environment. deviation: an unchanged guest is not as the catalogue says.
Result<Census> take_census(ImageStore& store, const CensusOptions& options);

}  // namespace siglab::mutants
