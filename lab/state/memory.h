// The guest's memory: a few regions over host memory that somebody else owns (the machine's arena).
//
// Models    mapped, page-granular regions with permissions, as the kernel's copy_to_user and the CPU both see them.
// Tracks    which blocks may have been written: the others need not be compared, kept or put back. Whoever writes past this class says so
//           (`touch`); an engine without hooks can't, so it maps untouched blocks read-only until their first store.
// Does not  model copy on write, sharing, or memory that comes and goes during a run.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/types.h"
#include "state/block_set.h"

namespace siglab {

// The granule in which memory is tracked, compared and kept; the smallest page of both CPUs.
inline constexpr uint64_t kBlockSize = 1024;

enum class Perm : uint8_t { read = 1, write = 2, exec = 4, kernel_writes = 8 };  // the last: read-only to user code, yet not constant
constexpr Perm operator|(Perm a, Perm b) { return static_cast<Perm>(static_cast<uint8_t>(a) | static_cast<uint8_t>(b)); }
constexpr bool allows(Perm have, Perm want) {
	return (static_cast<uint8_t>(have) & static_cast<uint8_t>(want)) == static_cast<uint8_t>(want);
}

struct Region {
	std::string name;
	GuestRange range;
	Perm perm = Perm::read;
	std::byte* host = nullptr;

	[[nodiscard]] std::span<std::byte> bytes() const { return {host, range.size()}; }
	// Whether an emulator would map both alike: a name does not matter.
	[[nodiscard]] bool maps_as(const Region& other) const { return range == other.range && perm == other.perm && host == other.host; }
	[[nodiscard]] bool constant() const { return !allows(perm, Perm::write) && !allows(perm, Perm::kernel_writes); }
};

// A block of a region that can change. Blocks are numbered in the order of their addresses.
struct Block {
	GuestAddr at;
	std::byte* host = nullptr;
	[[nodiscard]] std::span<std::byte> bytes() const { return {host, kBlockSize}; }
};

// Blocks that follow one another in one region.
struct Stretch {
	const Region* region = nullptr;
	uint32_t first = 0;        // the first block's number
	GuestAddr at;
	std::byte* host = nullptr;
	size_t size = 0;           // bytes
	[[nodiscard]] GuestAddr end() const { return at + size; }
};

// One write, as it left memory: `size` bytes at `at`, taken after the instruction or system call that made it.
struct Write {
	GuestAddr at;
	uint32_t size = 0;
	std::array<std::byte, 16> bytes{};

	[[nodiscard]] std::span<const std::byte> data() const { return {bytes.data(), size}; }
};

class Memory {
   public:
	// Regions are of whole pages and do not overlap; their host memory outlives this.
	explicit Memory(std::vector<Region> regions);
	Memory(const Memory&) = delete;
	Memory& operator=(const Memory&) = delete;

	[[nodiscard]] std::span<const Region> regions() const { return regions_; }
	[[nodiscard]] const Region* find(GuestAddr at) const;

	// As user code would: false, and nothing done, unless all of [at, at + size) is mapped with that permission.
	[[nodiscard]] bool read(GuestAddr at, std::span<std::byte> into) const;
	[[nodiscard]] bool write(GuestAddr at, std::span<const std::byte> from);

	// The same as read(), without a copy: empty where read() would refuse. Good until the next write.
	[[nodiscard]] std::span<const std::byte> view(GuestAddr at, size_t size) const;

	// As write(), for a caller that fills in many fields: the bytes themselves, empty where write() would refuse. It tells what it wrote: what
	// is touched (touch(), which may be told of more at once), and each field for the log.
	[[nodiscard]] std::span<std::byte> open_for_write(GuestAddr at, size_t size);
	void log_written(GuestAddr at, std::span<const std::byte> bytes) {
		if (log_ != nullptr) log(at, bytes);
	}

	// As the lab that sets the stage: permissions do not matter, but the region must exist.
	[[nodiscard]] bool place(GuestAddr at, std::span<const std::byte> from);

	template <class T>
	[[nodiscard]] std::optional<T> load(GuestAddr at) const {
		T value{};
		if (!read(at, std::as_writable_bytes(std::span{&value, 1}))) return std::nullopt;
		return value;
	}
	template <class T>
	[[nodiscard]] bool store(GuestAddr at, T value) {
		return write(at, std::as_bytes(std::span{&value, 1}));
	}
	// Little-endian, `width` bytes (1, 2, 4, 8).
	[[nodiscard]] std::optional<uint64_t> load_word(GuestAddr at, uint8_t width) const;
	[[nodiscard]] bool store_word(GuestAddr at, uint64_t value, uint8_t width);
	[[nodiscard]] bool place_word(GuestAddr at, uint64_t value, uint8_t width);

	// The memory that can change. Its regions are multiples of kBlockSize.
	[[nodiscard]] std::span<const Block> blocks() const { return blocks_; }
	// From now on only what is touched counts; until then everything does.
	void track();
	void touch_everything();
	void touch(GuestAddr at, uint64_t size) {
		const size_t region = index_of(at);
		if (region < regions_.size()) touch(region, at, size);
	}
	void touch(const BlockSet& blocks) {
		touched_.add(blocks);
		recent_.add(blocks);
	}
	// The number of the block at an address in memory that can change.
	[[nodiscard]] std::optional<uint32_t> block_at(GuestAddr at) const;
	// Calls on_block(number, block) for each that may have been written since track(), in ascending order.
	template <class OnBlock>
	void each_touched(OnBlock&& on_block) const {
		touched_.each([&](uint32_t number) { on_block(number, blocks_[number]); });
	}
	// The same since the last begin_recent().
	void begin_recent() {
		if (!everything_) recent_.clear();
	}
	template <class OnStretch>
	void each_recent_stretch(OnStretch&& on_stretch) const {
		each_stretch(recent_, on_stretch);
	}
	template <class OnStretch>
	void each_touched_stretch(OnStretch&& on_stretch) const {
		each_stretch(touched_, on_stretch);
	}

	// From now on the ranges of write() are appended to `log` (null: no more), in pieces of at most 16 bytes.
	void log_writes_to(std::vector<Write>* log) { log_ = log; }

   private:
	template <class OnStretch>
	void each_stretch(const BlockSet& blocks, OnStretch&& on_stretch) const {
		const Region* region = regions_.data();
		blocks.each_run([&](uint32_t first, uint32_t count) {
			while (count != 0) {
				const Block& block = blocks_[first];
				while (!region->range.contains(block.at)) ++region;
				const size_t size = std::min(count * kBlockSize, region->range.end - block.at);
				on_stretch(Stretch{region, first, block.at, block.host, size});
				first += static_cast<uint32_t>(size / kBlockSize);
				count -= static_cast<uint32_t>(size / kBlockSize);
			}
		});
	}
	void log(GuestAddr at, std::span<const std::byte> bytes);
	[[nodiscard]] size_t index_of(GuestAddr at) const {
		const uint64_t page = at.value / kPageSize;
		return page < by_page_.size() ? by_page_[page] : regions_.size();
	}
	// The region that has [at, at + size) with that permission, perhaps with those that follow it; regions_.size() if none has.
	[[nodiscard]] size_t index_of(GuestAddr at, size_t size, Perm perm) const;
	[[nodiscard]] bool touches_next(size_t region) const;
	[[nodiscard]] std::byte* host(size_t region, GuestAddr at) const { return regions_[region].host + (at - regions_[region].range.begin); }
	void touch(size_t region, GuestAddr at, uint64_t size);

	std::vector<Region> regions_;
	std::vector<uint16_t> by_page_;      // the region of each page, or regions_.size(): it is asked for all the time
	std::vector<uint32_t> first_block_;  // by region; meaningless where it is constant
	std::vector<Block> blocks_;
	BlockSet touched_, recent_;
	bool everything_ = true;             // nobody tells what is touched
	std::vector<Write>* log_ = nullptr;
};

}  // namespace siglab
