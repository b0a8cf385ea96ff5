#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "cli/fuzz_options.h"
#include "report/fuzz.h"

namespace siglab::cli {
namespace {

constexpr std::string_view kRecordName = "/fuzz.json";

Result<FuzzRecord> read_record(const std::string& path) {
	Result<std::string> text = read_text(path);
	if (!text) return text.error();
	Result<FuzzRecord> record = parse_fuzz_record(*text);
	if (!record) return Error{record.error().exit, fmt::format("{}: {}", path, record.error().text)};
	return record;
}

Result<Exit> tell(const FuzzRecord& record, const FuzzOptions& options) {
	print(options.format == "json" ? print_fuzz_record(record) : fuzz_text(record, options.out));
	// Whoever gave a time and no number wanted as many as there is time for.
	const bool as_wanted = record.outcome == "time-limit" && record.to == UINT64_MAX && record.finds.empty() && record.left.empty();
	return as_wanted && !record.tallies.empty() ? Exit::ok : verdict_of(record);
}

// ---- other things that fuzz does ----

Result<Exit> unite(const FuzzOptions& options) {
	std::vector<FuzzRecord> records;
	for (const std::string& path : options.unite) {
		std::error_code error;
		Result<FuzzRecord> record = read_record(std::filesystem::is_directory(path, error) ? path + std::string{kRecordName} : path);
		if (!record) return record.error();
		records.push_back(*std::move(record));
	}
	Result<FuzzRecord> all = union_of(records);
	if (!all) return all.error();
	if (!options.out.empty()) {
		if (const Status saved = write_text(options.out + std::string{kRecordName}, print_fuzz_record(*all)); !saved) return saved.error();
	}
	return tell(*all, options);
}

Result<Exit> show(const FuzzOptions& options, const Draw& draw) {
	const std::optional<uint64_t> index = parse_number(options.show);
	if (!index) return Error{Exit::usage, fmt::format("--show is '{}', which is no index", options.show)};
	for (const Isa* isa : draw.isas) {
		const Case made = case_of(draw, *index, *isa);
		const std::string title = fmt::format("Generated: seed {}, index {}, {}; {} pieces. Drawn for {}.", draw.seed, *index, isa->name,
		                                      count_pieces(made.program), print_scenario(made.scenario));
		print(source_text(made.program, *isa, title));
	}
	return Exit::ok;
}

// Each file on each version, with each signal that is named: a corpus of past finds is held to the law like this.
Result<Exit> judge_files(const FuzzOptions& options, const Draw& draw, EngineChoice engine, ImageStore& store) {
	constexpr std::array<Effort, 2> kEfforts = {Effort::sweep, Effort::explore};
	Judge judge(store, &interrupted(), engine);
	bool deviates = false, any = false;
	for (const std::string& file : options.files) {
		for (const Isa* isa : draw.isas) {
			if (const Result<WorldImages> fits = judge.read(*isa, file); !fits) {
				if (draw.isas.size() == 1) return fits.error();
				continue;
			}
			any = true;
			for (const GuestChoice& guest : draw.guests) {
				for (const Signal signal : draw.signals) {
					const Scenario scenario{.isa = isa, .guest = guest, .function = draw.functions.front(), .caller = draw.callers.front(),
					                        .vdso = {.blob = &generated_vdso()}, .world = draw.worlds.front(), .signal = signal, .calls = 1};
					const bool last = signal == draw.signals.back() && draw.explore != 0;
					Result<Judgement> judgement = judge_file(judge, draw, scenario, file, std::span{kEfforts}.first(last ? 2 : 1));
					if (!judgement) return judgement.error();
					for (const Deviation& deviation : judgement->deviations) print(fmt::format("{}: {}: {}\n", file, print_scenario(judgement->scenario), deviation.text));
					deviates = deviates || !judgement->deviations.empty();
				}
			}
		}
	}
	if (!any) return Error{Exit::usage, fmt::format("{}: it is no image or source of any ISA; --isa says why not of one", options.files.front())};
	if (!deviates) print("No deviation: each version does with each of them what the catalogue says.\n");
	return deviates ? Exit::deviation : Exit::ok;
}

// ---- a run ----

// What was done before in that folder, if it is the same task; else the task from its beginning.
Result<FuzzRecord> where_to_begin(const FuzzOptions& options, const FuzzRecord& task) {
	const std::string path = options.out + std::string{kRecordName};
	if (options.out.empty() || !file_exists(path)) return task;
	Result<FuzzRecord> before = read_record(path);
	if (!before) return before.error();
	FuzzRecord longer = *before;
	longer.to = task.to;  // more of the same is the same run
	const bool same_shard = before->shards.size() == 1 && before->shards[0].number == task.shards[0].number && before->shards[0].of == task.shards[0].of;
	if (!same_task(longer, task) || !same_shard || before->shards[0].next > task.to) {
		return Error{Exit::usage, fmt::format("{} is of another run (seed {}, index {} on): give another --out", path, before->seed, before->from)};
	}
	return longer;
}

void show_progress(const FuzzRecord& record) {
	uint64_t vdsos = 0, deliveries = 0;
	for (const auto& [name, tally] : record.tallies) {
		if (const auto count = tally.find("vdsos"); count != tally.end()) vdsos += count->second;
		if (const auto count = tally.find("deliveries"); count != tally.end()) deliveries += count->second;
	}
	fmt::print(stderr, "\r  {} vDSOs, {} deliveries, {} deviate ", vdsos, deliveries, record.finds.size());
	std::fflush(stderr);
}

Result<Exit> run(const FuzzOptions& options, const Places& places) {
	if (!options.unite.empty()) return unite(options);
	Result<Draw> draw = options.draw();
	if (!draw) return draw.error();
	if (!options.show.empty()) return show(options, *draw);
	Result<EngineChoice> engine = choose_engine(options.engine);
	if (!engine) return engine.error();
	ImageStore store(places);
	catch_interrupts();
	if (!options.files.empty()) return judge_files(options, *draw, *engine, store);
	Result<FuzzRecord> task = options.task(*draw);
	if (!task) return task.error();
	Result<FuzzRecord> begin = where_to_begin(options, *task);
	if (!begin) return begin.error();
	const std::string path = options.out + std::string{kRecordName};
	if (!options.out.empty()) {
		if (const Status place = writable(path); !place) return place.error();
	}

	const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
	FuzzRun how{.draw = *draw, .threads = options.threads == 0 ? cores : options.threads, .engine = *engine, .out = options.out, .interrupted = &interrupted()};
	if (options.time != 0) how.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.time);
	if (!options.out.empty()) how.save = [&](const FuzzRecord& record) { return write_text(path, print_fuzz_record(record)); };
	const bool terminal = isatty(STDERR_FILENO) != 0;
	if (terminal) how.progress = show_progress;
	Result<FuzzRecord> record = run_fuzz(*std::move(begin), how, store);
	if (terminal) fmt::print(stderr, "\r{:60}\r", "");
	if (!record) return record.error();
	if (!options.out.empty()) fmt::print(stderr, "siglab: the record is in {}\n", path);
	return tell(*record, options);
}

}  // namespace

void add_fuzz(CLI::App& app, Context& context) {
	auto options = std::make_shared<FuzzOptions>();
	CLI::App* sub = app.add_subcommand("fuzz", "generated vDSOs, each held to the law that the catalogue states");
	options->add_to(*sub);
	sub->callback([options, &context] { context.chosen = [options, &context] { return run(*options, context.places); }; });
}

}  // namespace siglab::cli
