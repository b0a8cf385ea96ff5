// Ghost: what is true, kept by the host beside the guest and never read from the guest's registers.
//
// Models    who owns the CPU (the true g), which trampolines are open and how far each has come, which time each call may return.
// How       the scenario says who calls; from there on the ghost moves when the guest passes a landmark: a label on one instruction.
// Does not  know what the guest believes: that is what the properties compare it with.
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/types.h"
#include "isa/isa.h"
#include "state/signals.h"

namespace siglab {

// A label `<function>.<mark>` of a guest file: it stands on the instruction that the mark names.
enum class Mark : uint8_t {
	enter_nanotime, enter_walltime,   // the trampolines' first instructions
	enter_handler,                    // Go's handler proper, on gsignal
	enter_vdsocall,                   // v6 on arm: the function that they share, and whose caller the traceback starts from
	vdsopc_store, vdsosp_store, vdsosp_restore, vdsopc_restore,
	sp_switch, sp_restore,
	slot_store, slot_clear,
	call,
	fetched, setg, setg_back,
	leaves,                           // a handler's last instruction, where it jumps out without rt_sigreturn
	count_,
};

// Which marks the instruction at an address carries.
class Landmarks {
   public:
	using Set = std::bitset<static_cast<size_t>(Mark::count_)>;

	void add(GuestAddr at, Mark mark) {
		near_.set(near(at));
		at_[at.value].set(static_cast<size_t>(mark));
		all_.set(static_cast<size_t>(mark));
	}
	// Whether any instruction carries it.
	[[nodiscard]] bool any(Mark mark) const { return all_.test(static_cast<size_t>(mark)); }
	[[nodiscard]] bool has(GuestAddr at, Mark mark) const {
		if (!near_.test(near(at))) return false;
		const auto found = at_.find(at.value);
		return found != at_.end() && found->second.test(static_cast<size_t>(mark));
	}
	[[nodiscard]] const Set* at(GuestAddr at) const {
		if (!near_.test(near(at))) return nullptr;
		const auto found = at_.find(at.value);
		return found == at_.end() ? nullptr : &found->second;
	}

   private:
	// Asked at every step, and nearly always in vain: this says so at once.
	static constexpr size_t kNear = 8192;
	static constexpr size_t near(GuestAddr at) { return at.value / 2 % kNear; }

	std::unordered_map<uint64_t, Set> at_;
	std::bitset<kNear> near_;
	Set all_;
};

enum class TimeCall : uint8_t { nanotime, walltime };

// A trampoline between its first instruction and its return.
struct OpenCall {
	TimeCall function = TimeCall::nanotime;
	uint64_t owner = 0;         // the g that made the call
	uint64_t g_register = 0;    // as at entry: ABI0 has it back at the return
	uint64_t return_pc = 0;     // the link register at entry
	uint64_t caller_sp = 0;     // SP at entry
	uint64_t trace_pc = 0;      // what vdsoPC must be: the same two, of the function that stores them
	uint64_t trace_sp = 0;      // what vdsoSP must be
	bool pc_stored = false;     // vdsoPC holds this call's value
	bool sp_stored = false;     // vdsoSP holds this call's value
	bool sp_switched = false;   // SP is not the caller's any more
	bool slot_set = false;      // the slot holds g
	Clock at_entry;
	bool operator==(const OpenCall&) const = default;
};

// What a vDSO function owes its caller.
struct VdsoEntry {
	uint64_t sp = 0;
	uint64_t return_pc = 0;
	uint64_t timespec = 0;
	std::array<uint64_t, 11> callee_saved{};
	std::array<uint64_t, 8> callee_saved_vec{};
	bool operator==(const VdsoEntry&) const = default;
};

struct TimeWindow {
	Clock from;
	Clock to;
	bool operator==(const TimeWindow&) const = default;
};

struct Ghost {
	// A thread's own call, and one for each handler that fits on arm64's signal stack of 32 KiB. A run that opens more is refused, by name.
	static constexpr size_t kMaxDepth = 8;

	uint64_t owner = 0;                     // the true g
	uint64_t interrupted = 0;               // in a handler: the owner of the code that it interrupted, and gives the CPU back to
	uint8_t depth = 0;                      // open calls
	std::array<OpenCall, kMaxDepth> calls{}; // from `depth` on they are empty
	bool in_vdso = false;
	VdsoEntry vdso;
	std::array<TimeWindow, 2> returned{};   // by TimeCall: the last one that came back

	[[nodiscard]] const OpenCall* open() const { return depth > 0 ? &calls[depth - 1] : nullptr; }
	bool operator==(const Ghost&) const = default;
};

// Where one m keeps what the profiler is told.
struct TraceFields {
	GuestAddr vdso_pc;
	GuestAddr vdso_sp;
};

// Where a g keeps the bounds of its stack.
struct BoundsFields {
	GuestAddr lo;
	GuestAddr hi;
};

// The fixed truth of one world, for all its states.
struct Truth {
	uint64_t caller = 0;                    // who owns the CPU when the walk begins, and where a handler jumps out to
	uint64_t gsignal = 0;                   // who owns the CPU after setg
	GuestRange vdso;                        // the image; empty where there is none
	GuestRange vdso_page;                   // the page of its clock_gettime, which v1 .. v5 take for the whole
	std::vector<GuestRange> dirty;          // declared by labels: where the g register does not hold g
	bool dirty_declared = false;            // whether anybody declared; else `dirty` says nothing about the vDSO
	std::optional<GuestAddr> slot;          // the lowest word of this m's live Go signal stack, if it has one
	GuestRange signal_stack;                // where the kernel puts frames
	GuestRange neighbour;                   // somebody's memory right below it; empty: nothing is mapped there
	std::vector<TraceFields> trace;         // of each m; the thread's own is the first. Empty: the guest does not declare them
	std::vector<GuestRange> c_stacks;       // stacks that C code may be called on; empty: the guest does not declare how it gets there
	std::optional<BoundsFields> gsignal_bounds;  // none: the guest does not declare them
	bool out_in_c = false;                  // the m is out in C: its g is none for a handler
	bool sigtramp_keeps_aapcs = false;
	bool sigtramp_keeps_vec = false;        // d8..d15
	bool checks_fetch = false;              // the guest declares where g is fetched
	bool checks_setg = false;               //   where gsignal becomes the owner
	bool checks_slot = false;               //   where the slot is filled
	bool sees_vdso_calls = false;           //   which instructions call the vDSO
	bool sees_trampolines = false;          //   where nanotime1 or walltime1 begins
	bool exports_clock = false;             // the image exports clock_gettime by the kernel's rules
	Landmarks landmarks;

	[[nodiscard]] bool declared_dirty(GuestAddr pc) const {
		return std::any_of(dirty.begin(), dirty.end(), [&](const GuestRange& range) { return range.contains(pc); });
	}
};

// Where a handler jumps out to: the caller goes on from where it was before any call. What it had called is abandoned, handlers and all.
Ghost ghost_after_jump(const Truth& truth);

// One instruction, or one system call, has retired: it stood at `retired` and left `after`. Does that step move the ghost at all? Most don't,
// and a ghost is half a kilobyte.
bool moves(const Truth& truth, const Ghost& ghost, GuestAddr retired, const Cpu& after);
// The ghost then.
Ghost advance(const Isa& isa, const Truth& truth, const Ghost& ghost, GuestAddr retired, const Cpu& after, const Clock& clock);

}  // namespace siglab
