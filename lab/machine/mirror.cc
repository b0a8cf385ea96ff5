#include "machine/mirror.h"

#include <sys/mman.h>

#include <algorithm>

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

void Mirror::map(std::span<const Region> regions) {
	if (base_ == nullptr) return;
	const auto same = [](const Region& a, const Region& b) { return a.range == b.range && a.perm == b.perm && a.host == b.host; };
	if (std::equal(regions.begin(), regions.end(), shown_.begin(), shown_.end(), same)) {
		for (const uint64_t page : open_) (void)mprotect(base_ + page * kPageSize, kPageSize, PROT_READ);
	} else {
		for (const Region& region : shown_) {
			(void)mmap(base_ + region.range.begin.value, region.range.size(), PROT_NONE, kNowhere | MAP_FIXED, -1, 0);
		}
		shown_.clear();
		for (const Region& region : regions) show(region);
	}
	open_.clear();
}

void Mirror::show(const Region& region) {
	if (!on_pages(region) || region.range.end.value > size_) return;
	std::byte* const at = base_ + region.range.begin.value;
	if (mremap(region.host, 0, region.range.size(), MREMAP_MAYMOVE | MREMAP_FIXED, at) == MAP_FAILED) return;
	shown_.push_back(region);
	(void)mprotect(at, region.range.size(), allows(region.perm, Perm::read) ? PROT_READ : PROT_NONE);
}

void Mirror::open(uint64_t page) {
	const GuestAddr at{page * kPageSize};
	const auto shows = [&](const Region& region) { return region.range.contains(at) && allows(region.perm, Perm::read | Perm::write); };
	if (std::none_of(shown_.begin(), shown_.end(), shows)) return;
	if (mprotect(base_ + at.value, kPageSize, PROT_READ | PROT_WRITE) == 0) open_.push_back(page);
}

}  // namespace siglab
