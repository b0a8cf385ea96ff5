#include "explore/machines.h"

namespace siglab {

Engines engines_for(const World& world, EngineChoice choice) {
	const bool wants_more = is_there(EngineKind::dynarmic) && world.may_hold_it_blocks();
	const EngineKind kind = choice.value_or(wants_more ? EngineKind::dynarmic : EngineKind::unicorn);
	return {.recorder = kind, .replayer = kind};
}

Result<Machine*> Machines::of(const World& world) {
	const Engines engines = engines_for(world, choice_);
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
