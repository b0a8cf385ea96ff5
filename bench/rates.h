// The list of benchmarks: each file adds its own.
#pragma once

#include <vector>

#include "machine/engine.h"

namespace siglab::bench {

// The engines that this build has.
std::vector<EngineKind> engines_here();

void add_injections();
void add_floor();
void add_searches();
void add_fuzz();

}  // namespace siglab::bench
