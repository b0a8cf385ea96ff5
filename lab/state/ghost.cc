#include "state/ghost.h"

namespace siglab {
namespace {

VdsoEntry remember_entry(const Isa& isa, const Cpu& cpu) {
	VdsoEntry entry{.sp = cpu.sp, .return_pc = cpu.gpr[isa.lr], .timespec = cpu.gpr[1]};
	for (size_t i = 0; i < isa.callee_saved.size(); ++i) entry.callee_saved[i] = cpu.gpr[isa.callee_saved[i]];
	for (size_t i = 0; i < isa.callee_saved_vec.size(); ++i) entry.callee_saved_vec[i] = cpu.vec[isa.callee_saved_vec[i]];
	return entry;
}

void open_call(const Isa& isa, Ghost& ghost, TimeCall function, const Cpu& cpu, const Clock& clock) {
	if (ghost.depth < Ghost::kMaxDepth) {
		const uint64_t lr = cpu.gpr[isa.lr];
		ghost.calls[ghost.depth] = OpenCall{
			.function = function, .owner = ghost.owner, .g_register = cpu.gpr[isa.g], .return_pc = lr, .caller_sp = cpu.sp,
			.trace_pc = lr, .trace_sp = cpu.sp, .at_entry = clock};
	}
	++ghost.depth;
}

// What the instruction at a mark has done, now that it has retired.
void pass_marks(const Truth& truth, const Landmarks::Set& marks, Ghost& ghost) {
	const auto passed = [&](Mark mark) { return marks.test(static_cast<size_t>(mark)); };
	if (passed(Mark::setg)) ghost.owner = truth.gsignal;
	if (passed(Mark::setg_back)) ghost.owner = ghost.interrupted;
	if (ghost.depth == 0 || ghost.depth > Ghost::kMaxDepth) return;
	OpenCall& call = ghost.calls[ghost.depth - 1];
	if (passed(Mark::vdsopc_store)) call.pc_stored = true;
	if (passed(Mark::vdsosp_store)) call.sp_stored = true;
	if (passed(Mark::sp_switch)) call.sp_switched = true;
	if (passed(Mark::slot_store)) call.slot_set = true;
	if (passed(Mark::slot_clear)) call.slot_set = false;
	if (passed(Mark::sp_restore)) call.sp_switched = false;
	if (passed(Mark::vdsosp_restore)) call.sp_stored = false;
	if (passed(Mark::vdsopc_restore)) call.pc_stored = false;
}

const OpenCall* returns(const Ghost& ghost, const Cpu& after) {
	const OpenCall* open = ghost.depth <= Ghost::kMaxDepth ? ghost.open() : nullptr;
	return open != nullptr && after.pc == open->return_pc && after.sp == open->caller_sp ? open : nullptr;
}

}  // namespace

bool moves(const Truth& truth, const Ghost& ghost, GuestAddr retired, const Cpu& after) {
	return truth.landmarks.at(retired) != nullptr || truth.landmarks.at({after.pc}) != nullptr || returns(ghost, after) != nullptr ||
	       (ghost.in_vdso && !truth.vdso.contains({after.pc}));
}

Ghost ghost_after_jump(const Truth& truth) { return {.owner = truth.caller}; }

Ghost advance(const Isa& isa, const Truth& truth, const Ghost& ghost, GuestAddr retired, const Cpu& after, const Clock& clock) {
	Ghost next = ghost;
	const Landmarks::Set* passed = truth.landmarks.at(retired);
	if (passed != nullptr && passed->test(static_cast<size_t>(Mark::leaves))) return ghost_after_jump(truth);
	if (passed != nullptr) pass_marks(truth, *passed, next);

	if (const OpenCall* open = returns(next, after)) {
		next.returned[static_cast<size_t>(open->function)] = {open->at_entry, clock};
		--next.depth;
		next.calls[next.depth] = {};
	}
	if (truth.landmarks.has({after.pc}, Mark::enter_nanotime)) open_call(isa, next, TimeCall::nanotime, after, clock);
	if (truth.landmarks.has({after.pc}, Mark::enter_walltime)) open_call(isa, next, TimeCall::walltime, after, clock);

	if (truth.landmarks.has({after.pc}, Mark::enter_vdsocall) && next.depth > 0 && next.depth <= Ghost::kMaxDepth) {
		next.calls[next.depth - 1].trace_pc = after.gpr[isa.lr];
		next.calls[next.depth - 1].trace_sp = after.sp;
	}

	// Only a call enters the vDSO. Its sigreturn trampoline is reached by a handler's return, and owes nobody anything.
	const bool calls = passed != nullptr && passed->test(static_cast<size_t>(Mark::call));
	if (calls && truth.vdso.contains({after.pc})) {
		next.in_vdso = true;
		next.vdso = remember_entry(isa, after);
	} else if (next.in_vdso && !truth.vdso.contains({after.pc})) {
		next.in_vdso = false;
		next.vdso = {};
	}
	return next;
}

}  // namespace siglab
