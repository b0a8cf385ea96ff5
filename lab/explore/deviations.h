// Deviations: what a run shows that the catalogue did not say, or does not show that it said.
#pragma once

#include "explore/sweep.h"

namespace siglab {

struct Deviation {
	enum class What : uint8_t {
		labels,  // the walk does not agree with the vDSO's labels
		holds,   // was expected to break
		breaks,  // was expected to hold
		count,   // deliveries were not seen, or are missing
	};
	What what = What::breaks;
	Verdict verdict;                    // of holds and breaks
	std::optional<uint32_t> boundary;   // of one delivery
	std::string text;                   // in a line
};
using Deviations = std::vector<Deviation>;

// In either direction. Requires a run of the catalogue, or of a vDSO that declares its dirty intervals and is one by its `blob`.
Deviations deviations_of(const World& world, const Walk& walk, const Run& run);

}  // namespace siglab
