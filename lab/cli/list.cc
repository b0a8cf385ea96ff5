#include <fmt/format.h>

#include "base/text.h"
#include "cli/cli.h"
#include "image/tool.h"
#include "state/verdict.h"

namespace siglab::cli {
namespace {

struct ListCommand {
	std::string what = "all";
	std::vector<std::string> diff;
	std::string isa = "arm64";
};

void heading(std::string_view text) { print(fmt::format("{}\n", text)); }
void entry(std::string_view name, std::string_view meaning) { print(fmt::format("  {:<22}{}\n", name, meaning)); }

void list_variants() {
	heading("variants: versions of Go's fix");
	for (const Variant& variant : all_variants()) entry(fmt::format("{}  {}", variant.id, variant.releases), variant.change);
}

void list_vdsos() {
	heading("vdsos: synthetic vDSOs");
	entry(kNoVdso, "no vDSO: every call is a system call");
	for (const Vdso& vdso : all_vdsos()) entry(vdso.name, fmt::format("{}{}", vdso.does, vdso.on_arm64 ? "" : " (arm only)"));
}

void list_worlds() {
	heading("worlds: what the process looks like when the walk begins");
	for (size_t i = 0; i < kWorldCount; ++i) entry(world_name(static_cast<WorldKind>(i)), world_meaning(static_cast<WorldKind>(i)));
}

void list_properties() {
	heading("properties, by their letter in the tables");
	for (size_t i = 0; i < kPropertyCount; ++i) {
		const auto property = static_cast<Property>(i);
		entry(fmt::format("{}  {}", property_letter(property), property_name(property)), property_meaning(property));
	}
}

void list_scenarios() {
	heading("scenarios of the default sweep (siglab replay takes them)");
	for (const Job& job : grid({})) {
		for (const Signal signal : job.signals) {
			Scenario scenario = job.scenario;
			scenario.signal = signal;
			print(fmt::format("  {}\n", print_scenario(scenario)));
		}
	}
}

struct Section {
	std::string_view name;
	void (*list)();
};
constexpr Section kSections[] = {{"variants", list_variants}, {"vdsos", list_vdsos}, {"worlds", list_worlds}, {"properties", list_properties},
                                 {"scenarios", list_scenarios}};

// Two versions side by side, as diff(1) shows them.
Result<Exit> show_diff(const ListCommand& command, const Places& places) {
	const Isa* isa = find_isa(command.isa);
	if (isa == nullptr) return Error{Exit::usage, unknown_name("isa", command.isa, std::vector<std::string>{"arm64", "arm"})};
	std::vector<std::string> argv = {"diff", "--side-by-side", "--expand-tabs", "--tabsize=4", "--width=200", "--suppress-common-lines"};
	for (const std::string& id : command.diff) {
		Result<GuestChoice> guest = parse_guest(id);
		if (!guest) return guest.error();
		if (guest->variant == nullptr) return Error{Exit::usage, fmt::format("--diff compares versions of the catalogue, not '{}'", id)};
		argv.push_back(fmt::format("{}/guest_asm/{}/{}.S", places.sources, isa->name, guest->variant->id));
	}
	Result<TempDir> dir = TempDir::make();
	if (!dir) return dir.error();
	Result<ToolRun> diff = run_tool(argv, *dir, WorkIn::current);
	if (!diff) return diff.error();
	if (diff->code > 1) return Error{Exit::environment, fmt::format("diff failed: {}", diff->complaints)};
	print(fmt::format("{:<100} {}\n", argv[argv.size() - 2].substr(places.sources.size() + 1), argv.back().substr(places.sources.size() + 1)));
	print(diff->output);
	return Exit::ok;
}

Result<Exit> run(const ListCommand& command, const Places& places) {
	if (!command.diff.empty()) return show_diff(command, places);
	bool known = false;
	for (const Section& section : kSections) {
		// All scenarios are many: they are shown when asked for.
		const bool all = command.what == "all" && section.name != "scenarios";
		if (!all && command.what != section.name) continue;
		section.list();
		known = true;
	}
	if (known) return Exit::ok;
	std::vector<std::string> names;
	for (const Section& section : kSections) names.emplace_back(section.name);
	return Error{Exit::usage, unknown_name("list", command.what, names)};
}

}  // namespace

void add_list(CLI::App& app, Context& context) {
	auto command = std::make_shared<ListCommand>();
	CLI::App* sub = app.add_subcommand("list", "what the catalogue has: variants, vdsos, worlds, properties, scenarios");
	sub->add_option("what", command->what, "one of these; without it, all but the scenarios");
	sub->add_option("--diff", command->diff, "two versions' assembly side by side, where they differ")->expected(2);
	sub->add_option("--isa", command->isa, "whose assembly --diff shows (default arm64)");
	sub->callback([command, &context] { context.chosen = [command, &context] { return run(*command, context.places); }; });
}

}  // namespace siglab::cli
