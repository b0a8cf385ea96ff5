// Fast stores: takes Unicorn's slow path for stores out of the way, where its library lets us.
//
// Why       Unicorn 2.0 never clears the mark "may hold translated code" of a page in its TLB, so each store looks for translations to drop:
//           70 to 200 ns instead of one. The library exports what clears it: tlb_set_dirty_aarch64, and its twin for arm.
// Hooked    stores go through the library's slow path all the same, for the hook's sake; what they are spared is the search for translations.
// Safe      only for pages that nobody executes: code that the guest changed there would not be noticed. A page that has no entry in the TLB
//           yet, or loses it, is merely slow (again).
// Without   the symbols, or with another version of Unicorn than 2.0, all of this does nothing: the public API alone does the work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

struct uc_struct;

namespace siglab {

// The bytes of Unicorn's CPU, by a symbol that the library exports; empty where it does not. `suffix`: what its symbols for this CPU end in:
// "aarch64", "arm".
std::span<std::byte> unicorn_cpu(uc_struct* uc, const char* suffix);

class FastStore {
   public:
	FastStore() = default;
	// `cpu` and `suffix` as of unicorn_cpu().
	FastStore(std::span<std::byte> cpu, const char* suffix);

	[[nodiscard]] bool on() const { return set_dirty_ != nullptr; }
	// From here on stores to those pages of [begin, end) that the TLB has an entry of go straight to memory; until memory is mapped anew.
	void allow(uint64_t begin, uint64_t end) const;

   private:
	void* cpu_ = nullptr;
	void (*set_dirty_)(void* cpu, uint64_t address) = nullptr;
};

}  // namespace siglab
