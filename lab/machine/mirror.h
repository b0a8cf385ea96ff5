// Mirror: guest memory a second time, at its own distances in one stretch of host addresses, where each page has a protection of its own.
//
// Models    pages as the CPU sees them: what is mapped can be read, and written once it has been opened; all else is a host fault, which
//           the emulator that runs over the mirror turns into a call.
// How       a second view of the same host memory (mremap of a shared mapping). Memory that is not shared, or not page-aligned, stays
//           closed: slower, never wrong.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "state/memory.h"

namespace siglab {

class Mirror {
   public:
	// Shows guest addresses 0 .. size, and one page behind them that is never mapped. `size` is a multiple of the page size.
	explicit Mirror(uint64_t size);
	~Mirror();
	Mirror(const Mirror&) = delete;
	Mirror& operator=(const Mirror&) = delete;

	// Null: the host had no such stretch of addresses.
	[[nodiscard]] std::byte* base() const { return base_; }

	// Shows these regions and nothing else; no page is open.
	// Errors    environment: a page that was open, or a region that is gone, could not be closed. Then it must not be used.
	Status map(std::span<const Region> regions);
	// That page may be written from now on.
	void open(uint64_t page);

   private:
	[[nodiscard]] bool hide(GuestRange range);
	[[nodiscard]] bool show(const Region& region);

	uint64_t size_ = 0;
	std::byte* base_ = nullptr;
	std::vector<Region> shown_;
	std::vector<uint64_t> open_;
};

}  // namespace siglab
