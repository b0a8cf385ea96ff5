#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <thread>

#include "base/text.h"
#include "cli/cli.h"
#include "explore/campaign.h"
#include "report/text.h"

namespace siglab::cli {
namespace {

struct SweepCommand {
	ScenarioOptions scenarios;
	std::string out;
	std::string format = "text";
	unsigned threads = 0;
};

// One line that is written over, on a terminal only.
void show_progress(size_t done, size_t total) {
	constexpr size_t kWidth = 40;
	const size_t filled = total == 0 ? kWidth : done * kWidth / total;
	fmt::print(stderr, "\r  {}{} {}/{} walks", std::string(filled, '#'), std::string(kWidth - filled, '.'), done, total);
	if (done == total) fmt::print(stderr, "\r{}\r", std::string(kWidth + 30, ' '));
	std::fflush(stderr);
}

// A user's own image may exist for one ISA only: the other is left out unless it was asked for by name.
Result<std::vector<Job>> choose_jobs(const SweepCommand& command, ImageStore& store) {
	Result<Selection> selection = command.scenarios.selection();
	if (!selection) return selection.error();
	std::vector<Job> jobs;
	std::optional<Error> misfit;
	for (Job& job : grid(*selection)) {
		Result<ImagePtr> guest = store.guest(*job.scenario.isa, job.scenario.guest);
		Result<ImagePtr> vdso = store.vdso(*job.scenario.isa, job.scenario.vdso);
		const bool fits = guest.ok() && vdso.ok();
		if (!fits && !misfit) misfit = guest.ok() ? vdso.error() : guest.error();
		if (fits) jobs.push_back(std::move(job));
	}
	const bool named = !command.scenarios.isas.empty();
	if (misfit && (jobs.empty() || named)) return *misfit;
	if (jobs.empty()) return Error{Exit::usage, "nothing to run: no such combination exists (the vDSO 'thumb' is arm's)"};
	return jobs;
}

Status save(const SweepCommand& command, const std::string& json) {
	const std::string path = command.out + "/record.json";
	if (Status written = write_text(path, json); !written) return written;
	fmt::print(stderr, "siglab: the record is in {}\n", path);
	return Done{};
}

Result<Exit> run(const SweepCommand& command, const Places& places) {
	ImageStore store(places);
	Result<std::vector<Job>> jobs = choose_jobs(command, store);
	if (!jobs) return jobs.error();
	const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
	CampaignOptions options{.threads = command.threads == 0 ? cores : command.threads, .interrupted = &interrupted()};
	if (isatty(STDERR_FILENO) != 0) options.progress = show_progress;
	catch_interrupts();
	Result<Record> record = run_campaign(*jobs, store, options);
	if (!record) return record.error();
	const std::string json = command.out.empty() && command.format != "json" ? std::string{} : print_record(*record);
	if (!command.out.empty()) {
		if (Status saved = save(command, json); !saved) return saved.error();
	}
	print(command.format == "json" ? json : report_text(*record, {.colour = colour_wanted()}));
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
	sub->add_option("-j", command->threads, "threads (default: one for each core)")->check(CLI::Range(1u, 256u));
	sub->callback([command, &context] { context.chosen = [command, &context] { return run(*command, context.places); }; });
}

}  // namespace siglab::cli
