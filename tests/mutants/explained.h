// The survivors that are explained, one by one, in survivors.txt: why no property can tell, and why that is right.
//
//   reason NAME: why the change cannot matter
//   ISA VARIANTS FUNCTIONS: CHANGE | NAME          arm64 v6,v7 nanotime1,walltime1: str x29, [sp, #-8] -> nop | frame-pointer
//
// Rule      every survivor has an entry, and every version and function that an entry names has that survivor: what is not so is a complaint.
#pragma once

#include <map>
#include <set>

#include "mutants.h"

namespace siglab::mutants {

struct Explanation {
	uint32_t line = 0;
	std::string isa;
	std::vector<std::string> variants, functions;
	std::string change;
	std::string reason;  // its name
};

struct Explanations {
	std::map<std::string, std::string> reasons;
	std::vector<Explanation> entries;
};

// Errors    usage: a line that is none of these, by its number.
Result<Explanations> parse_explanations(std::string_view text);

// The reason's name for a survivor; null: nobody explains it.
const Explanation* explanation_of(const Explanations& explanations, const Mutant& survivor);

// A line each: survivors without an explanation, explanations without a survivor, reasons that are unknown or unused.
std::vector<std::string> complaints(const Explanations& explanations, std::span<const Mutant* const> survivors);

}  // namespace siglab::mutants
