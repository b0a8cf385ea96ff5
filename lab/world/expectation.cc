#include "world/expectation.h"

#include "world/go_layout.h"

namespace siglab {
namespace {

// Which g the handler will go on with.
enum class Belief : uint8_t { right, nil, wrong };

struct Case {
	const Scenario& scenario;
	const Variant& variant;
	const Place& place;

	[[nodiscard]] bool prof() const { return scenario.signal == Signal::prof; }
	[[nodiscard]] bool cgo() const { return is_cgo(scenario.world); }
	[[nodiscard]] bool has(IsaSet behaviour) const { return behaviour.on(*scenario.isa); }
	// spanOf finds Go's signal stack under the handler.
	[[nodiscard]] bool on_go_span() const { return !uses_foreign_stack(scenario.world) && scenario.world != WorldKind::efence; }
	[[nodiscard]] bool thought_in_vdso() const { return variant.page_test == PageTest::first_load ? place.in_image : place.in_page; }
	[[nodiscard]] Dirt dirt() const { return place.dirt; }

	[[nodiscard]] Belief register_belief() const {
		// Under cgo, sigtramp has loaded the register from TLS.
		if (cgo() || dirt() == Dirt::none) return Belief::right;
		return dirt() == Dirt::zero ? Belief::nil : Belief::wrong;
	}

	[[nodiscard]] Belief belief() const {
		const Belief slot = on_go_span() ? Belief::right : Belief::nil;
		switch (variant.fetch) {
			case Fetch::from_register: return register_belief();
			case Fetch::nil_in_page: return thought_in_vdso() ? Belief::nil : register_belief();
			case Fetch::slot: return thought_in_vdso() ? slot : register_belief();
			case Fetch::slot_unless_cgo: return thought_in_vdso() && !cgo() ? slot : register_belief();
			case Fetch::tls: break;
		}
		return Belief::right;
	}
	[[nodiscard]] bool leaks() const { return finds_vdso(scenario) && scenario.vdso.blob->leaks; }
	// SIGPROF's handler makes its own nanotime call, and knows whose.
	[[nodiscard]] bool calls_nanotime() const { return prof() && belief() == Belief::right; }
	// It makes it as somebody else, whose g is as good as any to make a call with.
	[[nodiscard]] bool calls_as_another() const { return prof() && belief() == Belief::wrong && dirt() == Dirt::another_g; }
	// The handler's own call stores into the slot, or what it takes for it.
	[[nodiscard]] bool handler_stores() const {
		return (calls_nanotime() || calls_as_another()) && variant.saves_on_gsignal && finds_vdso(scenario) && (variant.saves_under_cgo || !cgo());
	}
};

struct Row {
	Verdict verdict;
	bool (*holds)(const Case&);
};

constexpr Row kOnDelivery[] = {
	// go#32912, go#78621; the second page (CL 616015): a dirty register is believed.
	{{Property::recovers_g, Kind::wrong}, [](const Case& c) { return c.belief() == Belief::wrong; }},
	// go#34391, go#35554, efence: g is given up.
	{{Property::recovers_g, Kind::nil}, [](const Case& c) { return c.belief() == Belief::nil; }},
	// What is no g can't be read through. Another live g can.
	{{Property::alive, Kind::fault}, [](const Case& c) { return c.belief() == Belief::wrong && c.dirt() == Dirt::garbage; }},
	// Without g and without cgo, badsignal waits for an extra m that never comes, or gives up.
	{{Property::alive, Kind::livelock},
	 [](const Case& c) { return c.belief() == Belief::nil && !c.prof() && !c.cgo() && c.variant.nil_path == NilPath::spins; }},
	{{Property::alive, Kind::exit},
	 [](const Case& c) {
		 const bool quiet = c.scenario.signal == Signal::urg && c.variant.quiet_urg;
		 return c.belief() == Belief::nil && !c.prof() && !c.cgo() && c.variant.nil_path == NilPath::exits && !quiet;
	 }},
	// go#35249: g is known, the register is not mended.
	{{Property::g_in_register, Kind::stale},
	 [](const Case& c) { return c.variant.register_late && c.belief() == Belief::right && c.register_belief() != Belief::right; }},
	// go#47324: the trampoline's own SP is what the profiler is told.
	{{Property::traceback, Kind::own_sp},
	 [](const Case& c) { return c.calls_nanotime() && c.place.sp_stored && !c.variant.declares_caller_sp; }},
	// riscv64's exit order: vdsoSP still stands, vdsoPC does not.
	{{Property::traceback, Kind::no_pc},
	 [](const Case& c) { return c.calls_nanotime() && c.variant.pc_restored_first && c.place.sp_stored && !c.place.pc_stored; }},
	// The profiler asks the wrong g's m, which is in no call.
	{{Property::traceback, Kind::zero},
	 [](const Case& c) { return c.prof() && c.belief() == Belief::wrong && c.dirt() == Dirt::another_g && c.place.sp_switched; }},
	// The first half of go#40697: the handler's own call leaves vdsoSP zero.
	{{Property::transparent_return, Kind::vdso_sp},
	 [](const Case& c) { return c.calls_nanotime() && !c.variant.keeps_old_pair && c.place.sp_stored; }},
	// The first half of go#35473: the handler's own call takes the slot and leaves it empty.
	{{Property::slot_discipline, Kind::overwrite},
	 [](const Case& c) { return c.handler_stores() && !uses_foreign_stack(c.scenario.world) && c.place.slot_set; }},
	{{Property::transparent_return, Kind::slot},
	 [](const Case& c) { return c.handler_stores() && !uses_foreign_stack(c.scenario.world) && c.place.slot_set; }},
	{{Property::slot_discipline, Kind::value},
	 [](const Case& c) {
		 if (!c.handler_stores() || c.scenario.world == WorldKind::foreign_before) return false;
		 return uses_foreign_stack(c.scenario.world) || c.place.slot_set;
	 }},
	// On a stack that is not Go's, its lowest word is somebody else's.
	{{Property::slot_discipline, Kind::place},
	 [](const Case& c) {
		 // A stack that Go adopted gets the walk's own store too; from then on it is no news.
		 const bool known = c.scenario.world == WorldKind::foreign_before && (c.place.slot_set || c.place.slot_was_set);
		 return c.handler_stores() && uses_foreign_stack(c.scenario.world) && !known;
	 }},
	{{Property::transparent_return, Kind::memory},
	 [](const Case& c) {
		 if (!c.handler_stores() || !uses_foreign_stack(c.scenario.world)) return false;
		 const bool already_zero = c.scenario.world == WorldKind::foreign_before && c.place.slot_was_set && !c.place.slot_set;
		 return !already_zero;
	 }},
	// The handler's own call goes through the same vDSO.
	{{Property::abi, Kind::vdso_registers}, [](const Case& c) { return c.calls_nanotime() && c.leaks(); }},
	// go#49481: the handler's call takes the interrupted call's vdsoPC for a zero.
	{{Property::time_correct, Kind::bogus},
	 [](const Case& c) { return c.calls_nanotime() && c.has(c.variant.time_bug) && c.place.pc_stored; }},
};

// Of two signals the first is a SIGPROF whose handler knows its g: its own call is what the second one finds. `place` is where the first came.
constexpr Row kAfterProf[] = {
	// go#35473: the slot is empty although the call is open.
	{{Property::recovers_g, Kind::nil},
	 [](const Case& c) { return c.handler_stores() && c.place.slot_set && c.variant.fetch == Fetch::slot; }},
	// go#40697: vdsoSP is zero, the call is open and SP is switched.
	{{Property::traceback, Kind::zero}, [](const Case& c) { return c.calls_nanotime() && !c.variant.keeps_old_pair && c.place.sp_stored; }},
	// Between the two stores: the handler's vdsoPC stays, the call's vdsoSP follows.
	{{Property::traceback, Kind::pair},
	 [](const Case& c) { return c.calls_nanotime() && !c.variant.keeps_old_pair && c.place.pc_stored && !c.place.sp_stored; }},
};

// As the second of two, an ordinary signal that finds no g.
constexpr Row kAfterProfOrdinary[] = {
	{{Property::alive, Kind::livelock},
	 [](const Case& c) {
		 return kAfterProf[0].holds(c) && !c.cgo() && c.variant.nil_path == NilPath::spins;
	 }},
};

constexpr Row kOnWalk[] = {
	{{Property::abi, Kind::vdso_registers}, [](const Case& c) { return c.leaks(); }},
	// go#62309.
	{{Property::vdso_used, Kind::unused},
	 [](const Case& c) { return c.scenario.vdso.blob != nullptr && !finds_vdso(c.scenario); }},
	// go#35235, go#35554: the slot lies in memory that is not this m's live Go signal stack.
	{{Property::slot_discipline, Kind::place},
	 [](const Case& c) {
		 const bool elsewhere = c.scenario.world == WorldKind::gsignal_freed || c.scenario.world == WorldKind::foreign_before;
		 return elsewhere && c.variant.saves_slot && finds_vdso(c.scenario);
	 }},
	// go#36309: the call goes to where iscgo lies.
	{{Property::alive, Kind::fault}, [](const Case& c) { return c.variant.loses_pointer.on(*c.scenario.isa) && finds_vdso(c.scenario); }},
	{{Property::alive, Kind::fault},
	 [](const Case& c) {
		 const bool saves = c.variant.saves_slot && !c.has(c.variant.skips_lo_zero);
		 return c.scenario.world == WorldKind::gsignal_lo_zero && saves && finds_vdso(c.scenario);
	 }},
};

std::vector<Verdict> apply(std::span<const Row> rows, const Case& c) {
	std::vector<Verdict> verdicts;
	for (const Row& row : rows) {
		if (row.holds(c)) verdicts.push_back(row.verdict);
	}
	return verdicts;
}

}  // namespace

bool finds_vdso(const Scenario& scenario) {
	if (scenario.vdso.blob == nullptr || scenario.function == Function::native) return false;
	// In the blobs' DT_HASH, both hashes happen to fall into one bucket: the wrong one finds the function too.
	return scenario.vdso.blob->hash == HashTable::sysv || !scenario.guest.variant->wrong_hash.isas.on(*scenario.isa);
}

std::vector<Verdict> expected_on_delivery(const Scenario& scenario, const Place& place) {
	return apply(kOnDelivery, {scenario, *scenario.guest.variant, place});
}

std::vector<Verdict> expected_on_sequences(const Scenario& scenario, std::span<const Signal> signals, std::span<const Place> places) {
	std::vector<Verdict> verdicts;
	const auto add = [&](const std::vector<Verdict>& more) { verdicts.insert(verdicts.end(), more.begin(), more.end()); };
	const bool ordinary = std::any_of(signals.begin(), signals.end(), [](Signal signal) { return signal != Signal::prof; });
	for (const Signal signal : signals) {
		Scenario alone = scenario;
		alone.signal = signal;
		for (const Place& place : places) {
			const Case here{alone, *scenario.guest.variant, place};
			add(apply(kOnDelivery, here));
			add(apply(kAfterProf, here));
			if (ordinary) add(apply(kAfterProfOrdinary, here));
		}
	}
	return verdicts;
}

std::vector<Verdict> expected_on_walk(const Scenario& scenario) {
	const Place nowhere;
	if (scenario.function == Function::native) return {};
	return apply(kOnWalk, {scenario, *scenario.guest.variant, nowhere});
}

}  // namespace siglab
