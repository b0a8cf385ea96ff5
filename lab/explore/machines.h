// Machines: one thread's, one for each ISA and choice of engines, opened when a world first asks for one.
//
// Rule      without a choice Unicorn runs everything, but a world that may have Thumb IT blocks: there dynarmic does, where this build has it,
//           because Unicorn cannot stop inside one.
#pragma once

#include <map>

#include "world/world.h"

namespace siglab {

using EngineChoice = std::optional<EngineKind>;  // none: as the rule says

Engines engines_for(const World& world, EngineChoice choice);

class Machines {
   public:
	explicit Machines(EngineChoice choice) : choice_(choice) {}
	// Not loaded. Errors    environment: no such engine.
	Result<Machine*> of(const World& world);

   private:
	const EngineChoice choice_;
	std::map<std::pair<const Isa*, EngineKind>, std::unique_ptr<Machine>> open_;
	std::unique_ptr<Machine> spoilt_;
};

}  // namespace siglab
