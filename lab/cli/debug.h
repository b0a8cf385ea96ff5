// replay --gdb: a run in gdb's hands.
#pragma once

#include "cli/cli.h"
#include "explore/trace.h"

namespace siglab::cli {

struct Debugged {
	const World& world;
	Machine& machine;
	const Schedule& schedule;
	const Places& places;
};

// Says how to connect, and serves one gdb. `where`: ":PORT". Errors    usage: not a port. environment: as gdb::serve.
Result<Exit> debug(const Debugged& what, const std::string& where);

}  // namespace siglab::cli
