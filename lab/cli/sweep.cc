#include <fmt/format.h>

#include "base/text.h"
#include "cli/campaign_options.h"

namespace siglab::cli {
namespace {

struct SweepCommand {
	ScenarioOptions scenarios;
	RecordOptions record;
	std::string budget = "1", nesting = "1";
	uint32_t ticks = 0;
};

constexpr uint64_t kMaxBudget = 1000, kMaxNesting = 16;

// Of several the one that says most: not that it is another machine's, and of a source that is written for arm and has a slip in it not
// what an arm64 assembler thinks of its every line.
void note_misfit(const Error& error, std::optional<Error>& kept) {
	const auto weight = [](const Error& e) { return e.text.find(" image, not an ") == std::string::npos ? e.text.size() : std::string::npos; };
	if (!kept || weight(error) < weight(*kept)) kept = error;
}

Result<uint32_t> nesting_of(const std::string& text) {
	if (text == "any") return kUntilOverflow;
	const std::optional<uint64_t> number = parse_number(text);
	if (number && *number <= kMaxNesting) return static_cast<uint32_t>(*number);
	return Error{Exit::usage, fmt::format("--nesting is '{}': neither 'any' nor a number of handlers from 0 to {}", text, kMaxNesting)};
}

Result<Budget> budget_of(const SweepCommand& command) {
	Result<uint32_t> nesting = nesting_of(command.nesting);
	if (!nesting) return nesting.error();
	Budget budget{.signals = std::nullopt, .nesting = *nesting, .ticks = command.ticks};
	if (command.budget == "any") return budget;
	const std::optional<uint64_t> number = parse_number(command.budget);
	if (!number || *number < 1 || *number > kMaxBudget) {
		return Error{Exit::usage, fmt::format("--budget is '{}': neither 'any' nor a number of signals from 1 to {}", command.budget, kMaxBudget)};
	}
	budget.signals = static_cast<uint32_t>(*number);
	return budget;
}

// A user's own image may exist for one ISA only: the other is left out unless it was asked for by name.
Result<std::vector<Job>> choose_jobs(const SweepCommand& command, ImageStore& store) {
	Result<Selection> selection = command.scenarios.selection();
	if (!selection) return selection.error();
	Result<Budget> budget = budget_of(command);
	if (!budget) return budget.error();
	std::vector<Job> jobs;
	std::optional<Error> misfit;
	for (Job& job : budget->one_signal() ? grid(*selection) : exploration_grid(*selection, *budget)) {
		Result<ImagePtr> guest = store.guest(*job.scenario.isa, job.scenario.guest);
		Result<ImagePtr> vdso = store.vdso(*job.scenario.isa, job.scenario.vdso);
		const bool fits = guest.ok() && vdso.ok();
		if (!fits) note_misfit(guest.ok() ? vdso.error() : guest.error(), misfit);
		if (fits) jobs.push_back(std::move(job));
	}
	const bool named = !command.scenarios.isas.empty();
	if (misfit && (jobs.empty() || named)) return *misfit;
	if (jobs.empty()) return Error{Exit::usage, "nothing to run: no such combination exists (the vDSOs 'thumb' and 'thumb-it' are arm's)"};
	return jobs;
}

// Films are long. Of an axis that was not named, those of its usual value are taken: nanotime1, called from curg, in the world go.
bool is_filmed(const ScenarioOptions& named, const Scenario& scenario) {
	const Scenario usual;
	return (!named.functions.empty() || scenario.function == usual.function) && (!named.callers.empty() || scenario.caller == usual.caller) &&
	       (!named.worlds.empty() || scenario.world == usual.world);
}

Result<Exit> run(const SweepCommand& command, const Places& places) {
	ImageStore store(places);
	Result<std::vector<Job>> jobs = choose_jobs(command, store);
	if (!jobs) return jobs.error();
	if (Status place = command.record.has_place(); !place) return place.error();
	Result<CampaignOptions> options = command.record.campaign();
	if (!options) return options.error();
	if (command.record.film) options->film = [&](const Scenario& scenario) { return is_filmed(command.scenarios, scenario); };
	Result<Record> record = run_campaign(*jobs, store, *options);
	if (!record) return record.error();
	return command.record.deliver(*record);
}

}  // namespace

void add_sweep(CLI::App& app, Context& context) {
	auto command = std::make_shared<SweepCommand>();
	CLI::App* sub = app.add_subcommand("sweep", "signals at every instruction boundary; without filters, the whole catalogue");
	command->scenarios.add_to(*sub);
	sub->add_option("--budget", command->budget, "signals in one schedule: a number (default 1), or any");
	sub->add_option("--nesting", command->nesting,
	                "handlers that may be interrupted at the same time, where their mask allows it; any: until the signal stack overflows");
	sub->add_option("--ticks", command->ticks, "times that the clock moves, at any boundary")->check(CLI::Range(0u, 16u));
	command->record.add_to(*sub);
	sub->callback([command, &context] { context.chosen = [command, &context] { return run(*command, context.places); }; });
}

}  // namespace siglab::cli
