// Bus: guest memory by page and permission, for an emulator that asks for each access; and the port through which it does.
#pragma once

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "machine/stops.h"

namespace siglab {

class Bus {
   public:
	void map(std::span<const Region> regions) {
		pages_.clear();
		for (const Region& region : regions) {
			const size_t first = region.range.begin.value / kPageSize;
			const size_t end = region.range.end.value / kPageSize;
			if (pages_.size() < end) pages_.resize(end);
			for (size_t i = first; i < end; ++i) pages_[i] = {region.host + (i - first) * kPageSize, region.perm};
		}
	}

	// Null if the page that holds `at` does not allow it.
	[[nodiscard]] std::byte* host(uint64_t at, Perm perm) const {
		const uint64_t number = at / kPageSize;
		if (number >= pages_.size() || pages_[number].host == nullptr || !allows(pages_[number].perm, perm)) return nullptr;
		return pages_[number].host + at % kPageSize;
	}

	// Copies from or to the guest. Where that crosses into another page, both are asked before anything is moved.
	// Returns the first address that may not be touched.
	std::optional<uint64_t> read(uint64_t at, std::span<std::byte> into) const {
		return each_piece(at, into.size(), Perm::read, [&](const std::byte* from, size_t done, size_t size) { std::memcpy(&into[done], from, size); });
	}
	std::optional<uint64_t> write(uint64_t at, std::span<const std::byte> from) const {
		return each_piece(at, from.size(), Perm::write, [&](std::byte* to, size_t done, size_t size) { std::memcpy(to, &from[done], size); });
	}

   private:
	struct Page {
		std::byte* host = nullptr;
		Perm perm = Perm::read;
	};

	template <class Move>
	std::optional<uint64_t> each_piece(uint64_t at, size_t size, Perm perm, const Move& move) const {
		const size_t here = std::min<size_t>(size, kPageSize - at % kPageSize);
		std::byte* const first = host(at, perm);
		if (first == nullptr) return at;
		if (here < size) {
			std::byte* const second = host(at + here, perm);
			if (second == nullptr) return at + here;
			move(second, here, size - here);
		}
		move(first, 0, here);
		return std::nullopt;
	}

	std::vector<Page> pages_;
};

// An access of the guest's, and what comes of it: for the length of one run.
struct Port {
	Bus bus;
	Memory* memory = nullptr;
	bool logs = false;
	std::vector<Write> writes;
	// Of one that does not log: blocks of the pages that have been stored to since memory was mapped, and those of the pages that the emulator
	// has not been told of yet. It may write them past this port from then on.
	BlockSet open;
	std::vector<uint64_t> fresh;
	std::optional<Stop> stop;    // how the run under way ends
	std::optional<uint64_t> at;  // and at which PC, where the emulator's own is not it

	void map(Memory& mapped) {
		memory = &mapped;
		bus.map(mapped.regions());
		open = BlockSet(mapped.blocks().size());
		fresh.clear();
	}

	template <class T>
	T read(uint64_t address) {
		T value{};
		if (const auto fault = bus.read(address, std::as_writable_bytes(std::span{&value, 1}))) stop = fault_stop(Access::read, {*fault});
		return value;
	}

	template <class T>
	void write(uint64_t address, T value) {
		if (const auto fault = bus.write(address, std::as_bytes(std::span{&value, 1}))) {
			stop = fault_stop(Access::write, {*fault});
		} else if (logs) {
			memory->touch({address}, sizeof value);
			Write& made = writes.emplace_back(Write{{address}, sizeof value});
			std::memcpy(made.bytes.data(), &value, sizeof value);
		} else {
			open_page(address / kPageSize);
			if (address % kPageSize + sizeof value > kPageSize) open_page(address / kPageSize + 1);
		}
	}

	void open_page(uint64_t page) {
		const std::optional<uint32_t> first = memory->block_at({page * kPageSize});
		if (!first || open.test(*first)) return;
		for (uint32_t i = 0; i < kPageSize / kBlockSize; ++i) open.set(*first + i);
		fresh.push_back(page);
	}

	// The monitor has been asked already; nobody else runs, so memory holds what was expected unless the host changed it.
	template <class T>
	bool exchange(uint64_t address, T value, T expected) {
		const T now = read<T>(address);
		if (stop || now != expected) return false;
		write(address, value);
		return !stop;
	}

	void raise(bool fetch, uint64_t pc) {
		stop = fetch ? fault_stop(Access::fetch, {pc}) : undefined_stop({pc});
		at = pc;
	}
};

}  // namespace siglab
