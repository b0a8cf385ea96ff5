#include <fmt/format.h>

#include <algorithm>

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

// C code wants an aligned stack, and more of it than a goroutine may have left.
void vdso_stack(const StepView& view, Violations& violations) {
	const GuestAddr sp{view.ghost.vdso.sp};
	const std::vector<GuestRange>& stacks = view.truth.c_stacks;
	const bool aligned = sp.value % view.isa.call_alignment == 0;
	const auto stack = std::find_if(stacks.begin(), stacks.end(), [&](const GuestRange& range) { return range.contains(sp - 1); });
	if (!aligned || (stack == stacks.end() && !stacks.empty())) {
		violations.push_back({{Property::abi, Kind::stack},
		                      fmt::format("C is called on g0's stack or the signal stack, with sp a multiple of {}", view.isa.call_alignment),
		                      fmt::format("sp = {:#x}", sp.value)});
		return;
	}
	// Whoever is on that stack already goes on there when C has returned.
	const OpenCall* open = view.ghost.open();
	if (open == nullptr || stack == stacks.end() || !stack->contains(GuestAddr{open->caller_sp} - 1) || sp.value < open->caller_sp) return;
	violations.push_back({{Property::abi, Kind::stack}, fmt::format("C's frames lie below its caller's, whose sp is {:#x}", open->caller_sp),
	                      fmt::format("sp = {:#x}", sp.value)});
}

// Go code compares SP with its g's bounds before it needs more stack.
void handler_stack(const StepView& view, Violations& violations) {
	const std::optional<BoundsFields>& fields = view.truth.gsignal_bounds;
	if (!fields || view.truth.c_stacks.empty() || !view.truth.landmarks.has({view.after.pc}, Mark::enter_handler)) return;
	if (view.ghost.owner != view.truth.gsignal || view.after.gpr[view.isa.g] != view.ghost.owner) return;  // `recovers-g` says why
	const std::optional<uint64_t> lo = view.memory.load_word(fields->lo, view.isa.word);
	const std::optional<uint64_t> hi = view.memory.load_word(fields->hi, view.isa.word);
	const uint64_t sp = view.after.sp;
	const std::vector<GuestRange>& stacks = view.truth.c_stacks;
	const auto is_its_stack = [&](const GuestRange& stack) { return stack.begin.value == lo && stack.end.value == hi && stack.contains({sp - 1}); };
	if (std::any_of(stacks.begin(), stacks.end(), is_its_stack)) return;
	violations.push_back({{Property::abi, Kind::stack}, "gsignal's bounds are those of the stack that the handler runs on",
	                      fmt::format("sp = {:#x}, gsignal's stack {:#x} .. {:#x}", sp, lo.value_or(0), hi.value_or(0))});
}

std::string lost_by_sigtramp(const DeliveryView& view) {
	const Cpu& entered = view.entered.cpu;
	const Cpu& leaving = view.leaving.cpu;
	for (const uint8_t reg : view.isa.callee_saved) {
		// The restorer has already put its call's number where arm wants it.
		if (entered.gpr[reg] == leaving.gpr[reg] || reg == view.isa.syscall_register) continue;
		return fmt::format("{} = {:#x}, not {:#x}", gpr_name(view.isa, reg), leaving.gpr[reg], entered.gpr[reg]);
	}
	if (!view.truth.sigtramp_keeps_vec) return {};
	for (size_t i = 0; i < view.isa.callee_saved_vec.size(); ++i) {
		const uint8_t word = view.isa.callee_saved_vec[i];
		if (entered.vec[word] != leaving.vec[word]) return fmt::format("d{} = {:#x}, not {:#x}", 8 + i, leaving.vec[word], entered.vec[word]);
	}
	return {};
}

}  // namespace

void abi_on_step(const StepView& view, Violations& violations) {
	if (view.ghost_before.in_vdso) {
		vdso_writes(view, violations);
		if (!view.ghost.in_vdso) vdso_return(view, violations);
	}
	if (!view.ghost_before.in_vdso && view.ghost.in_vdso) vdso_stack(view, violations);
	trampoline_return(view, violations);
	handler_stack(view, violations);
}

// A C handler that was there before Go relies on it: sigtramp gives back what AAPCS says, where its version promises that.
void abi_on_delivery(const DeliveryView& view, Violations& violations) {
	if (!view.truth.sigtramp_keeps_aapcs || view.end.kind != EndKind::completed) return;
	std::string lost = lost_by_sigtramp(view);
	if (lost.empty()) return;
	violations.push_back({{Property::abi, Kind::sigtramp}, "sigtramp gives every callee-saved register back", std::move(lost)});
}

}  // namespace siglab
