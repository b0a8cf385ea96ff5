#include "cli/campaign_options.h"

namespace siglab::cli {
namespace {

struct MuseumCommand {
	std::vector<std::string> isas;
	RecordOptions record;
};

Result<Exit> run(const MuseumCommand& command, const Places& places) {
	Result<Selection> selection = ScenarioOptions{.isas = command.isas}.selection();
	if (!selection) return selection.error();
	if (Status place = command.record.has_place(); !place) return place.error();
	const std::vector<const Isa*> all(all_isas().begin(), all_isas().end());
	ImageStore store(places);
	Result<CampaignOptions> options = command.record.campaign();
	if (!options) return options.error();
	// A museum's films are its stories.
	if (command.record.film) options->film = [](const Scenario&) { return false; };
	Result<Record> record = run_museum(selection->isas.empty() ? all : selection->isas, store, *options);
	if (!record) return record.error();
	return command.record.deliver(*record);
}

}  // namespace

void add_museum(CLI::App& app, Context& context) {
	auto command = std::make_shared<MuseumCommand>();
	CLI::App* sub = app.add_subcommand("museum", "every bug of this class in Go's history: found where it was, proved gone where it was mended");
	sub->add_option("--isa", command->isas, "arm64, arm")->delimiter(',')->allow_extra_args(false);
	command->record.add_to(*sub);
	sub->callback([command, &context] { context.chosen = [command, &context] { return run(*command, context.places); }; });
}

}  // namespace siglab::cli
