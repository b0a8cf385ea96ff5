#include <fmt/format.h>

#include "cli/cli.h"
#include "explore/trace.h"
#include "image/disassemble.h"

namespace siglab::cli {
namespace {

// Who can still tell g, in the order in which a handler would like it.
std::string who_holds_g(const TraceLine& line) {
	if (line.g_register == line.owner) return "register";
	if (line.slot == line.owner) return "slot";
	return "nobody a handler can ask";
}

std::string told(const World& world, const TraceLine& line) {
	const World::Site site = world.site({line.pc});
	std::string text = "?";
	std::string source;
	if (site.image != nullptr) {
		text = disassemble(*site.image, site.offset, site.image->thumb(site.offset)).text;
		if (const SourceLine* from = site.image->line(site.offset); from != nullptr && from->number != 0) source = fmt::format("{}: {}", from->number, from->text);
	}
	const std::string boundary = fmt::format("{}{}", line.in_handler ? "h" : "", line.boundary);
	const std::string slot = !line.slot ? "-" : *line.slot == 0 ? "empty" : fmt::format("{:#x}", *line.slot);
	return fmt::format("{:>5} {:#8x} {:<34} {:<32} {:<5} {:<8} {:<9} {}", boundary, line.pc, world.describe({line.pc}), text,
	                   line.g_register == line.owner ? "clean" : "DIRTY", slot, who_holds_g(line), source);
}

void print_trace(const World& world, const Trace& trace) {
	print(fmt::format("{:>5} {:>8} {:<34} {:<32} {:<5} {:<8} {:<9} {}\n", "", "pc", "where", "instruction", "g reg", "slot", "g is in", "our source"));
	for (const TraceLine& line : trace.lines) {
		if (line.delivered) print(fmt::format("----- SIG{} is delivered at boundary {} -----\n", signal_name(*line.delivered), line.boundary));
		// The interrupted boundary is told before its delivery, and again when the walk goes on.
		if (!line.delivered) print(told(world, line) + "\n");
	}
	if (trace.end.kind != EndKind::completed) print(fmt::format("----- {} -----\n", trace.end.text));
	for (const Finding& finding : trace.findings) {
		print(fmt::format("{} ({}): expected {}; observed {}{}\n", property_name(finding.verdict.property), kind_name(finding.verdict.kind), finding.expected,
		                  finding.observed, finding.cause ? "" : " (a consequence)"));
	}
	if (trace.findings.empty()) print("every property holds on this run\n");
}

// A token, or a scenario for its undisturbed walk.
Result<Token> parse_target(const std::string& text) {
	if (text.starts_with("siglab")) return parse_token(text);
	Result<Scenario> scenario = parse_scenario(text);
	if (!scenario) return scenario.error();
	return Token{.scenario = *scenario};
}

Result<Exit> run(const std::string& target, const Places& places) {
	Result<Token> token = parse_target(target);
	if (!token) return token.error();
	ImageStore store(places);
	Result<World> world = build_world(token->scenario, store);
	if (!world) return world.error();
	if (token->images != 0 && token->images != world->images) {
		return Error{Exit::usage, fmt::format("the token was made with other images ({:016x}) than are here ({:016x}): its boundaries mean nothing", token->images,
		                                      world->images)};
	}
	Result<std::unique_ptr<Machine>> machine = Machine::open(world->isa());
	if (!machine) return machine.error();
	Result<Trace> traced = trace(*world, **machine, token->schedule);
	if (!traced) return traced.error();
	print(fmt::format("{}  {}\n", print_scenario(token->scenario), print_schedule(token->schedule)));
	print_trace(*world, *traced);
	if (traced->end.kind == EndKind::bound) return Exit::inconclusive;
	return traced->findings.empty() ? Exit::ok : Exit::deviation;
}

}  // namespace

void add_replay(CLI::App& app, Context& context) {
	auto target = std::make_shared<std::string>();
	CLI::App* sub = app.add_subcommand("replay", "one run again, boundary by boundary: a token from a finding, or a scenario for its undisturbed walk");
	sub->add_option("target", *target, "siglab1:... or ISA:VARIANT:FUNCTION:CALLER:VDSO:WORLD:SIGNAL:CALLS")->required();
	sub->callback([target, &context] { context.chosen = [target, &context] { return run(*target, context.places); }; });
}

}  // namespace siglab::cli
