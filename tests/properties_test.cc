// A broken twin for every property, and for every way in which it can break: caught, while its healthy twin is left alone.
//
// The views are made by hand: no guest runs here. Each twin breaks one thing, and exactly one verdict may come of it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "guest_asm/layout.h"
#include "lab_fixture.h"

namespace siglab {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Verdicts = std::vector<Verdict>;

constexpr uint64_t kReturn = GUEST_TEXT + 0x100, kVdsoReturn = GUEST_TEXT + 0x60, kInVdso = VDSO + 0x40, kSlotStore = GUEST_TEXT + 0x80;
constexpr uint64_t kHandler = GUEST_TEXT + 0x200;
constexpr uint64_t kCallerSp = CURG_STACK + CURG_STACK_SIZE - 64, kVdsoSp = G0_STACK + 0x1000, kTimespec = kVdsoSp;
constexpr TraceFields kTrace{{M0 + 0x338}, {M0 + 0x330}};
constexpr Clock kClock{.realtime_ns = 1'571'845'303'123'456'789, .monotonic_ns = 86'399'987'654'321};
constexpr GuestAddr kSlot{GSIGNAL_STACK};

Truth truth() {
	Truth truth{.gsignal = GSIGNAL, .vdso = {{VDSO}, {VDSO + 0x1000}}, .slot = kSlot,
	            .signal_stack = {kSlot, kSlot + GSIGNAL_STACK_SIZE}, .trace = {kTrace},
	            .c_stacks = {{{G0_STACK}, {G0_STACK + G0_STACK_SIZE}}, {kSlot, kSlot + GSIGNAL_STACK_SIZE}},
	            .gsignal_bounds = BoundsFields{kSlot + 0x100, kSlot + 0x108}, .sigtramp_keeps_aapcs = true, .sigtramp_keeps_vec = true,
	            .checks_fetch = true, .checks_setg = true, .checks_slot = true,
	            .sees_vdso_calls = true, .sees_trampolines = true, .exports_clock = true};
	truth.landmarks.add({kSlotStore}, Mark::slot_store);
	truth.landmarks.add({kHandler}, Mark::enter_handler);
	return truth;
}

// A call of CURG's, as it stands in the middle of the vDSO.
OpenCall call_of(uint64_t owner) {
	return {.owner = owner, .g_register = owner, .return_pc = kReturn, .caller_sp = kCallerSp, .trace_pc = kReturn, .trace_sp = kCallerSp,
	        .pc_stored = true, .sp_stored = true, .sp_switched = true, .slot_set = true, .at_entry = kClock};
}

Verdicts verdicts(const Violations& violations) {
	Verdicts list;
	for (const Violation& violation : violations) {
		EXPECT_FALSE(violation.expected.empty() || violation.observed.empty());
		list.push_back(violation.verdict);
	}
	return list;
}

// One SIGPROF in the middle of the vDSO, all well.
struct Delivered {
	explicit Delivered(const Isa& isa_) : isa(isa_) {
		ghost.owner = CURG;
		ghost.depth = 1;
		ghost.calls[0] = call_of(CURG);
		for (size_t i = 0; i < isa.gpr_names.size(); ++i) before.cpu.gpr[i] = 0x1000 + i;
		before.cpu.pc = kInVdso;
		before.cpu.sp = kVdsoSp;
		before.signals.clock = kClock;
		after = entered = leaving = before;
		seen = {.tramp_count = 1, .tramp_pc = kInVdso, .tramp_signo = 27, .fetch_count = 1, .fetched_g = CURG, .setg_count = 1,
		        .setg_reg = CURG,
		        .handler_count = 1, .handler_pc = kInVdso, .prof_count = 1, .prof_pc = kReturn, .prof_sp = kCallerSp, .time_count = 1,
		        .time = static_cast<uint64_t>(kClock.monotonic_ns)};
	}

	void is(Signal other) {
		signal = other;
		seen.tramp_signo = static_cast<uint64_t>(other);
	}
	// The handler's way without a g, but for what it then does about the signal.
	void has_no_g() {
		seen.fetched_g = seen.setg_count = seen.setg_reg = seen.handler_count = seen.handler_pc = 0;
		seen.prof_count = seen.prof_pc = seen.prof_sp = seen.time_count = seen.time = 0;
	}

	[[nodiscard]] Verdicts judged() const {
		Violations violations;
		check_delivery({isa, truth, signal, ghost, before, entered, leaving, after, end, was, seen, changes}, violations);
		return verdicts(violations);
	}

	const Isa& isa;
	Truth truth = siglab::truth();
	Signal signal = Signal::prof;
	Ghost ghost;
	Thread before, entered, leaving, after;
	End end;
	Observed was, seen;
	std::vector<Change> changes;
};

// One step in the middle of the vDSO, all well: the slot is filled, nothing is written.
struct Stepped {
	explicit Stepped(const Isa& isa_)
		: isa(isa_), memory({{"observer", {{OBSERVER}, {OBSERVER + kPageSize}}, Perm::read | Perm::write, observer.data()},
	                         {"slot", {kSlot, kSlot + kPageSize}, Perm::read | Perm::write, slot.data()}}) {
		ghost.owner = CURG;
		ghost.depth = 1;
		ghost.calls[0] = call_of(CURG);
		ghost.in_vdso = true;
		for (size_t i = 0; i < isa.gpr_names.size(); ++i) after.gpr[i] = 0x1000 + i;
		after.gpr[isa.g] = CURG;
		after.pc = kInVdso + 4;
		after.sp = kVdsoSp;
		ghost.vdso = {.sp = kVdsoSp, .return_pc = kVdsoReturn, .timespec = kTimespec};
		for (size_t i = 0; i < isa.callee_saved.size(); ++i) ghost.vdso.callee_saved[i] = after.gpr[isa.callee_saved[i]];
		was = ghost;
		store(kSlot, CURG);
	}
	void store(GuestAddr at, uint64_t value) { EXPECT_TRUE(memory.store_word(at, value, isa.word)); }
	void note(uint64_t cell, uint64_t value) { EXPECT_TRUE(memory.store_word({OBSERVER + cell}, value, 8)); }
	void writes_at(uint64_t at, uint32_t size = 4) { writes.push_back({{at}, size, {}}); }

	// The vDSO returns to its trampoline.
	void returns() {
		after.pc = kVdsoReturn;
		ghost.in_vdso = false;
		ghost.vdso = {};
	}
	// The trampoline returns to its caller.
	void ends() {
		retired = {kReturn - 4};
		ghost.in_vdso = was.in_vdso = false;
		was.calls[0].slot_set = was.calls[0].sp_switched = was.calls[0].sp_stored = false;
		ghost.depth = 0;
		ghost.calls = {};
		after.pc = kReturn;
		after.sp = kCallerSp;
		store(kSlot, 0);
	}
	// A handler's own call comes to its store, with the slot already cleared by the call that it interrupted.
	void stores_in_handler() {
		retired = {kSlotStore};
		ghost.in_vdso = was.in_vdso = false;
		ghost.owner = was.owner = GSIGNAL;
		ghost.depth = was.depth = 2;
		ghost.calls[1] = was.calls[1] = call_of(GSIGNAL);
		was.calls[1].slot_set = false;
		was.calls[0].slot_set = ghost.calls[0].slot_set = false;
		writes_at(kSlot.value, isa.word);
		store(kSlot, GSIGNAL);
	}
	// Go's handler is entered, on gsignal's stack.
	void enters_handler() {
		ghost.in_vdso = was.in_vdso = false;
		ghost.owner = was.owner = after.gpr[isa.g] = GSIGNAL;
		after.pc = kHandler;
		after.sp = GSIGNAL_STACK + 0x1000;
		store(truth.gsignal_bounds->lo, GSIGNAL_STACK);
		store(truth.gsignal_bounds->hi, GSIGNAL_STACK + GSIGNAL_STACK_SIZE);
	}
	// The caller counts a result.
	void has_result() {
		ghost.returned = {TimeWindow{kClock, kClock}, TimeWindow{kClock, kClock}};
		note(OBS_RESULT_NS, static_cast<uint64_t>(kClock.monotonic_ns));
		note(OBS_RESULT_SEC, static_cast<uint64_t>(kClock.realtime_ns / 1'000'000'000));
		note(OBS_RESULT_NSEC, static_cast<uint64_t>(kClock.realtime_ns % 1'000'000'000));
		ghost.in_vdso = was.in_vdso = false;
		writes_at(OBSERVER + OBS_RESULT_COUNT, isa.word);
	}

	[[nodiscard]] Verdicts judged() const {
		Violations violations;
		check_step({isa, truth, retired, after, was, ghost, writes, memory}, violations);
		return verdicts(violations);
	}

	const Isa& isa;
	Truth truth = siglab::truth();
	std::vector<std::byte> observer = std::vector<std::byte>(kPageSize), slot = std::vector<std::byte>(kPageSize);
	Memory memory;
	GuestAddr retired{kInVdso};
	Cpu after;
	Ghost was, ghost;
	std::vector<Write> writes;
};

template <class Stage>
struct Twin {
	const char* what;
	Property property;
	Kind kind;
	std::function<void(Stage&)> healthy;  // what both twins do
	std::function<void(Stage&)> breaks;   // what only one of them does
};
template <class Stage>
void nothing(Stage&) {}

using enum Property;

const std::vector<Twin<Delivered>>& delivered_twins() {
	using D = Delivered;
	const auto any = nothing<D>;
	static const std::vector<Twin<D>> twins = {
		{"the handler goes on with another g", recovers_g, Kind::wrong, any, [](D& d) { d.seen.fetched_g = d.seen.setg_reg = OTHER_G; }},
		{"the handler goes on without a g", recovers_g, Kind::nil, any, [](D& d) { d.has_no_g(), d.seen.nog_samples = 1; }},
		{"g is known, the register is not mended", g_in_register, Kind::stale, any, [](D& d) { d.seen.setg_reg = 0x55; }},
		{"no sigtramp", fired, Kind::missed, any, [](D& d) { d.seen.tramp_count = 0; }},
		{"sigtramp twice", fired, Kind::missed, any, [](D& d) { d.seen.tramp_count = 2; }},
		{"no handler", fired, Kind::missed, any, [](D& d) { d.seen.handler_count = 0; }},
		{"the handler twice", fired, Kind::missed, any, [](D& d) { d.seen.handler_count = 2; }},
		{"no sample of a SIGPROF", fired, Kind::missed, any, [](D& d) { d.seen.prof_count = d.seen.time_count = 0; }},
		{"a sample of another signal", fired, Kind::missed, [](D& d) { d.is(Signal::usr1), d.seen.prof_count = d.seen.time_count = 0; },
		 [](D& d) { d.seen.prof_count = 1; }},
		{"the handler, and a bad signal besides", fired, Kind::missed, any, [](D& d) { d.seen.badsignals = 1; }},
		{"a handler although the m is out in C", fired, Kind::missed,
		 [](D& d) { d.truth.out_in_c = true, d.has_no_g(), d.seen.fetched_g = CURG, d.seen.nog_samples = 1; }, [](D& d) { d.seen.handler_count = 1; }},
		{"sigtramp for another PC", fired, Kind::elsewhere, any, [](D& d) { d.seen.tramp_pc += 4; }},
		{"sigtramp for another signal", fired, Kind::elsewhere, any, [](D& d) { d.seen.tramp_signo = 10; }},
		{"the handler for another PC", fired, Kind::elsewhere, any, [](D& d) { d.seen.handler_pc += 4; }},
		{"vdsoSP is zero in a call", traceback, Kind::zero, any, [](D& d) { d.seen.prof_sp = 0; }},
		{"vdsoSP is the trampoline's own", traceback, Kind::own_sp, any, [](D& d) { d.seen.prof_sp -= 48; }},
		{"vdsoSP of one call, vdsoPC of another", traceback, Kind::pair, any, [](D& d) { d.seen.prof_pc += 0x40; }},
		{"vdsoSP far from the call's", traceback, Kind::pair, any, [](D& d) { d.seen.prof_sp -= 0x400; }},
		{"vdsoPC is zero", traceback, Kind::no_pc, any, [](D& d) { d.seen.prof_pc = 0; }},
		{"vdsoSP is set outside of any call", traceback, Kind::pair,
		 [](D& d) { d.ghost.depth = 0, d.ghost.calls = {}, d.seen.prof_sp = 0; }, [](D& d) { d.seen.prof_sp = kCallerSp; }},
		{"the handler's time is late", time_correct, Kind::bogus, any, [](D& d) { ++d.seen.time; }},
		{"the handler's time is early", time_correct, Kind::bogus, any, [](D& d) { --d.seen.time; }},
		{"sigtramp loses a register", abi, Kind::sigtramp, any, [](D& d) { d.leaving.cpu.gpr[d.isa.callee_saved[0]] ^= 1; }},
		{"sigtramp loses the last register", abi, Kind::sigtramp, any, [](D& d) { d.leaving.cpu.gpr[d.isa.callee_saved.back()] ^= 1; }},
		{"sigtramp loses d8", abi, Kind::sigtramp, any, [](D& d) { d.leaving.cpu.vec[d.isa.callee_saved_vec[0]] ^= 1; }},
		{"a signal stays blocked", transparent_return, Kind::kernel, any, [](D& d) { d.after.signals.blocked = bit(Signal::urg); }},
		{"the alternate stack is gone", transparent_return, Kind::kernel, any, [](D& d) { d.after.signals.altstack.sp = 1; }},
		{"memory has changed", transparent_return, Kind::memory, any, [](D& d) { d.changes = {{{CURG_STACK + 0x1f00}, 1, 2}}; }},
		{"the slot has changed", transparent_return, Kind::slot, any, [](D& d) { d.changes = {{kSlot, CURG, 0}}; }},
		{"vdsoSP has changed", transparent_return, Kind::vdso_sp, any, [](D& d) { d.changes = {{kTrace.vdso_sp, kCallerSp, 0}}; }},
		{"vdsoPC has changed", transparent_return, Kind::vdso_pc, any, [](D& d) { d.changes = {{kTrace.vdso_pc, kReturn, 0}}; }},
	};
	return twins;
}

const std::vector<Twin<Stepped>>& stepped_twins() {
	using S = Stepped;
	const auto any = nothing<S>;
	static const std::vector<Twin<S>> twins = {
		{"the slot is empty in the call", slot_discipline, Kind::value, any, [](S& s) { s.store(kSlot, 0); }},
		{"the slot holds another g", slot_discipline, Kind::value, any, [](S& s) { s.store(kSlot, OTHER_G); }},
		{"the slot is not cleared", slot_discipline, Kind::value,
		 [](S& s) { s.store(kSlot, 0), s.ghost.calls[0].slot_set = false; }, [](S& s) { s.store(kSlot, CURG); }},
		{"a handler's call takes the slot from the interrupted one", slot_discipline, Kind::overwrite, [](S& s) { s.stores_in_handler(); },
		 [](S& s) { s.ghost.calls[0].slot_set = s.was.calls[0].slot_set = true; }},
		{"g is stored on a stack that is not Go's", slot_discipline, Kind::place, [](S& s) { s.stores_in_handler(); },
		 [](S& s) { s.writes[0].at = {FOREIGN_STACK}; }},
		{"nanotime is late", time_correct, Kind::bogus, [](S& s) { s.has_result(); },
		 [](S& s) { s.note(OBS_RESULT_NS, static_cast<uint64_t>(kClock.monotonic_ns) + 1); }},
		{"nanotime is early", time_correct, Kind::bogus, [](S& s) { s.has_result(); },
		 [](S& s) { s.note(OBS_RESULT_NS, static_cast<uint64_t>(kClock.monotonic_ns) - 1); }},
		{"walltime's nanoseconds are wrong", time_correct, Kind::bogus, [](S& s) { s.has_result(); },
		 [](S& s) { s.note(OBS_RESULT_NSEC, 1); }},
		{"walltime's seconds are wrong", time_correct, Kind::bogus, [](S& s) { s.has_result(); }, [](S& s) { s.note(OBS_RESULT_SEC, 1); }},
		{"the vDSO loses sp", abi, Kind::vdso_registers, [](S& s) { s.returns(); }, [](S& s) { s.after.sp += 16; }},
		{"the vDSO returns elsewhere", abi, Kind::vdso_registers, [](S& s) { s.returns(); }, [](S& s) { s.after.pc += 8; }},
		{"the vDSO writes above its stack", abi, Kind::vdso_memory, [](S& s) { s.writes_at(kVdsoSp - 16); },
		 [](S& s) { s.writes_at(kCallerSp); }},
		{"the vDSO writes behind the timespec", abi, Kind::vdso_memory, [](S& s) { s.writes_at(kTimespec); },
		 [](S& s) { s.writes_at(kTimespec + 2u * s.isa.timespec_word); }},
		{"the vDSO writes half in front of its stack", abi, Kind::vdso_memory,
		 [](S& s) { s.ghost.vdso.timespec = s.was.vdso.timespec = kVdsoSp + 64; },
		 [](S& s) { s.writes_at(kVdsoSp - 2, 4); }},
		{"C is called on the goroutine's stack", abi, Kind::stack, [](S& s) { s.was.in_vdso = false; }, [](S& s) { s.ghost.vdso.sp = kCallerSp; }},
		{"C is called on top of its caller's frames", abi, Kind::stack,
		 [](S& s) { s.was.in_vdso = false, s.ghost.calls[0].caller_sp = kVdsoSp + 64; }, [](S& s) { s.ghost.calls[0].caller_sp = kVdsoSp; }},
		{"C is called with an odd sp", abi, Kind::stack, [](S& s) { s.was.in_vdso = false; }, [](S& s) { s.ghost.vdso.sp -= 4; }},
		{"the handler runs within another stack's bounds", abi, Kind::stack, [](S& s) { s.enters_handler(); },
		 [](S& s) { s.store(s.truth.gsignal_bounds->lo, G0_STACK), s.store(s.truth.gsignal_bounds->hi, G0_STACK + G0_STACK_SIZE); }},
		{"the bounds are wider than the stack", abi, Kind::stack, [](S& s) { s.enters_handler(); },
		 [](S& s) { s.store(s.truth.gsignal_bounds->hi, GSIGNAL_STACK + GSIGNAL_STACK_SIZE + 16); }},
		{"the trampoline loses g", abi, Kind::trampoline, [](S& s) { s.ends(); }, [](S& s) { s.after.gpr[s.isa.g] = 0; }},
		{"the trampoline loses sp", abi, Kind::trampoline, [](S& s) { s.ends(); },
		 [](S& s) { s.after.sp += 8, s.ghost = s.was; }},
	};
	return twins;
}

constexpr std::pair<EndKind, Kind> kDeaths[] = {
	{EndKind::fault, Kind::fault},   {EndKind::undefined, Kind::undefined}, {EndKind::exited, Kind::exit},
	{EndKind::killed, Kind::killed}, {EndKind::livelock, Kind::livelock},   {EndKind::refused, Kind::refused}};

template <class Stage>
void hold(const std::vector<Twin<Stage>>& twins) {
	for (const Isa* isa : all_isas()) {
		for (const Twin<Stage>& twin : twins) {
			SCOPED_TRACE(fmt::format("{}: {}", isa->name, twin.what));
			Stage healthy(*isa);
			twin.healthy(healthy);
			EXPECT_THAT(healthy.judged(), IsEmpty());
			Stage broken(*isa);
			twin.healthy(broken);
			twin.breaks(broken);
			EXPECT_THAT(broken.judged(), ElementsAre(Verdict{twin.property, twin.kind}));
		}
	}
}

TEST(Properties, ABrokenTwinOfADeliveryIsCaught) { hold(delivered_twins()); }
TEST(Properties, ABrokenTwinOfAStepIsCaught) { hold(stepped_twins()); }

TEST(Properties, EveryDeathIsNamed) {
	for (const auto& [end, kind] : kDeaths) {
		Delivered delivered(kArm64);
		delivered.end = {end, {kInVdso}, "in words"};
		EXPECT_THAT(delivered.judged(), ElementsAre(Verdict{alive, kind}));
		Violations violations;
		check_end({delivered.truth, delivered.end, true, true}, violations);
		EXPECT_THAT(verdicts(violations), ElementsAre(Verdict{alive, kind}));
	}
}

// A bound proves nothing either way.
TEST(Properties, ABoundIsNoDeath) {
	Delivered delivered(kArm64);
	delivered.end = {EndKind::bound, {kInVdso}, "in words"};
	EXPECT_THAT(delivered.judged(), IsEmpty());
}

TEST(Properties, AVdsoThatIsNeverCalledIsNoticed) {
	const auto judged = [](bool entered, bool asks, bool exports, EndKind end) {
		Truth known = truth();
		known.exports_clock = exports;
		Violations violations;
		check_end({known, {end, {}, "in words"}, entered, asks}, violations);
		return verdicts(violations);
	};
	EXPECT_THAT(judged(false, true, true, EndKind::completed), ElementsAre(Verdict{vdso_used, Kind::unused}));
	EXPECT_THAT(judged(true, true, true, EndKind::completed), IsEmpty());
	EXPECT_THAT(judged(false, false, true, EndKind::completed), IsEmpty()) << "native code asks no vDSO";
	EXPECT_THAT(judged(false, true, false, EndKind::completed), IsEmpty()) << "there is nothing to call";
	EXPECT_THAT(judged(false, true, true, EndKind::fault), ElementsAre(Verdict{alive, Kind::fault}));
}

// The tables above and these two tests leave no kind out.
TEST(Properties, EveryKindHasItsBrokenTwin) {
	std::set<Verdict> caught = {{vdso_used, Kind::unused}, {transparent_return, Kind::registers}, {abi, Kind::vdso_registers}};
	for (const auto& twin : delivered_twins()) caught.insert({twin.property, twin.kind});
	for (const auto& twin : stepped_twins()) caught.insert({twin.property, twin.kind});
	for (const auto& [end, kind] : kDeaths) caught.insert({alive, kind});
	std::set<Kind> kinds;
	std::set<Property> broken;
	for (const Verdict& verdict : caught) {
		EXPECT_TRUE(kinds.insert(verdict.kind).second) << kind_name(verdict.kind) << " is of two properties";
		broken.insert(verdict.property);
	}
	EXPECT_EQ(kinds.size(), static_cast<size_t>(Kind::unused) + 1);
	EXPECT_EQ(broken.size(), kPropertyCount);
	EXPECT_EQ(all_properties().size(), kPropertyCount);
}

TEST(Properties, NoRegisterMayChangeAcrossAHandler) {
	for (const Isa* isa : all_isas()) {
		const auto lost = [&](const std::function<void(Cpu&)>& change) {
			Delivered delivered(*isa);
			change(delivered.after.cpu);
			EXPECT_THAT(delivered.judged(), ElementsAre(Verdict{transparent_return, Kind::registers}));
		};
		for (size_t i = 0; i < 31; ++i) lost([&](Cpu& cpu) { cpu.gpr[i] ^= 1; });
		for (size_t i = 0; i < 64; ++i) lost([&](Cpu& cpu) { cpu.vec[i] ^= uint64_t{1} << 63; });
		for (uint64_t Cpu::*one : {&Cpu::sp, &Cpu::pc, &Cpu::flags, &Cpu::tls, &Cpu::fpsr, &Cpu::fpcr}) {
			lost([&](Cpu& cpu) { cpu.*one ^= 1; });
		}
	}
}

TEST(Properties, NoCalleeSavedRegisterMayBeLostByTheVdso) {
	for (const Isa* isa : all_isas()) {
		const auto judged = [&](const std::function<void(Cpu&)>& change) {
			Stepped stepped(*isa);
			stepped.returns();
			change(stepped.after);
			return stepped.judged();
		};
		const auto lost = ElementsAre(Verdict{abi, Kind::vdso_registers});
		for (const uint8_t reg : isa->callee_saved) EXPECT_THAT(judged([&](Cpu& cpu) { cpu.gpr[reg] ^= 1; }), lost) << gpr_name(*isa, reg);
		for (const uint8_t word : isa->callee_saved_vec) EXPECT_THAT(judged([&](Cpu& cpu) { cpu.vec[word] ^= 1; }), lost) << int{word};
		// The rest is the callee's: the argument registers, d0, on arm64 the upper half of v8.
		EXPECT_THAT(judged([](Cpu& cpu) { cpu.gpr[0] = cpu.gpr[3] = cpu.vec[0] = 1; }), IsEmpty());
		if (isa->id != IsaId::arm64) continue;
		EXPECT_THAT(judged([](Cpu& cpu) { cpu.vec[17] ^= 1; }), IsEmpty());
	}
}

// vdsoPC means nothing while vdsoSP is zero.
TEST(Properties, ADeadVdsoPcMayChange) {
	Delivered delivered(kArm64);
	delivered.changes = {{kTrace.vdso_pc, 0, kReturn}};
	delivered.ghost.calls[0].sp_stored = false;
	EXPECT_THAT(delivered.judged(), IsEmpty());
	delivered.changes.push_back({kTrace.vdso_sp, 0, kCallerSp});
	EXPECT_THAT(delivered.judged(), ElementsAre(Verdict{transparent_return, Kind::vdso_sp}));
}

// Before SP has been switched the profiler may unwind from the PC, from this call, or from the one around it.
TEST(Properties, TheTracebackHasAChoiceWhileSpIsTheCallers) {
	constexpr uint64_t kOuterPc = kReturn + 0x40, kOuterSp = kCallerSp + 0x40;
	const auto judged = [&](bool switched, bool nested, uint64_t pc, uint64_t sp) {
		Delivered delivered(kArm);
		delivered.ghost.calls[0].sp_switched = switched;
		if (nested) {
			delivered.ghost.depth = 2;
			delivered.ghost.calls[1] = delivered.ghost.calls[0];
			delivered.ghost.calls[0].trace_pc = kOuterPc;
			delivered.ghost.calls[0].trace_sp = kOuterSp;
		}
		delivered.seen.prof_pc = pc;
		delivered.seen.prof_sp = sp;
		return delivered.judged();
	};
	EXPECT_THAT(judged(false, false, kReturn, 0), IsEmpty());
	EXPECT_THAT(judged(false, false, kReturn, kCallerSp), IsEmpty());
	EXPECT_THAT(judged(false, true, kOuterPc, kOuterSp), IsEmpty());
	EXPECT_THAT(judged(true, true, kReturn, kCallerSp), IsEmpty());
	EXPECT_THAT(judged(true, true, kOuterPc, kOuterSp), ElementsAre(Verdict{traceback, Kind::pair}));
	EXPECT_THAT(judged(false, true, kReturn, 0), ElementsAre(Verdict{traceback, Kind::zero}));
}

// A guest may not note where it fetches g: then what its handler did about the signal tells whether it had one.
TEST(Properties, WithoutANoteOfTheFetchTheOutcomeTells) {
	for (const Isa* isa : all_isas()) {
		Delivered without(*isa);
		without.has_no_g();
		without.seen.fetch_count = 0;
		without.seen.nog_samples = 1;
		EXPECT_THAT(without.judged(), IsEmpty());
		without.seen.nog_samples = 0;
		EXPECT_THAT(without.judged(), ElementsAre(Verdict{fired, Kind::missed})) << "nothing was done about it, so a handler should have been";
	}
}

// What a guest of the user's own does not declare is not judged, by name and not by luck.
TEST(Properties, WhatIsNotDeclaredIsNotJudged) {
	Delivered delivered(kArm64);
	delivered.truth.checks_fetch = delivered.truth.checks_setg = delivered.truth.sigtramp_keeps_aapcs = false;
	delivered.truth.trace.clear();
	delivered.seen.fetched_g = delivered.seen.setg_reg + 1;
	delivered.seen.prof_sp = 1;
	delivered.leaving.cpu.gpr[19] ^= 1;
	EXPECT_THAT(delivered.judged(), IsEmpty());
	Stepped stepped(kArm64);
	stepped.truth.checks_slot = false;
	stepped.store(kSlot, OTHER_G);
	EXPECT_THAT(stepped.judged(), IsEmpty());
	Truth blind = truth();
	blind.sees_vdso_calls = false;
	Violations violations;
	check_end({blind, {EndKind::completed, {}, {}}, false, true}, violations);
	EXPECT_THAT(verdicts(violations), IsEmpty()) << "who does not see calls can't miss one";
}

// A frame that lies above the slot is nobody's business; one that reaches it is, by a byte.
TEST(Properties, AFrameThroughTheSlotIsSlotDiscipline) {
	for (const Isa* isa : all_isas()) {
		const uint64_t slot = truth().slot->value, size = isa->frame_size + isa->frame_record_size;
		const auto judged = [&](uint64_t frame) {
			Delivered delivered(*isa);
			delivered.entered.cpu.sp = frame;
			return delivered.judged();
		};
		const Verdict over{slot_discipline, Kind::overwrite};
		EXPECT_THAT(judged(slot + isa->word), IsEmpty());
		EXPECT_THAT(judged(slot - size), IsEmpty());
		for (const uint64_t frame : {slot + isa->word - 1, slot, slot - 1, slot - size + 1}) EXPECT_THAT(judged(frame), ElementsAre(over));
	}
}

// So is any store that gets there and is neither the trampoline's own nor its clear.
TEST(Properties, AStoreThroughTheSlotIsSlotDiscipline) {
	for (const Isa* isa : all_isas()) {
		const uint64_t slot = truth().slot->value;
		const auto judged = [&](uint64_t at, uint32_t size) {
			Stepped stepped(*isa);
			stepped.was.in_vdso = stepped.ghost.in_vdso = false;
			stepped.retired = {0x10000};
			stepped.writes_at(at, size);
			return stepped.judged();
		};
		EXPECT_THAT(judged(slot + isa->word, 8), IsEmpty());
		EXPECT_THAT(judged(slot - 8, 8), IsEmpty());
		for (const uint64_t at : {slot - 7, slot, slot + isa->word - 1}) {
			EXPECT_THAT(judged(at, 8), testing::Contains(Verdict{slot_discipline, Kind::overwrite}));
		}
	}
}

// What a handler changes in the memory below the signal stack is said to be the neighbour's.
TEST(Properties, TheNeighboursMemoryIsNamed) {
	Delivered delivered(kArm64);
	delivered.changes = {{{NEIGHBOUR + 8}, 1, 2}};
	const auto expected = [&] {
		Violations violations;
		check_delivery({delivered.isa, delivered.truth, delivered.signal, delivered.ghost, delivered.before, delivered.entered, delivered.leaving,
		                delivered.after, delivered.end, delivered.was, delivered.seen, delivered.changes}, violations);
		EXPECT_THAT(verdicts(violations), ElementsAre(Verdict{transparent_return, Kind::memory}));
		return violations.at(0).expected;
	};
	EXPECT_EQ(expected(), "0x1 at 0x5e008");
	delivered.truth.neighbour = {{NEIGHBOUR}, {NEIGHBOUR + NEIGHBOUR_SIZE}};
	EXPECT_EQ(expected(), "0x1 at 0x5e008, the neighbour's: no frame goes below the signal stack");
}

// A handler that jumps out has not returned, and is alive: what it did is judged, what it left is not.
TEST(Properties, AHandlerThatJumpsOutIsJudgedByWhatItDid) {
	Delivered delivered(kArm64);
	delivered.end = {EndKind::left, {}, {}};
	delivered.after.cpu.pc = 0x18000;
	delivered.after.signals.blocked = 1;
	delivered.changes = {{*truth().slot, 1, 2}};
	EXPECT_THAT(delivered.judged(), IsEmpty());
	delivered.seen.handler_count = 0;
	EXPECT_THAT(delivered.judged(), ElementsAre(Verdict{Property::fired, Kind::missed}));
	delivered.seen.handler_count = 1;
	delivered.seen.fetched_g = 0x2a;
	EXPECT_THAT(delivered.judged(), testing::Contains(Verdict{recovers_g, Kind::wrong}));
}

TEST(Properties, WhatIsNotJudgedIsNamed) {
	EXPECT_THAT(not_applicable(truth()), IsEmpty());
	EXPECT_THAT(not_applicable(Truth{}),
	            ElementsAre("recovers-g: no .fetched label", "g-in-register: no .setg label", "traceback: no m_vdsoPC and m_vdsoSP",
	                        "slot-discipline: no .slot_store label", "vdso-used: no .call label", "abi (the vDSO's part): no .call label",
	                        "abi (the trampoline's part): no runtime.nanotime1 or runtime.walltime1", "abi (C's stack): no m_curg, m_g0 and g_sched_sp",
	                        "time-correct (the caller's part): no runtime.nanotime1 or runtime.walltime1"));
	Truth half = truth();
	half.checks_fetch = false;
	EXPECT_THAT(not_applicable(half), ElementsAre("recovers-g: no .fetched label", "g-in-register: no .fetched label"));
}

// Without a g each signal has its own way, and only that.
TEST(Properties, AHandlerWithoutGIsSeenAllTheSame) {
	using enum Signal;
	const auto judged = [](Signal signal, uint64_t Observed::*way) {
		Delivered delivered(kArm64);
		delivered.is(signal);
		delivered.has_no_g();
		delivered.ghost.owner = delivered.ghost.calls[0].owner = 0;  // nobody's code: nil is right
		delivered.seen.*way = 1;
		return delivered.judged();
	};
	EXPECT_THAT(judged(prof, &Observed::nog_samples), IsEmpty());
	EXPECT_THAT(judged(usr1, &Observed::badsignals), IsEmpty());
	EXPECT_THAT(judged(urg, &Observed::badsignals), IsEmpty());
	EXPECT_THAT(judged(urg, &Observed::quiet), IsEmpty());
	const auto missed = ElementsAre(Verdict{fired, Kind::missed});
	EXPECT_THAT(judged(prof, &Observed::badsignals), missed);
	EXPECT_THAT(judged(prof, &Observed::quiet), missed);
	EXPECT_THAT(judged(usr1, &Observed::nog_samples), missed);
	EXPECT_THAT(judged(usr1, &Observed::quiet), missed);
	EXPECT_THAT(judged(usr1, &Observed::prof_count), testing::Contains(Verdict{fired, Kind::missed}));  // `traceback` has its say too
}

TEST(Properties, WhatFollowsFromWhat) {
	const Verdict leak{abi, Kind::vdso_registers}, wrong_g{recovers_g, Kind::wrong}, dead{alive, Kind::fault},
		slot{slot_discipline, Kind::overwrite}, changed{transparent_return, Kind::slot}, vdso_sp{transparent_return, Kind::vdso_sp},
		own{traceback, Kind::own_sp};
	for (const Verdict& cause : {leak, wrong_g, dead}) EXPECT_TRUE(follows(cause, slot) && follows(cause, own) && follows(cause, vdso_sp));
	EXPECT_TRUE(follows(slot, changed));
	EXPECT_TRUE(follows(changed, slot));
	EXPECT_FALSE(follows(slot, vdso_sp));
	EXPECT_FALSE(follows(slot, dead));
	EXPECT_FALSE(follows(own, wrong_g));
}

}  // namespace
}  // namespace siglab
