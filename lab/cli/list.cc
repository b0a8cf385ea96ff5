#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/side_by_side.h"
#include "state/verdict.h"

namespace siglab::cli {
namespace {

struct ListCommand {
	std::string what = "all";
	std::vector<std::string> diff;
	std::string isa = "arm64";
};

void heading(std::string_view text) { print(fmt::format("{}\n", text)); }
void entry(std::string_view name, std::string_view meaning) { print(fmt::format("  {:<30}  {}\n", name, meaning)); }

void list_variants() {
	heading("variants: versions of Go's fix");
	for (const Variant& variant : all_variants()) entry(fmt::format("{}  {}", variant.id, variant.releases), variant.change);
}

void list_vdsos() {
	heading("vdsos: synthetic vDSOs");
	entry(kNoVdso, "no vDSO: every call is a system call");
	for (const Vdso& vdso : all_vdsos()) {
		const bool everywhere = vdso.isas == IsaSet::all();
		entry(vdso.name, everywhere ? std::string{vdso.does} : fmt::format("{} ({} only)", vdso.does, join(isa_names(vdso.isas), ", ")));
	}
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
constexpr Section kSections[] = {
	{"variants", list_variants}, {"vdsos", list_vdsos}, {"worlds", list_worlds}, {"properties", list_properties},
	{"scenarios", list_scenarios}};

Result<NamedText> source_of(const Isa& isa, const std::string& id, const Places& places) {
	Result<GuestChoice> guest = parse_guest(id);
	if (!guest) return guest.error();
	if (guest->variant == nullptr) {
		return Error{Exit::usage, fmt::format("--diff compares versions of the catalogue, not '{}'", id)};
	}
	const std::string name = fmt::format("guest_asm/{}/{}.S", isa.name, guest->variant->id);
	Result<std::string> text = read_text(fmt::format("{}/{}", places.sources, name));
	if (!text) return Error{Exit::environment, text.error().text};
	return NamedText{name, std::move(*text)};
}

Result<Exit> show_diff(const ListCommand& command, const Places& places) {
	const bool variants = command.what == "all" || command.what == "variants";
	if (!variants) return Error{Exit::usage, fmt::format("--diff compares variants, not {}", command.what)};
	const Isa* isa = find_isa(command.isa);
	if (isa == nullptr) return Error{Exit::usage, unknown_name("isa", command.isa, isa_names())};
	Result<NamedText> left = source_of(*isa, command.diff.front(), places);
	if (!left) return left.error();
	Result<NamedText> right = source_of(*isa, command.diff.back(), places);
	if (!right) return right.error();
	print(side_by_side(*left, *right, Terminal::of_stdout()));
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
