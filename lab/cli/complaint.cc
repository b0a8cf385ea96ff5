#include "cli/complaint.h"

#include <fmt/format.h>

#include "base/text.h"

namespace siglab::cli {
namespace {

std::string on_unexpected(const CLI::App& sub, const std::string& argument) {
	if (!argument.starts_with('-')) return fmt::format("unexpected argument '{}'", argument);
	std::vector<std::string> names;
	for (const CLI::Option* option : sub.get_options()) {
		for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
		for (const std::string& name : option->get_snames()) names.push_back("-" + name);
	}
	const std::string name = argument.substr(0, argument.find('='));
	const std::optional<std::string> meant = nearest(name, names);
	return fmt::format("unknown option '{}'{}", name, meant ? fmt::format(" (did you mean '{}'?)", *meant) : "");
}

}  // namespace

std::string complaint(const CLI::App& app, const CLI::ParseError& wrong) {
	const std::vector<CLI::App*> chosen = app.get_subcommands();
	const CLI::App& sub = chosen.empty() ? app : *chosen.front();
	const std::vector<std::string> left = app.remaining(true);
	std::string text = wrong.what();
	if (text.ends_with(" missing")) text = text.substr(0, text.find(':')) + ": its value is missing";
	if (chosen.empty() && (left.empty() || !left.front().starts_with('-'))) {
		std::vector<std::string> names;
		for (const CLI::App* one : app.get_subcommands({})) names.push_back(one->get_name());
		text = left.empty() ? "a sub-command is missing; known: " + join(names, ", ") : unknown_name("sub-command", left.front(), names);
	} else if (!left.empty()) {
		text = on_unexpected(sub, left.front());
	}
	return fmt::format("{}; siglab{}{} --help tells more", text, chosen.empty() ? "" : " ", chosen.empty() ? "" : sub.get_name());
}

}  // namespace siglab::cli
