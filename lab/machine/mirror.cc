#include "machine/mirror.h"

#include <sys/mman.h>

#include <algorithm>
#include <functional>

namespace siglab {
namespace {

constexpr int kNowhere = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

bool on_pages(const Region& region) {
	return reinterpret_cast<uintptr_t>(region.host) % kPageSize == 0 && region.range.begin.value % kPageSize == 0 && region.range.size() % kPageSize == 0;
}

}  // namespace

Mirror::Mirror(uint64_t size) : size_(size) {
	void* base = mmap(nullptr, size + kPageSize, PROT_NONE, kNowhere, -1, 0);
	if (base != MAP_FAILED) base_ = static_cast<std::byte*>(base);
}

Mirror::~Mirror() {
	if (base_ != nullptr) munmap(base_, size_ + kPageSize);
}

Status Mirror::map(std::span<const Region> regions) {
	if (base_ == nullptr) return Done{};
	bool done = true;
	if (std::equal(regions.begin(), regions.end(), shown_.begin(), shown_.end(), std::mem_fn(&Region::maps_as))) {
		for (const uint64_t page : open_) done = done && mprotect(base_ + page * kPageSize, kPageSize, PROT_READ) == 0;
	} else {
		for (const Region& region : shown_) done = done && hide(region.range);
		shown_.clear();
		for (const Region& region : regions) done = done && show(region);
	}
	open_.clear();
	return done ? Status(Done{}) : Error{Exit::environment, "guest memory cannot be protected from stores that nobody would see"};
}

bool Mirror::hide(GuestRange range) {
	return mmap(base_ + range.begin.value, range.size(), PROT_NONE, kNowhere | MAP_FIXED, -1, 0) != MAP_FAILED;
}

// What cannot be shown stays hidden. A view begins writable, as the memory is.
bool Mirror::show(const Region& region) {
	if (!on_pages(region) || region.range.end.value > size_) return true;
	std::byte* const at = base_ + region.range.begin.value;
	if (mremap(region.host, 0, region.range.size(), MREMAP_MAYMOVE | MREMAP_FIXED, at) == MAP_FAILED) return hide(region.range);
	shown_.push_back(region);
	return mprotect(at, region.range.size(), allows(region.perm, Perm::read) ? PROT_READ : PROT_NONE) == 0;
}

void Mirror::open(uint64_t page) {
	const GuestAddr at{page * kPageSize};
	const auto shows = [&](const Region& region) { return region.range.contains(at) && allows(region.perm, Perm::read | Perm::write); };
	if (std::none_of(shown_.begin(), shown_.end(), shows)) return;
	if (mprotect(base_ + at.value, kPageSize, PROT_READ | PROT_WRITE) == 0) open_.push_back(page);
}

}  // namespace siglab
