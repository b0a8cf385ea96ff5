// The museum: every bug of this class in Go's history as a pair of explorations, one that must show it and one that must not.
//
// Models    each row names a property and a kind. What else breaks on the way belongs to other rows.
// Follows   docs/museum.md; go#N is an issue of golang/go, CL N a change.
#pragma once

#include "state/verdict.h"
#include "world/grid.h"

namespace siglab {

// One side of a pair: which runtime, in which surroundings.
struct Side {
	std::string_view variant;
	std::string_view vdso = "clobber-g";
	WorldKind world = WorldKind::go;
	Function function = Function::nanotime1;
};

struct Exhibit {
	std::string_view id;       // "go#32912", or a word where nobody has given it a number
	std::string_view title;
	Verdict verdict;
	Side fails;
	Side holds;
	std::vector<Signal> signals;
	Budget budget;
	std::string_view what;     // the mechanism, in two lines
	std::string_view so;
	IsaSet isas = IsaSet::all();
};

std::span<const Exhibit> all_exhibits();

// The exploration of one side on that ISA.
Job job_of(const Exhibit& exhibit, const Side& side, const Isa& isa);

}  // namespace siglab
