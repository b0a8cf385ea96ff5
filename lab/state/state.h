// State: one moment of the whole world, as a value.
//
// Models    the thread (CPU and what the kernel keeps for it), the memory that differs from the world's first moment, and the ghost.
// Does not  hold code: images never change during a run; the world has them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "state/delta.h"
#include "state/ghost.h"
#include "state/hash.h"
#include "state/memory.h"
#include "state/signals.h"

namespace siglab {

// One thread, as a system call or a delivery changes it.
struct Thread {
	Cpu cpu;
	Signals signals;
	bool operator==(const Thread&) const = default;
};

// The memory that can change, region after region, as one block of bytes.
class Snapshot {
   public:
	Snapshot() = default;
	explicit Snapshot(const Memory& memory);

	// Takes over what `memory`, or one of its regions, holds now; and gives it back. Same regions as at construction, and tracked since before
	// it: a block that is not touched is as it was then.
	void take(const Memory& memory);
	void take(const Region& region);
	void restore(Memory& memory) const;
	// Applies a write that the memory has seen too. Writes to memory that no snapshot covers are ignored.
	void apply(const Write& write);
	// From this snapshot to what the delta says; it was taken from this one.
	void apply(const Delta& delta);
	// The bytes of [at, at + size) as they were; the range lies in one region that can change, else empty.
	[[nodiscard]] std::span<const std::byte> bytes(GuestAddr at, size_t size) const;

	[[nodiscard]] std::span<const std::byte> all() const { return std::as_bytes(std::span{lines_}); }
	// What the block of that number held.
	[[nodiscard]] const std::byte* block(uint32_t number) const { return data() + number * kBlockSize; }
	// Where a block of a delta of this snapshot begins in the guest.
	[[nodiscard]] GuestAddr address_of_block(uint32_t number) const;
	bool operator==(const Snapshot& other) const { return lines_ == other.lines_; }

   private:
	struct Piece {
		GuestRange range;
		size_t offset;
	};
	// As the host's cache holds them: what is compared and put back a million times should not begin in the middle of one.
	struct alignas(64) Line {
		std::array<std::byte, 64> bytes;
		bool operator==(const Line&) const = default;
	};
	[[nodiscard]] const Piece* find(GuestAddr at, size_t size) const;

	[[nodiscard]] std::byte* data() { return reinterpret_cast<std::byte*>(lines_.data()); }
	[[nodiscard]] const std::byte* data() const { return reinterpret_cast<const std::byte*>(lines_.data()); }

	std::vector<Piece> pieces_;
	std::vector<Line> lines_;
};

struct State {
	Thread thread;
	Delta memory;  // from the world's first moment
	Ghost ghost;
	bool operator==(const State&) const = default;
};

// Of everything that `==` compares.
Hash128 hash_state(const State& state);

}  // namespace siglab
