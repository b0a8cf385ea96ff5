// Generator: random vDSO functions that keep AAPCS, each a pure function of (seed, index, ISA, breakage).
//
// Models    what compilers do with a function that reads the clock, and every pattern in which the g register may be dirty on the way:
//           docs/fuzz.md lists it.
// Does not  run anything: that the functions are what they should be is shown by tests and by the lab.
#pragma once

#include "generate/program.h"
#include "isa/isa.h"
#include "vdso_blobs/catalogue.h"

namespace siglab {

// Equal on every host. With a breakage, the same function with that one fault in it.
Program generate(uint64_t seed, uint64_t index, const Isa& isa, Breakage breakage = Breakage::none);

// How the text is to be used. The prefix goes before all names, so that many functions can stand in one file.
struct Wording {
	std::string_view prefix;
	bool comments = true;
};

// The functions' instructions, from where .text begins: the way out of a handler where the vDSO has it, then helpers and entry. Its names are
// local to the file. Needs the symbols of definitions_text(), and PREFIX_vvar.
std::string functions_text(const Program& program, const Isa& isa, const Wording& wording);
// layout.h's numbers as assembler symbols, for who does not go through the C preprocessor; and the system calls'.
std::string definitions_text(const Isa& isa);
// A file that siglab --vdso takes. `title`: comment lines without their slashes.
std::string source_text(const Program& program, const Isa& isa, std::string_view title);

// The same program with something taken out of it, or made smaller: the boldest first. Each is smaller by `weight`.
std::vector<Program> smaller(const Program& program);
uint64_t weight(const Program& program);

}  // namespace siglab
