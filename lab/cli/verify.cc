#include "verify/verify.h"

#include <fmt/format.h>
#include <unistd.h>

#include <thread>

#include "base/file.h"
#include "cli/campaign_options.h"
#include "report/words.h"

namespace siglab::cli {
namespace {

struct VerifyCommand {
	std::string path;
	double sample = 1;
	uint64_t seed = 0;
	unsigned threads = 0;
	uint32_t time_limit = 0;
	std::string engine;
};

verify::Options options_of(const VerifyCommand& command, const EngineChoice& engine) {
	catch_interrupts();
	const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
	verify::Options options{.threads = command.threads == 0 ? cores : command.threads,
	                        .engine = engine.value_or(verify::other_engine()), .sample = {command.sample, command.seed},
	                        .interrupted = &interrupted()};
	if (command.time_limit != 0) options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(command.time_limit);
	if (isatty(STDERR_FILENO) != 0) options.progress = show_progress;
	return options;
}

// "every one", or how many of how many.
std::string deliveries_text(const verify::Effort& effort, const verify::Sample& sample) {
	if (sample.all()) return fmt::format("{}, every one", counted(effort.deliveries, "injection"));
	return fmt::format("{} of {} (sampled: {} of those that lead to no new state, seed {})", grouped(effort.deliveries),
	                   counted(effort.deliveries + effort.trusted, "injection"), sample.part, sample.seed);
}

std::string told(const Record& record, const verify::Verification& all, const verify::Options& options) {
	const verify::Effort& effort = all.effort;
	std::string out = fmt::format("{}, {}: {} over {}\n", kRecordVersion, record.command, counted(record.runs.size(), "run"), counted(all.closed_sets, "closed set"));
	out += fmt::format("made again, one instruction at a time, on {} {}:\n", engine_name(options.engine), engine_version(options.engine));
	out += fmt::format("  {}, each with its next step\n", counted(effort.states, "state"));
	out += fmt::format("  {}\n", deliveries_text(effort, options.sample));
	if (effort.ticks != 0) out += fmt::format("  {}\n", counted(effort.ticks, "tick"));
	out += fmt::format("  {} inside handlers\n", counted(effort.inside, "step"));
	return out;
}

std::string conclusion(const Record& record, const verify::Verification& all, const verify::Sample& sample) {
	if (all.differing != 0) {
		const std::string more = all.differing > 1 ? fmt::format(" ({} in all)", counted(all.differing, "difference")) : "";
		return fmt::format("DIFFERS: {}{}\n", all.difference, more);
	}
	if (all.unfinished != 0 || record.outcome != "exhausted") {
		return fmt::format("Nothing differs, but the record is not whole: its outcome is '{}', {} cut short.\n", shown(record.outcome),
		                   counted(all.unfinished, "closed set"));
	}
	if (!sample.all()) return "Verified, sampled: nothing differs; the injections that were left out are as the record has them.\n";
	return "Verified: nothing differs.\n";
}

Exit exit_of(const Record& record, const verify::Verification& all) {
	if (all.differing != 0) return Exit::deviation;
	return all.unfinished != 0 || record.outcome != "exhausted" ? Exit::inconclusive : Exit::ok;
}

Result<Exit> run(const VerifyCommand& command, const Places& places) {
	Result<EngineChoice> engine = choose_engine(command.engine);
	if (!engine) return engine.error();
	Result<std::string> text = read_text(command.path);
	if (!text) return text.error();
	Result<Record> record = parse_record(*text);
	if (!record) return Error{record.error().exit, command.path + ": " + record.error().text};
	ImageStore store(places);
	const verify::Options options = options_of(command, *engine);
	Result<verify::Verification> all = verify::verify(*record, store, options);
	if (!all) return Error{all.error().exit, command.path + ": " + all.error().text};
	print(told(*record, *all, options) + conclusion(*record, *all, options.sample));
	return exit_of(*record, *all);
}

}  // namespace

void add_verify(CLI::App& app, Context& context) {
	auto command = std::make_shared<VerifyCommand>();
	CLI::App* sub = app.add_subcommand("verify", "a record made again, slowly and by other code, and compared");
	sub->add_option("record", command->path, "record.json of a sweep or the museum")->required();
	sub->add_option("--sample", command->sample, "make again this part of the deliveries only, from 0 to 1")->check(CLI::Range(0.0, 1.0));
	sub->add_option("--seed", command->seed, "which part")->check(CLI::NonNegativeNumber);
	sub->add_option("--engine", command->engine, "unicorn, dynarmic, or both, compared at every step (default: dynarmic, if it is there)")
		->check(CLI::IsMember({"unicorn", "dynarmic", "both"}));
	sub->add_option("--time-limit", command->time_limit, "seconds for everything")->check(CLI::Range(1u, 1'000'000u));
	sub->add_option("-j", command->threads, "threads (default: one for each core)")->check(CLI::Range(1u, 256u));
	sub->callback([command, &context] { context.chosen = [command, &context] { return run(*command, context.places); }; });
}

}  // namespace siglab::cli
