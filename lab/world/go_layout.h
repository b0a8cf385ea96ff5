// Go's objects in guest memory: g's, m's, stacks and spans, laid out by the offsets that the guest file declares.
#pragma once

#include "world/world.h"

namespace siglab {

// Field offsets of one release, from the guest's absolute symbols. What a file does not declare is not there.
struct GoOffsets {
	std::optional<uint64_t> g_stack_lo, g_stack_hi, g_m, g_sched_sp, m_g0, m_gsignal, m_curg, m_vdso_sp, m_vdso_pc, m_is_extra_in_c;
};
GoOffsets read_offsets(const Image& guest);

// The changeable memory of a Go process as the scenario's world has it.
class GoMemory {
   public:
	GoMemory(const Isa& isa, const GoOffsets& offsets) : isa_(isa), offsets_(offsets) {}

	// The regions of g's and m's, stacks, spans and TLS, filled in for that world.
	[[nodiscard]] std::vector<RegionPlan> regions(const Scenario& scenario) const;

   private:
	void put(RegionPlan& region, uint64_t address, uint64_t value) const;
	void field(RegionPlan& region, uint64_t object, std::optional<uint64_t> offset, uint64_t value) const;
	void thread(RegionPlan& gm, uint64_t m, uint64_t curg, uint64_t g0, uint64_t gsignal) const;
	[[nodiscard]] RegionPlan gs_and_ms(WorldKind world) const;
	[[nodiscard]] RegionPlan spans(WorldKind world) const;

	const Isa& isa_;
	const GoOffsets& offsets_;
};

bool is_cgo(WorldKind world);
bool blocks_signals(WorldKind world);
bool uses_foreign_stack(WorldKind world);
// Whether this runtime's sigtramp asks TLS for g.
bool asks_tls(const Scenario& scenario);
// The memory of the signal stack that the kernel knows of.
GuestRange signal_stack_of(WorldKind world);

}  // namespace siglab
