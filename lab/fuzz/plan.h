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
	// One run of the assembler serves a batch, and each version's code is translated once for it; and a batch is lost when a run is interrupted.
	// Those of which all are explored take a second or more as it is.
	static constexpr uint64_t kMost = 256, kMostExplored = 64;

	// `threads`: that go through it; none is to wait for the others. Requires  a record with a shard, as parse_fuzz_record and new_task make them.
	explicit FuzzPlan(const FuzzRecord& record, unsigned threads = 1);

	// Of every batch but the last.
	[[nodiscard]] uint64_t batch_size() const { return size_; }

	// The first index to try, or the end. Whatever comes next is in batch 0.
	[[nodiscard]] uint64_t first() const { return first_; }
	// None: there are no more.
	[[nodiscard]] std::vector<uint64_t> batch(uint64_t number) const;
	// Where a run goes on that has done this batch: the first of the shard's that is not in it, or the end.
	[[nodiscard]] uint64_t behind(uint64_t number) const { return at(number, size_); }

   private:
	// The i-th of a batch, or the end.
	[[nodiscard]] uint64_t at(uint64_t batch, uint64_t i) const;

	uint32_t of_;
	uint64_t to_;
	uint64_t first_;
	uint64_t size_;
};

}  // namespace siglab
