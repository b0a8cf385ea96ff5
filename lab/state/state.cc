#include "state/state.h"

#include <xxhash.h>

#include <algorithm>
#include <memory>

namespace siglab {

Snapshot::Snapshot(const Memory& memory) {
	size_t offset = 0;
	for (const Region& region : memory.regions()) {
		if (region.constant()) continue;
		pieces_.push_back({region.range, offset});
		offset += region.range.size();
	}
	lines_.resize(offset / sizeof(Line));
	for (size_t i = 0; i < memory.blocks().size(); ++i) std::memcpy(data() + i * kBlockSize, memory.blocks()[i].host, kBlockSize);
}

void Snapshot::take(const Memory& memory) {
	memory.each_touched([&](uint32_t number, const Block& block) {
		std::memcpy(data() + number * kBlockSize, block.host, kBlockSize);
	});
}

void Snapshot::take(const Region& region) {
	const auto same = [&](const Piece& piece) { return piece.range == region.range; };
	const auto piece = std::find_if(pieces_.begin(), pieces_.end(), same);
	if (piece != pieces_.end()) std::memcpy(data() + piece->offset, region.host, region.range.size());
}

void Snapshot::restore(Memory& memory) const {
	memory.each_touched([&](uint32_t number, const Block& block) {
		std::memcpy(block.host, data() + number * kBlockSize, kBlockSize);
	});
}

const Snapshot::Piece* Snapshot::find(GuestAddr at, size_t size) const {
	for (const Piece& piece : pieces_) {
		if (piece.range.contains(at) && piece.range.end - at >= size) return &piece;
	}
	return nullptr;
}

void Snapshot::apply(const Write& write) {
	for (uint32_t done = 0; done < write.size;) {
		const GuestAddr at = write.at + done;
		const Piece* piece = find(at, 1);
		if (piece == nullptr) return;
		const auto size = static_cast<uint32_t>(std::min<uint64_t>(write.size - done, piece->range.end - at));
		std::memcpy(data() + piece->offset + (at - piece->range.begin), write.bytes.data() + done, size);
		done += size;
	}
}

void Snapshot::apply(const Delta& delta) {
	for (size_t i = 0; i < delta.blocks.size(); ++i) {
		std::memcpy(data() + delta.blocks[i] * kBlockSize, delta.bytes.data() + i * kBlockSize, kBlockSize);
	}
}

GuestAddr Snapshot::address_of_block(uint32_t number) const {
	const size_t offset = number * kBlockSize;
	for (const Piece& piece : pieces_) {
		if (offset - piece.offset < piece.range.size()) return piece.range.begin + (offset - piece.offset);
	}
	return {};
}

std::span<const std::byte> Snapshot::bytes(GuestAddr at, size_t size) const {
	const Piece* piece = find(at, size);
	if (piece == nullptr) return {};
	return all().subspan(piece->offset + (at - piece->range.begin), size);
}

namespace {

// Feeds values field by field: padding must not count.
class Hasher {
   public:
	Hasher() : state_(XXH3_createState(), XXH3_freeState) { XXH3_128bits_reset(state_.get()); }
	template <class T>
	    requires std::has_unique_object_representations_v<T>
	void add(const T& value) {
		XXH3_128bits_update(state_.get(), &value, sizeof value);
	}
	void add(std::span<const std::byte> bytes) { XXH3_128bits_update(state_.get(), bytes.data(), bytes.size()); }
	[[nodiscard]] Hash128 done() const {
		const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
		return {hash.high64, hash.low64};
	}

   private:
	std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

void add_signals(Hasher& hasher, const Signals& signals) {
	hasher.add(signals.blocked);
	hasher.add(signals.pending);
	hasher.add(signals.altstack.sp);
	hasher.add(signals.altstack.size);
	hasher.add(signals.altstack.flags);
	hasher.add(signals.actions.all());
	hasher.add(signals.clock);
}

void add_ghost(Hasher& hasher, const Ghost& ghost) {
	hasher.add(ghost.owner);
	hasher.add(ghost.interrupted);
	hasher.add(ghost.depth);
	// The rest is empty.
	for (const OpenCall& call : std::span{ghost.calls}.first(std::min<size_t>(ghost.depth, Ghost::kMaxDepth))) {
		hasher.add(call.function);
		hasher.add(call.owner);
		hasher.add(call.g_register);
		hasher.add(call.return_pc);
		hasher.add(call.caller_sp);
		hasher.add(call.trace_pc);
		hasher.add(call.trace_sp);
		const std::array<bool, 4> flags = {call.pc_stored, call.sp_stored, call.sp_switched, call.slot_set};
		hasher.add(flags);
		hasher.add(call.at_entry);
	}
	hasher.add(ghost.in_vdso);
	hasher.add(ghost.vdso);
	hasher.add(ghost.returned);
}

}  // namespace

Hash128 hash_state(const State& state) {
	Hasher hasher;
	hasher.add(state.thread.cpu);
	add_signals(hasher, state.thread.signals);
	for (const uint32_t block : state.memory.blocks) hasher.add(block);
	hasher.add(std::span{state.memory.bytes});
	add_ghost(hasher, state.ghost);
	return hasher.done();
}

}  // namespace siglab
