// BlockSet: some of a Memory's blocks, by their numbers.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace siglab {

class BlockSet {
   public:
	BlockSet() = default;
	explicit BlockSet(size_t blocks) : blocks_(blocks), words_((blocks + 63) / 64) {}

	void set(size_t block) { words_[block / 64] |= uint64_t{1} << block % 64; }
	[[nodiscard]] bool test(size_t block) const { return (words_[block / 64] >> block % 64 & 1u) != 0; }
	void clear() { std::fill(words_.begin(), words_.end(), 0); }
	void fill() {
		for (size_t block = 0; block < blocks_; ++block) set(block);
	}
	// Both are of the same Memory, or of one that looks the same.
	void add(const BlockSet& other) {
		for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
	}

	// Calls on_block(number) for each, in ascending order.
	template <class OnBlock>
	void each(OnBlock&& on_block) const {
		for (size_t word = 0; word < words_.size(); ++word) {
			for (uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
				on_block(static_cast<uint32_t>(word * 64 + static_cast<size_t>(std::countr_zero(bits))));
			}
		}
	}

	// Calls on_run(first, count) for all that follow one another without a gap, in ascending order.
	template <class OnRun>
	void each_run(OnRun&& on_run) const {
		uint32_t first = 0, count = 0;
		each([&](uint32_t block) {
			if (count != 0 && block != first + count) {
				on_run(first, count);
				count = 0;
			}
			if (count++ == 0) first = block;
		});
		if (count != 0) on_run(first, count);
	}

   private:
	size_t blocks_ = 0;
	std::vector<uint64_t> words_;
};

}  // namespace siglab
