// A trace as a table: a line for each boundary, signals and returns where they happen, then what broke.
#pragma once

#include "cli/terminal.h"
#include "explore/trace.h"

namespace siglab::cli {

// The source is what is cut where a line is too long for the terminal: the instruction says the same.
// Boundaries of the walk; a handler's lines belong to the one that it interrupted.
struct Boundaries {
	uint32_t from = 0;
	uint32_t upto = UINT32_MAX;
};

std::string trace_text(const World& world, const Trace& trace, const Boundaries& boundaries, const Terminal& terminal);
std::string findings_text(const Trace& trace, const Terminal& terminal);

}  // namespace siglab::cli
