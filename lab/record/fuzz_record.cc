#include "record/fuzz_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace siglab {

bool is_complete(const FuzzRecord& record) {
	const auto done = [&](const FuzzShard& shard) { return shard.next >= record.to; };
	return !record.shards.empty() && std::all_of(record.shards.begin(), record.shards.end(), done);
}

bool same_task(const FuzzRecord& a, const FuzzRecord& b) {
	const auto task = [](const FuzzRecord& r) { return std::tie(r.seed, r.from, r.to, r.axes, r.breakage, r.explore, r.ticks); };
	return task(a) == task(b);
}

Exit verdict_of(const FuzzRecord& record) {
	if (record.outcome == "interrupted") return Exit::interrupted;
	if (!record.finds.empty()) return Exit::deviation;
	if (!is_complete(record) || !record.left.empty()) return Exit::inconclusive;
	return record.tallies.empty() ? Exit::vacuous : Exit::ok;
}

namespace {

void add(const FuzzRecord& part, FuzzRecord& sum) {
	for (const auto& [name, counts] : part.tallies) {
		for (const auto& [what, count] : counts) sum.tallies[name][what] += count;
	}
	sum.digest += part.digest;
	sum.left.insert(sum.left.end(), part.left.begin(), part.left.end());
	sum.finds.insert(sum.finds.end(), part.finds.begin(), part.finds.end());
}

// Each shard once, and done.
Status fit_together(const std::vector<FuzzRecord>& records) {
	std::set<uint32_t> numbers;
	const uint32_t of = records.front().shards.front().of;
	for (const FuzzRecord& record : records) {
		const FuzzShard& shard = record.shards.front();
		const std::string name = fmt::format("shard {}/{}", shard.number, shard.of);
		if (!same_task(records.front(), record) || shard.of != of) return Error{Exit::usage, fmt::format("{} is of another run than the others", name)};
		if (!numbers.insert(shard.number).second) return Error{Exit::usage, fmt::format("{} is there twice", name)};
	}
	for (uint32_t i = 1; i <= of; ++i) {
		if (!numbers.contains(i)) return Error{Exit::vacuous, fmt::format("shard {}/{} is missing", i, of)};
	}
	for (const FuzzRecord& record : records) {
		if (is_complete(record)) continue;
		const FuzzShard& shard = record.shards.front();
		return Error{Exit::vacuous, fmt::format("shard {}/{} is not done: it goes on from index {}", shard.number, shard.of, shard.next)};
	}
	return Done{};
}

}  // namespace

Result<FuzzRecord> union_of(const std::vector<FuzzRecord>& records) {
	const auto no_shard = [](const FuzzRecord& record) { return record.shards.size() != 1; };
	if (records.empty() || std::any_of(records.begin(), records.end(), no_shard)) return Error{Exit::usage, "a record that is of no shard"};
	if (const Status fits = fit_together(records); !fits) return fits.error();
	FuzzRecord sum = records.front();
	for (size_t i = 1; i < records.size(); ++i) add(records[i], sum);
	sum.shards = {{1, 1, sum.to}};
	std::sort(sum.left.begin(), sum.left.end());
	std::sort(sum.finds.begin(), sum.finds.end(),
	          [](const FuzzFind& a, const FuzzFind& b) { return std::tie(a.index, a.isa) < std::tie(b.index, b.isa); });
	return sum;
}

}  // namespace siglab
