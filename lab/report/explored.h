// Explored: runs that looked at more than one signal, as a table of versions, and what may be said of those that hold.
#pragma once

#include <string>

#include "record/record.h"
#include "report/text.h"

namespace siglab {

// For each ISA: scenarios down, versions across, in each cell what breaks. Then the shortest counterexample of each property and kind.
std::string explored_text(const Record& record, TextStyle style);

// "any number of SIGUSR1 and SIGPROF at any boundary"; and that with all else that it holds for: ticks, nesting, one thread, these images.
std::string signals_quantified(const RunRecord& run);
std::string quantifiers(const RunRecord& run);

// "27..51: runtime.nanotime1+0x60 .. vdso:__kernel_clock_gettime+0x8 (our lines 275 .. 31)"; empty if nothing of the walk is in the window.
std::string window_text(const Record& record, const RunRecord& run, const ViolationRecord& violation);

// The schedule in a token: "PROF@27 PROF@28"; "no signal" if it is empty.
std::string schedule_text(const std::string& token);

}  // namespace siglab
