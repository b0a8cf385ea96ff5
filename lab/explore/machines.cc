#include "explore/machines.h"

namespace siglab {

Engines engines_for(const World& world, EngineChoice choice, Preference preference) {
	if (choice) return {.recorder = *choice, .replayer = *choice};
	if (!is_there(EngineKind::dynarmic)) return {};
	const bool wants_more = world.may_hold_it_blocks();
	const auto either = [](bool dynarmic) { return dynarmic ? EngineKind::dynarmic : EngineKind::unicorn; };
	return {.recorder = either(wants_more), .replayer = either(wants_more || preference == Preference::quick)};
}

Result<Machine*> Machines::of(const World& world) {
	const Engines engines = engines_for(world, choice_, preference_);
	// Unicorn that has translated an IT block stops late in what it translates next (docs/engine.md): no other world gets that one.
	const bool spoils = world.may_hold_it_blocks() && engines.recorder != EngineKind::dynarmic;
	std::unique_ptr<Machine>& machine = spoils ? spoilt_ : open_[{&world.isa(), engines.recorder}];
	if (!machine || spoils) {
		machine.reset();
		Result<std::unique_ptr<Machine>> opened = Machine::open(world.isa(), engines);
		if (!opened) return opened.error();
		machine = *std::move(opened);
	}
	return machine.get();
}

}  // namespace siglab
