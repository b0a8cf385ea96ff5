#include <fmt/format.h>

#include "cli/cli.h"
#include "cli/debug.h"
#include "cli/difference_text.h"
#include "cli/trace_text.h"

namespace siglab::cli {
namespace {

struct ReplayCommand {
	std::string target;
	std::string schedule = "-";
	bool schedule_given = false;
	bool diff = false;
	std::string gdb;
	std::string engine;
	Boundaries shown;
};

// A token; or a scenario, with a schedule if it is not to be the undisturbed walk.
Result<Token> parse_target(const ReplayCommand& command) {
	if (command.target.starts_with("siglab")) {
		if (!command.schedule_given) return parse_token(command.target);
		return Error{Exit::usage, fmt::format("a token has its own schedule: '{}' is one too many", command.schedule)};
	}
	Result<Scenario> scenario = parse_scenario(command.target);
	if (!scenario) return scenario.error();
	Result<Schedule> schedule = parse_schedule(command.schedule);
	if (!schedule) return schedule.error();
	return Token{.images = 0, .scenario = *scenario, .schedule = *schedule};
}

Status same_images(const ReplayCommand& command, const Token& token, const World& world) {
	const bool stated = command.target.starts_with("siglab");
	if (!stated || token.images == world.images) return Done{};
	const std::string hashes = fmt::format("({:016x}) than are here ({:016x})", token.images, world.images);
	return Error{Exit::usage, fmt::format("the token was made with other images {}: its boundaries mean nothing", hashes)};
}

Result<Exit> run(const ReplayCommand& command, const Places& places) {
	Result<Token> token = parse_target(command);
	if (!token) return token.error();
	ImageStore store(places);
	Result<World> world = build_world(token->scenario, store);
	if (!world) return world.error();
	if (Status same = same_images(command, *token, *world); !same) return same.error();
	Result<EngineChoice> chosen = choose_engine(command.engine);
	if (!chosen) return chosen.error();
	Machines machines(*chosen);
	Result<Machine*> machine = machines.of(*world);
	if (!machine) return machine.error();
	if (!command.gdb.empty()) return debug({*world, **machine, token->schedule, places}, command.gdb);
	Result<Trace> traced = trace(*world, **machine, token->schedule);
	if (!traced) return traced.error();
	print(fmt::format("{} '{}'\n\n", print_scenario(token->scenario), print_schedule(token->schedule)));
	if (command.diff) {
		Result<Trace> undisturbed = trace(*world, **machine, {});
		if (!undisturbed) return undisturbed.error();
		print(difference_text(*world, *undisturbed, *traced, Terminal::of_stdout()) + '\n' + findings_text(*traced, Terminal::of_stdout()));
	} else {
		print(trace_text(*world, *traced, command.shown, Terminal::of_stdout()));
	}
	if (!traced->findings.empty()) return Exit::deviation;
	return traced->end.kind == EndKind::bound ? Exit::inconclusive : Exit::ok;
}

}  // namespace

void add_replay(CLI::App& app, Context& context) {
	auto command = std::make_shared<ReplayCommand>();
	CLI::App* sub = app.add_subcommand("replay", "one run again, boundary by boundary: a token from a finding, or a scenario");
	sub->add_option("target", command->target, "siglab1:... or ISA:VARIANT:FUNCTION:CALLER:VDSO:WORLD:SIGNAL:CALLS")->required();
	CLI::Option* schedule = sub->add_option("schedule", command->schedule,
	                                        "with a scenario: such as 'PROF@17 URG@h3 tick@20' (default '-': undisturbed)");
	sub->add_option("--from", command->shown.from, "show the walk from this boundary on");
	sub->add_option("--upto", command->shown.upto, "show it up to this one");
	sub->add_flag("--diff", command->diff, "show what differs from the undisturbed walk, and where it began to");
	sub->add_option("--gdb", command->gdb, "wait for gdb-multiarch on :PORT of this machine, which can step through the run and back");
	add_engine_option(*sub, command->engine);
	sub->callback([command, schedule, &context] {
		command->schedule_given = schedule->count() != 0;
		context.chosen = [command, &context] { return run(*command, context.places); };
	});
}

}  // namespace siglab::cli
