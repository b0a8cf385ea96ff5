// Batch: some indices of a task, assembled together and judged version by version, so that a version's code stays translated.
#pragma once

#include "fuzz/find.h"

namespace siglab {

struct BatchResult {
	std::map<std::string, std::map<std::string, uint64_t>> tallies;
	uint64_t digest = 0;
	std::vector<std::string> left;
	std::vector<FuzzFind> finds;
	bool cut = false;  // interrupted: it counts for nothing
};

Result<BatchResult> run_batch(Judge& judge, const Draw& draw, std::span<const uint64_t> indices, const std::string& out,
                              const std::atomic<bool>* interrupted);

}  // namespace siglab
