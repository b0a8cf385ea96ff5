#include <fmt/format.h>
#include <sys/resource.h>

#include <filesystem>
#include <thread>

#include "base/text.h"
#include "cli/cli.h"
#include "grade/build.h"
#include "grade/words.h"

namespace siglab::cli {
namespace {

struct CheckCommand {
	std::string exercise, submission, isa, out;
	std::string format = "text";
	bool list = false;
};

// Of everything that a submission may take, many times what an honest one does. The clock is there for what the others miss: a machine
// that is busy must not change a verdict.
constexpr uint32_t kMaxStates = 5'000;
constexpr uint32_t kLongestRun = 2000;
constexpr size_t kMaxBytes = size_t{256} << 20;
constexpr auto kDeadline = std::chrono::seconds(60);
constexpr rlim_t kCpuSeconds = 120;

Exit list_exercises() {
	for (const grade::Exercise& exercise : grade::all_exercises()) print(fmt::format("{:<18}{}\n", exercise.name, exercise.task));
	return Exit::ok;
}

// As asked; else the ISA whose name ends the file's, as in save-g-arm.S; else the first.
Result<const Isa*> isa_for(const CheckCommand& command) {
	if (!command.isa.empty()) {
		if (const Isa* isa = find_isa(command.isa)) return isa;
		return Error{Exit::usage, unknown_name("isa", command.isa, isa_names())};
	}
	const std::string stem = std::filesystem::path(command.submission).stem().string();
	const Isa* isa = find_isa(stem.substr(stem.find_last_of("-_.") + 1));
	return isa != nullptr ? isa : all_isas().front();
}

// The second belt: if a bound of ours does not hold, the kernel's does.
void limit_ourselves() {
	const rlimit no_core{0, 0}, cpu{kCpuSeconds, kCpuSeconds};
	::setrlimit(RLIMIT_CORE, &no_core);
	::setrlimit(RLIMIT_CPU, &cpu);
}

Exit exit_of(grade::Outcome outcome) {
	switch (outcome) {
		case grade::Outcome::passes: return Exit::ok;
		case grade::Outcome::breaks: return Exit::deviation;
		case grade::Outcome::unfinished: break;
	}
	return Exit::inconclusive;
}

Result<Exit> run(const CheckCommand& command, const Places& places) {
	if (command.list) return list_exercises();
	if (command.exercise.empty() || command.submission.empty()) {
		return Error{Exit::usage, "an exercise and a file are wanted: siglab check EXERCISE SUBMISSION.S (siglab check --list)"};
	}
	Result<const grade::Exercise*> exercise = grade::find_exercise(command.exercise);
	if (!exercise) return exercise.error();
	Result<const Isa*> isa = isa_for(command);
	if (!isa) return isa.error();
	limit_ourselves();
	Result<std::string> text = grade::read_submission(command.submission);
	if (!text) return text.error();
	Result<Image> image = grade::build_submission(**exercise, **isa, command.submission, *text, places.sources);
	if (!image) return image.error();
	std::string path = command.submission;
	if (!command.out.empty()) {
		path = fmt::format("{}/{}-{}.elf", command.out, (*exercise)->name, (*isa)->name);
		if (Status written = write_image(*image, path); !written) return written.error();
	}
	catch_interrupts();
	grade::JudgeOptions options{.threads = std::max(1u, std::thread::hardware_concurrency()), .replayable = !command.out.empty()};
	options.limits.max_states = kMaxStates;
	options.limits.max_bytes = kMaxBytes;
	options.limits.longest_run = kLongestRun;
	options.limits.deadline = std::chrono::steady_clock::now() + kDeadline;
	options.limits.interrupted = &interrupted();
	Result<grade::Judged> judged = grade::judge(**exercise, path, *std::move(image), places, options);
	if (!judged) return judged.error();
	print(command.format == "json" ? grade::verdict_json(**exercise, **isa, *judged) : grade::verdict_text(**exercise, **isa, *judged));
	return exit_of(judged->outcome);
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
	auto command = std::make_shared<CheckCommand>();
	CLI::App* sub = app.add_subcommand("check", "judges an exercise's solution: any number of signals, at every boundary");
	sub->add_option("exercise", command->exercise, "which exercise (--list names them)");
	sub->add_option("submission", command->submission, "your .S file; start from notebooks/exercises/EXERCISE-ISA.S");
	sub->add_flag("--list", command->list, "the exercises, one a line");
	sub->add_option("--isa", command->isa, "arm64 or arm (default: as the file's name ends, else arm64)");
	sub->add_option("--format", command->format, "text or json, on stdout")->check(CLI::IsMember({"text", "json"}));
	sub->add_option("--out", command->out, "folder for the image, so that a counterexample can be replayed");
	sub->callback([command, &context] { context.chosen = [command, &context] { return run(*command, context.places); }; });
}

}  // namespace siglab::cli
