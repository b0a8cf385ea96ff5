#include "cli/campaign_options.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <thread>

#include "base/file.h"
#include "cli/terminal.h"

namespace siglab::cli {
namespace {

constexpr size_t kBar = 40;

std::string path_in(const std::string& folder) { return folder + "/record.json"; }

Status save(const std::string& folder, const std::string& json) {
	if (folder.empty()) return Done{};
	if (Status written = write_text(path_in(folder), json); !written) return written;
	fmt::print(stderr, "siglab: the record is in {}\n", path_in(folder));
	return Done{};
}

}  // namespace

void show_progress(size_t done, size_t total) {
	const size_t filled = total == 0 ? kBar : done * kBar / total;
	fmt::print(stderr, "\r  {}{} {}/{} walks", std::string(filled, '#'), std::string(kBar - filled, '.'), done, total);
	if (done == total) fmt::print(stderr, "\r{}\r", std::string(kBar + 30, ' '));
	std::fflush(stderr);
}

void RecordOptions::add_to(CLI::App& app) {
	app.add_option("--out", out, "folder for record.json");
	app.add_flag("--film", film, "the record carries every step of walks and handlers, for report --format html");
	app.add_option("--format", format, "text or json, on stdout")->check(CLI::IsMember({"text", "json"}));
	add_engine_option(app, engine);
	app.add_option("--max-states", max_states, "end each search there")->check(CLI::Range(1u, 100'000'000u));
	app.add_option("--max-memory", max_memory, "MiB for each search")->check(CLI::Range(1u, 65'536u));
	app.add_option("--time-limit", time_limit, "seconds for everything")->check(CLI::Range(1u, 1'000'000u));
	app.add_option("-j", threads, "threads (default: one for each core)")->check(CLI::Range(1u, 256u));
}

Result<CampaignOptions> RecordOptions::campaign() const {
	Result<EngineChoice> chosen = choose_engine(engine);
	if (!chosen) return chosen.error();
	const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
	Limits limits{.max_states = max_states, .max_bytes = size_t{max_memory} << 20, .interrupted = &interrupted()};
	if (time_limit != 0) limits.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(time_limit);
	catch_interrupts();
	CampaignOptions options{.threads = threads == 0 ? cores : threads, .engine = *chosen, .limits = limits};
	if (isatty(STDERR_FILENO) != 0) options.progress = show_progress;
	return options;
}

Status RecordOptions::has_place() const { return out.empty() ? Status{Done{}} : writable(path_in(out)); }

Result<Exit> RecordOptions::deliver(const Record& record) const {
	if (record.outcome == "interrupted" && isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r{}\r", std::string(kBar + 30, ' '));
	const bool as_json = format == "json";
	const std::string json = as_json || !out.empty() ? print_record(record) : std::string{};
	const Status saved = save(out, json);
	print(as_json ? json : report_text(record, text_style()));
	if (!saved) return saved.error();
	const Exit exit = verdict_of(record);
	if (exit == Exit::vacuous) spdlog::error("nothing fired: this run shows nothing");
	return exit;
}

}  // namespace siglab::cli
