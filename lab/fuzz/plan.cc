#include "fuzz/plan.h"

#include <algorithm>

namespace siglab {
namespace {

// `at` + `steps` * `step`, or `end` if that is less: numbers near 2^64 do not wrap around.
uint64_t ahead(uint64_t at, uint64_t steps, uint64_t step, uint64_t end) {
	if (at >= end || steps > (end - at) / step) return end;
	return at + steps * step;
}

// How many parts of at most `size` that is.
uint64_t parts(uint64_t whole, uint64_t size) { return whole / size + (whole % size == 0 ? 0 : 1); }

}  // namespace

FuzzPlan::FuzzPlan(const FuzzRecord& record, unsigned threads) : of_(record.shards.front().of), to_(record.to) {
	const FuzzShard& shard = record.shards.front();
	const uint64_t mine = shard.number - 1, stands = (shard.next - record.from) % of_;
	first_ = ahead(shard.next, mine >= stands ? mine - stands : of_ - stands + mine, 1, to_);
	const uint64_t left = parts(to_ - first_, of_);
	size_ = std::clamp<uint64_t>(parts(left, threads), 1, record.explore == 1 ? kMostExplored : kMost);
}

std::vector<uint64_t> FuzzPlan::batch(uint64_t number) const {
	std::vector<uint64_t> indices;
	for (uint64_t i = 0; i < size_ && at(number, i) < to_; ++i) indices.push_back(at(number, i));
	return indices;
}

uint64_t FuzzPlan::at(uint64_t batch, uint64_t i) const { return ahead(ahead(first_, batch, size_ * of_, to_), i, of_, to_); }

}  // namespace siglab
