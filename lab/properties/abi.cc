#include <fmt/format.h>

#include "guest_asm/layout.h"
#include "properties/checks.h"

namespace siglab {
namespace {

// The first callee-saved register that differs from what the caller had.
std::string lost_register(const Isa& isa, const VdsoEntry& entry, const Cpu& cpu) {
	for (size_t i = 0; i < isa.callee_saved.size(); ++i) {
		const uint8_t reg = isa.callee_saved[i];
		const uint64_t was = entry.callee_saved[i], now = cpu.gpr[reg];
		if (now != was) return fmt::format("{} = {:#x}, not {:#x}", gpr_name(isa, reg), now, was);
	}
	for (size_t i = 0; i < isa.callee_saved_vec.size(); ++i) {
		if (cpu.vec[isa.callee_saved_vec[i]] != entry.callee_saved_vec[i]) return fmt::format("d{}", 8 + i);
	}
	return cpu.sp != entry.sp ? fmt::format("sp = {:#x}, not {:#x}", cpu.sp, entry.sp) : std::string{};
}

void vdso_return(const StepView& view, Violations& violations) {
	const VdsoEntry& entry = view.ghost_before.vdso;
	const uint64_t thumb_bit = 1;
	std::string lost = lost_register(view.isa, entry, view.after);
	if (lost.empty() && view.after.pc != (entry.return_pc & ~thumb_bit)) lost = fmt::format("returns to {:#x}", view.after.pc);
	if (lost.empty()) return;
	violations.push_back({{Property::abi, Kind::vdso_registers}, "the vDSO gives every callee-saved register back", lost});
}

// Its own stack, below the caller's SP, and the timespec that it was asked to fill.
void vdso_writes(const StepView& view, Violations& violations) {
	const VdsoEntry& entry = view.ghost_before.vdso;
	const uint64_t timespec_end = entry.timespec + 2u * view.isa.timespec_word;
	for (const Write& write : view.writes) {
		const uint64_t begin = write.at.value;
		const uint64_t end = begin + write.size;
		const bool own_stack = end <= entry.sp && begin + 0x2000 > entry.sp;
		if (own_stack || (begin >= entry.timespec && end <= timespec_end)) continue;
		violations.push_back({{Property::abi, Kind::vdso_memory}, "the vDSO writes its stack and the timespec only",
		                      fmt::format("{} bytes at {:#x}", write.size, begin)});
	}
}

// Go's ABI0: SP and g. The ghost has closed the call because PC and SP are the caller's again.
void trampoline_return(const StepView& view, Violations& violations) {
	const OpenCall* open = view.ghost_before.depth <= Ghost::kMaxDepth ? view.ghost_before.open() : nullptr;
	if (open == nullptr || view.after.pc != open->return_pc) return;
	const bool closed = view.ghost.depth < view.ghost_before.depth;
	if (!closed && view.after.sp < open->caller_sp) return;  // a deeper call of the same caller
	const uint64_t g = view.after.gpr[view.isa.g];
	if (closed && g == open->g_register) return;
	violations.push_back({{Property::abi, Kind::trampoline},
	                      fmt::format("the trampoline returns with sp {:#x}, g {:#x}", open->caller_sp, open->g_register),
	                      fmt::format("sp {:#x}, g {:#x}", view.after.sp, g)});
}

}  // namespace

void abi_on_step(const StepView& view, Violations& violations) {
	if (view.ghost_before.in_vdso) {
		vdso_writes(view, violations);
		if (!view.ghost.in_vdso) vdso_return(view, violations);
	}
	trampoline_return(view, violations);
}

// A C handler that was there before Go relies on it: sigtramp gives back what AAPCS says, where its version promises that.
void abi_on_delivery(const DeliveryView& view, Violations& violations) {
	if (!view.truth.sigtramp_keeps_aapcs || view.end.kind != EndKind::completed) return;
	for (const uint8_t reg : view.isa.callee_saved) {
		const uint64_t entered = view.entered.cpu.gpr[reg];
		const uint64_t leaving = view.leaving.cpu.gpr[reg];
		// The restorer has already put its call's number where arm wants it.
		if (entered == leaving || reg == view.isa.syscall_register) continue;
		violations.push_back({{Property::abi, Kind::sigtramp}, fmt::format("sigtramp gives {} = {:#x} back", gpr_name(view.isa, reg), entered),
		                      fmt::format("{:#x}", leaving)});
		return;
	}
}

}  // namespace siglab
