// Machines: one thread's, one for each ISA and choice of engines, opened when a world first asks for one.
//
// Rule      without a choice Unicorn runs everything, but a world that may have Thumb IT blocks: there dynarmic does, where this build has it,
//           because Unicorn cannot stop inside one. Where each world is run once, the quick way is another: Unicorn translates a walk's single
//           steps in less time, dynarmic runs a handler in less.
#pragma once

#include <map>

#include "world/world.h"

namespace siglab {

using EngineChoice = std::optional<EngineKind>;  // none: as the rule says

// Without a choice, and where this build has both: `quick` lets dynarmic run the handlers of all worlds.
enum class Preference : uint8_t { reference, quick };

Engines engines_for(const World& world, EngineChoice choice, Preference preference = Preference::reference);

class Machines {
   public:
	explicit Machines(EngineChoice choice, Preference preference = Preference::reference) : choice_(choice), preference_(preference) {}
	// Not loaded. Errors    environment: no such engine.
	Result<Machine*> of(const World& world);

   private:
	const EngineChoice choice_;
	const Preference preference_;
	std::map<std::pair<const Isa*, EngineKind>, std::unique_ptr<Machine>> open_;
	std::unique_ptr<Machine> spoilt_;
};

}  // namespace siglab
