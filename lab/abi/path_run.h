// One path of one function, run: its boundaries as the record has them, and its end judged.
#pragma once

#include <map>
#include <set>

#include "abi/beliefs.h"
#include "abi/paths.h"
#include "record/abi.h"

namespace siglab {

// What the paths of one image share.
struct SurveyOf {
	const Image& image;
	const Beliefs& beliefs;
	AbiImage& record;                 // its `finds` grow
	std::set<uint64_t>& reached;      // addresses as linked
};

// `buffer` is what the path before left, for one that goes on from it, and is left for the next.
// Errors    as VdsoCaller::call.
Result<AbiPath> run_path(const SurveyOf& of, VdsoCaller& caller, const PathPlan& plan, std::vector<std::byte>& buffer);

}  // namespace siglab
