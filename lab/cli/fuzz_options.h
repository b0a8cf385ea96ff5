// What `siglab fuzz` is asked for, as it stands on the command line.
#pragma once

#include "cli/cli.h"
#include "fuzz/fuzz.h"

namespace siglab::cli {

struct FuzzOptions {
	ScenarioOptions scenarios;
	std::string seed = "1", from = "0", count, shard = "1/1", breakage = "none", out, format = "text", show, engine;
	std::vector<std::string> unite, files;
	uint32_t time = 0, explore = 1, ticks = 0;
	unsigned threads = 0;

	void add_to(CLI::App& app);
	// Errors    usage: a name that does not exist, or what the generator has no choice in.
	[[nodiscard]] Result<Draw> draw() const;
	// Errors    usage: a number that is none, a shard that is not i/N.
	[[nodiscard]] Result<FuzzRecord> task(const Draw& draw) const;
};

}  // namespace siglab::cli
