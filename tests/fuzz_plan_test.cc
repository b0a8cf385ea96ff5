// Which indices a shard tries, however it was stopped and goes on.
#include "fuzz/plan.h"

#include <gmock/gmock.h>

#include <set>

namespace siglab {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

FuzzRecord task(uint64_t from, uint64_t to, FuzzShard shard) { return {.from = from, .to = to, .axes = {}, .explore = 0, .shards = {shard}}; }

std::vector<uint64_t> all_of(const FuzzPlan& plan) {
	std::vector<uint64_t> indices;
	for (uint64_t number = 0; !plan.batch(number).empty(); ++number) {
		const std::vector<uint64_t> batch = plan.batch(number);
		indices.insert(indices.end(), batch.begin(), batch.end());
	}
	return indices;
}

TEST(FuzzPlans, TakeEveryIndexOnce) {
	for (const uint32_t of : {1u, 2u, 3u, 7u}) {
		std::multiset<uint64_t> tried, wanted;
		for (uint64_t i = 5; i < 400; ++i) wanted.insert(i);
		for (uint32_t number = 1; number <= of; ++number) {
			for (const uint64_t index : all_of(FuzzPlan(task(5, 400, {number, of, 5})))) tried.insert(index);
		}
		EXPECT_EQ(tried, wanted) << of << " shards";
	}
}

// A shard that is done stands at the end; with a larger count it goes on with its own indices, not with its neighbour's.
TEST(FuzzPlans, OfMoreOfTheSameStayInTheShard) {
	EXPECT_THAT(all_of(FuzzPlan(task(0, 12, {1, 2, 5}))), ElementsAre(6, 8, 10));
	EXPECT_THAT(all_of(FuzzPlan(task(0, 12, {2, 2, 5}))), ElementsAre(5, 7, 9, 11));
	EXPECT_THAT(all_of(FuzzPlan(task(3, 20, {2, 5, 9}))), ElementsAre(9, 14, 19));
	EXPECT_THAT(all_of(FuzzPlan(task(3, 20, {5, 5, 9}))), ElementsAre(12, 17));
	EXPECT_THAT(all_of(FuzzPlan(task(0, 5, {1, 2, 5}))), IsEmpty());
}

TEST(FuzzPlans, GoOnBehindABatch) {
	const FuzzPlan plan(task(0, 1000, {2, 3, 0}));
	EXPECT_EQ(plan.batch(0).size(), FuzzPlan::kMost);
	EXPECT_EQ(plan.behind(0), plan.batch(1).front());
	EXPECT_EQ(plan.behind(5), 1000u);
	FuzzRecord later = task(0, 1000, {2, 3, plan.behind(0)});
	EXPECT_EQ(FuzzPlan(later).batch(0), plan.batch(1));
}

// However small the task, every thread gets its part; those that are explored come in smaller batches.
TEST(FuzzPlans, LeaveNoThreadWithoutWork) {
	EXPECT_EQ(FuzzPlan(task(0, 100, {1, 1, 0}), 2).batch_size(), 50u);
	EXPECT_EQ(FuzzPlan(task(0, 101, {1, 2, 0}), 2).batch_size(), 26u);
	EXPECT_EQ(FuzzPlan(task(0, 3, {1, 1, 0}), 16).batch_size(), 1u);
	EXPECT_EQ(FuzzPlan(task(0, 3, {1, 1, 3}), 16).batch_size(), 1u);
	FuzzRecord record = task(0, 10'000, {1, 1, 0});
	record.explore = 1;
	EXPECT_EQ(FuzzPlan(record, 2).batch_size(), FuzzPlan::kMostExplored);
	record.explore = 0;
	EXPECT_EQ(FuzzPlan(record, 2).batch_size(), FuzzPlan::kMost);
}

// Numbers wrap around; a plan does not.
TEST(FuzzPlans, EndNearTheLargestNumber) {
	const uint64_t from = UINT64_MAX - 10;
	EXPECT_EQ(all_of(FuzzPlan(task(from, UINT64_MAX, {1, 1, from}))).size(), 10u);
	EXPECT_THAT(all_of(FuzzPlan(task(from, UINT64_MAX, {3, 4, from}))), ElementsAre(from + 2, from + 6));
	EXPECT_THAT(all_of(FuzzPlan(task(from, UINT64_MAX, {900'000, 1'000'000, from}))), IsEmpty());
	EXPECT_EQ(FuzzPlan(task(from, UINT64_MAX, {1, 1, from})).behind(UINT64_MAX), UINT64_MAX);
	EXPECT_THAT(FuzzPlan(task(0, UINT64_MAX, {1, 2, 0})).batch(UINT64_MAX), IsEmpty());
}

}  // namespace
}  // namespace siglab
