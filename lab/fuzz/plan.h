// FuzzPlan: which indices a shard has still to try, in batches.
//
// Rule      the indices of a shard are its number and every `of`-th after that, from where the record stands; none is tried that is not the
//           shard's own, wherever an earlier run with a smaller count came to its end.
#pragma once

#include <vector>

#include "record/fuzz_record.h"

namespace siglab {

class FuzzPlan {
   public:
	// One run of the assembler serves so many; and so many are lost when a run is interrupted.
	static constexpr uint64_t kBatch = 64;

	// Requires  a record with a shard, as parse_fuzz_record and new_task make them.
	explicit FuzzPlan(const FuzzRecord& record);

	// The first index to try, or the end. Whatever comes next is in batch 0.
	[[nodiscard]] uint64_t first() const { return first_; }
	// None: there are no more.
	[[nodiscard]] std::vector<uint64_t> batch(uint64_t number) const;
	// Where a run goes on that has done this batch: the first of the shard's that is not in it, or the end.
	[[nodiscard]] uint64_t behind(uint64_t number) const { return at(number, kBatch); }

   private:
	// The i-th of a batch, or the end.
	[[nodiscard]] uint64_t at(uint64_t batch, uint64_t i) const;

	uint32_t of_;
	uint64_t to_;
	uint64_t first_;
};

}  // namespace siglab
