#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/terminal.h"
#include "explore/campaign.h"

namespace siglab::cli {
namespace {

struct SweepCommand {
	ScenarioOptions scenarios;
	std::string out;
	std::string format = "text";
	unsigned threads = 0;
	std::string budget = "1";
	uint32_t nesting = 1, ticks = 0, max_states = 10'000'000, max_memory = 1024, time_limit = 0;
};

constexpr size_t kBar = 40;
constexpr uint64_t kMaxBudget = 1000;

// One line that is written over, on a terminal only.
void show_progress(size_t done, size_t total) {
	const size_t filled = total == 0 ? kBar : done * kBar / total;
	fmt::print(stderr, "\r  {}{} {}/{} walks", std::string(filled, '#'), std::string(kBar - filled, '.'), done, total);
	std::fflush(stderr);
}

void clear_progress() { fmt::print(stderr, "\r{}\r", std::string(kBar + 30, ' ')); }

// Of several the one that says most: not that it is another machine's, and of a source that is written for arm and has a slip in it not
// what an arm64 assembler thinks of its every line.
void note_misfit(const Error& error, std::optional<Error>& kept) {
	const auto weight = [](const Error& e) { return e.text.find(" image, not an ") == std::string::npos ? e.text.size() : std::string::npos; };
	if (!kept || weight(error) < weight(*kept)) kept = error;
}

Result<Budget> budget_of(const SweepCommand& command) {
	Budget budget{.signals = std::nullopt, .nesting = command.nesting, .ticks = command.ticks};
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
	if (jobs.empty()) return Error{Exit::usage, "nothing to run: no such combination exists (the vDSO 'thumb' is arm's)"};
	return jobs;
}

std::string record_path(const SweepCommand& command) { return command.out + "/record.json"; }

Status save(const SweepCommand& command, const std::string& json) {
	if (command.out.empty()) return Done{};
	if (Status written = write_text(record_path(command), json); !written) return written;
	fmt::print(stderr, "siglab: the record is in {}\n", record_path(command));
	return Done{};
}

Limits limits_of(const SweepCommand& command) {
	Limits limits{.max_states = command.max_states, .max_bytes = size_t{command.max_memory} << 20, .interrupted = &interrupted()};
	if (command.time_limit != 0) limits.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(command.time_limit);
	return limits;
}

Result<Record> run_all(const SweepCommand& command, const std::vector<Job>& jobs, ImageStore& store) {
	const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
	CampaignOptions options{.threads = command.threads == 0 ? cores : command.threads, .limits = limits_of(command)};
	const bool watched = isatty(STDERR_FILENO) != 0;
	if (watched) options.progress = show_progress;
	catch_interrupts();
	Result<Record> record = run_campaign(jobs, store, options);
	if (watched) clear_progress();
	return record;
}

Result<Exit> run(const SweepCommand& command, const Places& places) {
	ImageStore store(places);
	Result<std::vector<Job>> jobs = choose_jobs(command, store);
	if (!jobs) return jobs.error();
	// Not to find out after a long run that there is no place for it.
	if (!command.out.empty()) {
		if (Status fits = writable(record_path(command)); !fits) return fits.error();
	}
	Result<Record> record = run_all(command, *jobs, store);
	if (!record) return record.error();
	const bool as_json = command.format == "json";
	const std::string json = as_json || !command.out.empty() ? print_record(*record) : std::string{};
	const Status saved = save(command, json);
	print(as_json ? json : report_text(*record, text_style()));
	if (!saved) return saved.error();
	const Exit exit = verdict_of(*record);
	if (exit == Exit::vacuous) spdlog::error("nothing fired: this run shows nothing");
	return exit;
}

}  // namespace

void add_sweep(CLI::App& app, Context& context) {
	auto command = std::make_shared<SweepCommand>();
	CLI::App* sub = app.add_subcommand("sweep", "one signal at every instruction boundary; without filters, the whole catalogue");
	command->scenarios.add_to(*sub);
	sub->add_option("--out", command->out, "folder for record.json");
	sub->add_option("--format", command->format, "text or json, on stdout")->check(CLI::IsMember({"text", "json"}));
	sub->add_option("--budget", command->budget, "signals in one schedule: a number (default 1), or any");
	sub->add_option("--nesting", command->nesting, "handlers that may be interrupted at the same time, where their mask allows it")->check(CLI::Range(0u, 16u));
	sub->add_option("--ticks", command->ticks, "times that the clock moves, at any boundary")->check(CLI::Range(0u, 16u));
	sub->add_option("--max-states", command->max_states, "end each search there")->check(CLI::Range(1u, 100'000'000u));
	sub->add_option("--max-memory", command->max_memory, "MiB for each search")->check(CLI::Range(1u, 65'536u));
	sub->add_option("--time-limit", command->time_limit, "seconds for the whole sweep")->check(CLI::Range(1u, 1'000'000u));
	sub->add_option("-j", command->threads, "threads (default: one for each core)")->check(CLI::Range(1u, 256u));
	sub->callback([command, &context] { context.chosen = [command, &context] { return run(*command, context.places); }; });
}

}  // namespace siglab::cli
