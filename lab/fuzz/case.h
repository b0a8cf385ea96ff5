// Case: one generated vDSO and how it is called. A pure function of (what is fuzzed, index, ISA).
#pragma once

#include "generate/generate.h"
#include "world/grid.h"

namespace siglab {

// One signal at each boundary; or any number, in any mixture.
enum class Effort : uint8_t { sweep, explore };

// What a fuzz run draws from. An axis with several values: each case takes one of them by chance; all versions are tried on each.
struct Draw {
	uint64_t seed = 1;
	std::vector<const Isa*> isas;
	std::vector<GuestChoice> guests;         // versions of the catalogue
	std::vector<Function> functions;
	std::vector<Caller> callers;
	std::vector<WorldKind> worlds;
	std::vector<Signal> signals;             // a sweep takes one of them, an exploration all
	uint32_t explore = 1;                    // every n-th is explored too; 0: none
	uint32_t ticks = 0;                      // of explorations
	Breakage breakage = Breakage::none;
};

// With what the selection names; an axis that it does not name gets the generator's own choice.
// Errors    usage: a guest or vDSO of the user's own, a world in which nothing is expected, native code.
Result<Draw> draw_of(const Selection& selection);

struct Case {
	uint64_t index = 0;
	Program program;
	Scenario scenario;                       // its guest is the first of the versions; its vDSO is a blob named "generated"
	bool explored = false;                   // besides being swept
};
Case case_of(const Draw& draw, uint64_t index, const Isa& isa);

// The catalogue's line of every generated vDSO. Where its register holds something else than garbage its labels say so.
const Vdso& generated_vdso();

}  // namespace siglab
