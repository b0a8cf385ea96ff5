// Words: a verdict told to a student, as text and as JSON. docs/exercises.md has the JSON's schema.
#pragma once

#include <string>

#include "grade/judge.h"

namespace siglab::grade {

inline constexpr std::string_view kCheckVersion = "siglab-check-1";

// "the vDSO clobber-g, nanotime1 called from curg, world go".
std::string scenario_words(const Scenario& scenario);
// The same text with the names of the lab's g's behind their addresses.
std::string with_names(const std::string& text);

std::string verdict_text(const Exercise& exercise, const Isa& isa, const Judged& judged);
std::string verdict_json(const Exercise& exercise, const Isa& isa, const Judged& judged);

}  // namespace siglab::grade
