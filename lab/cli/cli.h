// The command line: sub-commands, one file each. stdout is data, stderr is progress and complaints.
#pragma once

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>

#include "explore/machines.h"
#include "world/grid.h"
#include "world/images.h"

namespace siglab::cli {

// What a sub-command does once its options are parsed. The result is the exit code; an Error is printed in one line.
using Command = std::function<Result<Exit>()>;

struct Context {
	Places places;
	Command chosen;  // set by the sub-command that was parsed
};

void add_list(CLI::App& app, Context& context);
void add_sweep(CLI::App& app, Context& context);
void add_museum(CLI::App& app, Context& context);
void add_replay(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_fuzz(CLI::App& app, Context& context);
void add_report(CLI::App& app, Context& context);
void add_verify(CLI::App& app, Context& context);
void add_abi(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);

// Options that several sub-commands share: which scenarios.
struct ScenarioOptions {
	std::vector<std::string> isas, variants, functions, callers, vdsos, worlds, signals, guests;
	uint32_t calls = 1;

	void add_to(CLI::App& app);
	// Errors    usage: an unknown name, with the nearest that exists.
	[[nodiscard]] Result<Selection> selection() const;
};

// --engine. Empty: whatever suits each world.
void add_engine_option(CLI::App& app, std::string& engine, std::string_view usual = "unicorn; dynarmic where there are IT blocks");
// Errors    environment: this build does not have it.
Result<EngineChoice> choose_engine(const std::string& name);

void print(std::string_view text);

// The folder that tools/fetch_vdsos fills.
std::string fetched_vdsos();

// Set by SIGINT: finish what is under way.
const std::atomic<bool>& interrupted();
void catch_interrupts();

}  // namespace siglab::cli
