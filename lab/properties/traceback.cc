#include <fmt/format.h>

#include "properties/checks.h"

namespace siglab {
namespace {

// A trampoline's own frame is no larger.
constexpr uint64_t kFrame = 128;

Kind kind_of(const OpenCall* open, uint64_t pc, uint64_t sp) {
	if (sp == 0) return Kind::zero;
	if (pc == 0) return Kind::no_pc;
	const bool own = open != nullptr && pc == open->trace_pc && sp < open->trace_sp && open->trace_sp - sp <= kFrame;
	return own ? Kind::own_sp : Kind::pair;
}

}  // namespace

// What the profiler read, when it read it. Zero says "unwind from the interrupted PC", which works only while SP is the caller's own.
void traceback_on_delivery(const DeliveryView& view, Violations& violations) {
	if (view.truth.trace.empty() || view.observed.prof_count == view.observed_before.prof_count) return;
	if (view.ghost.depth > Ghost::kMaxDepth) return;
	const uint64_t pc = view.observed.prof_pc;
	const uint64_t sp = view.observed.prof_sp;
	const OpenCall* open = view.ghost.open();
	const OpenCall* outer = view.ghost.depth >= 2 ? &view.ghost.calls[view.ghost.depth - 2u] : nullptr;
	const auto is_pair_of = [&](const OpenCall* call) { return call != nullptr && pc == call->trace_pc && sp == call->trace_sp; };

	const bool needs_pair = open != nullptr && open->sp_switched;
	const bool may_be_zero = !needs_pair && outer == nullptr;
	const bool may_be_outer = open != nullptr && !open->sp_switched;
	if ((sp == 0 && may_be_zero) || (sp != 0 && is_pair_of(open)) || (may_be_outer && is_pair_of(outer))) return;
	const std::string expected = open != nullptr ? fmt::format("vdsoPC {:#x}, vdsoSP {:#x}{}", open->trace_pc, open->trace_sp,
	                                                           may_be_zero ? ", or vdsoSP 0" : "")
	                                             : "vdsoSP 0: no call is open";
	violations.push_back({{Property::traceback, kind_of(open, pc, sp)}, expected, fmt::format("vdsoPC {:#x}, vdsoSP {:#x}", pc, sp)});
}

}  // namespace siglab
