// TornStore: a store over a page's end that is refused, made good. Unicorn names the last byte of it and has written what lies in the first page; a
// CPU names the first byte that may not be written. Only for a hooked engine, which is told of each store before it is made.
#pragma once

#include <algorithm>

#include "state/memory.h"

namespace siglab {

class TornStore {
   public:
	void begin() {
		last_ = {};
		refused_ = false;
	}
	// Before it is made.
	void note(const Write& store, const Memory& memory) {
		if (refused_) return;
		last_ = store;
		if (store.at.value % kPageSize + store.size > kPageSize) (void)memory.read(store.at, in_first_page());
	}
	// The address that a CPU would name.
	uint64_t refuse(uint64_t address) {
		if (address - last_.at.value >= last_.size) return address;
		refused_ = true;
		return std::max(last_.at.value, round_down(address, kPageSize));
	}
	void mend(Memory& memory) {
		if (refused_) (void)memory.place(last_.at, in_first_page());
	}

   private:
	std::span<std::byte> in_first_page() {
		return std::span{last_.bytes}.first(std::min<uint64_t>(last_.size, kPageSize - last_.at.value % kPageSize));
	}

	Write last_;  // `bytes`: what was there
	bool refused_ = false;
};

}  // namespace siglab
