// Equivalent mutants: only by a rule, and the rule is checked. Every mutant that a rule calls equivalent is explored all the same, and one that
// any trial kills is an error of the rule.
//
//   independent  two neighbours change places, and neither reads, writes or decides what the other does. In between nobody can tell: no g, no
//                SP and no memory but a word of the own frame is different there, and that is all of the interrupted code that a handler reads.
//   copy         another register is read, and it holds the same: a copy made before in the same stretch, and neither written since.
#pragma once

#include "mutants.h"
#include "state/ghost.h"

namespace siglab::mutants {

// The rule's name. None: no rule says so. `lines`: the whole function that the mutant is of.
std::optional<std::string_view> equivalent_by(const Mutant& mutant, std::span<const Line> lines, const Landmarks& landmarks);

}  // namespace siglab::mutants
