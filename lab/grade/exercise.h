// The catalogue of exercises: what is submitted, what it is put together with, and what judges it.
//
// Models    an exercise as a version of the catalogue without some of its functions, which the student writes; or as a vDSO, which the
//           student writes whole. Trials judge it: scenarios, with what must hold or break in each.
// Rule      the starting points are notebooks/exercises/NAME-ISA.S. No answer stands in the table or in what the grader says.
#pragma once

#include <array>
#include <bitset>
#include <span>

#include "state/verdict.h"
#include "world/grid.h"

namespace siglab::grade {

enum class Submits : uint8_t { part, vdso };

// A landmark that a submission defines, on an instruction whose name begins so.
struct Landmark {
	std::string_view name;
	std::string_view instruction;
	bool required = true;
};

using PropertySet = std::bitset<kPropertyCount>;

// Scenarios that share what is asked of them. An empty axis does not occur; guests are those of a vDSO's exercise.
struct Trial {
	std::string_view guest;                     // of a vDSO: the version that runs on it. Of a part: empty
	std::span<const std::string_view> vdsos;    // of a part: what it runs on. Of a vDSO: empty
	std::span<const WorldKind> worlds;
	std::span<const Function> functions;
	std::span<const Signal> signals;
	PropertySet judged;
	bool must_break = false;                    // one of `judged` must break; otherwise none may
	std::string_view otherwise;                 // must_break: what to say if nothing does
};

struct Exercise {
	std::string_view name;
	std::string_view task;                      // one line
	Submits submits;
	std::string_view base;                      // of a part: the version that it is put into
	std::span<const std::string_view> functions;  // that the submission defines; of a vDSO empty: its Isa says
	std::span<const Landmark> landmarks;
	std::span<const Trial> trials;
};

std::span<const Exercise> all_exercises();
// Errors    usage: no such exercise; the nearest name.
Result<const Exercise*> find_exercise(std::string_view name);

// What the submission must define on that ISA.
std::vector<std::string> functions_of(const Exercise& exercise, const Isa& isa);

}  // namespace siglab::grade
