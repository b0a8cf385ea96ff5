#include <fmt/format.h>

#include "properties/checks.h"

namespace siglab {
namespace {

std::string first_difference(const Isa& isa, const Cpu& before, const Cpu& after) {
	const auto differs = [](std::string_view name, uint64_t was, uint64_t is) { return fmt::format("{} = {:#x}, was {:#x}", name, is, was); };
	for (size_t i = 0; i < before.gpr.size(); ++i) {
		if (before.gpr[i] != after.gpr[i]) return differs(gpr_name(isa, static_cast<uint8_t>(i)), before.gpr[i], after.gpr[i]);
	}
	if (before.sp != after.sp) return differs("sp", before.sp, after.sp);
	if (before.pc != after.pc) return differs("pc", before.pc, after.pc);
	if (before.flags != after.flags) return differs("flags", before.flags, after.flags);
	if (before.tls != after.tls) return differs("thread pointer", before.tls, after.tls);
	for (size_t i = 0; i < before.vec.size(); ++i) {
		if (before.vec[i] != after.vec[i]) return differs(fmt::format("FP/SIMD word {}", i), before.vec[i], after.vec[i]);
	}
	return differs("fpsr/fpcr", before.fpsr, after.fpsr);
}

const TraceFields* vdso_sp_at(const Truth& truth, GuestAddr at) {
	for (const TraceFields& trace : truth.trace) {
		if (trace.vdso_sp == at) return &trace;
	}
	return nullptr;
}

// vdsoPC means nothing while vdsoSP is 0: it counts only if there was a vdsoSP to go with it, and still is.
bool dead_vdso_pc(const DeliveryView& view, const TraceFields& trace) {
	for (const Change& change : view.changes) {
		if (change.at == trace.vdso_sp) return change.before == 0 || change.after == 0;
	}
	return view.ghost.depth == 0 || &trace != view.truth.trace.data() || !view.ghost.open()->sp_stored;
}

std::optional<Kind> kind_of(const DeliveryView& view, GuestAddr at) {
	if (at == view.truth.slot) return Kind::slot;
	if (vdso_sp_at(view.truth, at) != nullptr) return Kind::vdso_sp;
	for (const TraceFields& trace : view.truth.trace) {
		if (trace.vdso_pc != at) continue;
		return dead_vdso_pc(view, trace) ? std::nullopt : std::optional{Kind::vdso_pc};
	}
	return Kind::memory;
}

}  // namespace

void transparent_return_on_delivery(const DeliveryView& view, Violations& violations) {
	if (view.end.kind != EndKind::completed) return;
	Cpu before = view.before.cpu;
	before.counter = view.after.cpu.counter;  // the clock's, not the code's: a tick may have come in between
	if (before != view.after.cpu) {
		violations.push_back({{Property::transparent_return, Kind::registers}, "every register as before",
		                      first_difference(view.isa, before, view.after.cpu)});
	}
	const Signals& was = view.before.signals;
	const Signals& is = view.after.signals;
	if (was.blocked != is.blocked || was.altstack != is.altstack) {
		violations.push_back({{Property::transparent_return, Kind::kernel},
		                      fmt::format("blocked signals {:#x}, the same alternate stack", was.blocked),
		                      fmt::format("blocked {:#x}, alternate stack at {:#x}", is.blocked, is.altstack.sp)});
	}
	for (const Change& change : view.changes) {
		const std::optional<Kind> kind = kind_of(view, change.at);
		const auto same = [&](const Violation& seen) { return kind && seen.verdict == Verdict{Property::transparent_return, *kind}; };
		if (!kind || std::any_of(violations.begin(), violations.end(), same)) continue;
		violations.push_back({{Property::transparent_return, *kind}, fmt::format("{:#x} at {:#x}", change.before, change.at.value),
		                      fmt::format("{:#x}", change.after)});
	}
}

}  // namespace siglab
