#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "cli/cli.h"
#include "cli/complaint.h"

namespace {

using namespace siglab;

constexpr const char* kFooter =
	"Exit codes: 0 as the catalogue says (your own file, and replay: every property holds); 1 a deviation (a violation); 2 wrong usage or a\n"
	"malformed input; 3 inconclusive; 4 environment or engine; 5 nothing fired; 130 interrupted.";

int complain(const Error& error) {
	fmt::print(stderr, "siglab: {}\n", error.text);
	return static_cast<int>(error.exit);
}

// What was printed may still be on its way.
int finish(int code) {
	const bool arrived = std::cout.flush().good() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
	return arrived ? code : complain({Exit::environment, "stdout cannot be written: is the disk full?"});
}

// Names and paths are quoted in messages, and a message is one line for a terminal.
bool printable(std::string_view argument) {
	return std::none_of(argument.begin(), argument.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

int run(int argc, char** argv) {
	spdlog::set_default_logger(spdlog::stderr_color_mt("siglab"));
	spdlog::set_pattern("siglab: %v");
	cli::Context context{.places = {SIGLAB_IMAGES, SIGLAB_SOURCES}, .chosen = {}};
	CLI::App app{"siglab: signals at every instruction boundary of Go's vDSO calls, on emulated arm64 and arm", "siglab"};
	app.set_version_flag("--version", SIGLAB_VERSION);
	app.require_subcommand(1);
	app.footer(kFooter);
	cli::add_list(app, context);
	cli::add_sweep(app, context);
	cli::add_museum(app, context);
	cli::add_replay(app, context);
	cli::add_doctor(app, context);
	cli::add_fuzz(app, context);
	cli::add_report(app, context);
	cli::add_verify(app, context);
	cli::add_abi(app, context);
	cli::add_check(app, context);
	if (!std::all_of(argv, argv + argc, printable)) {
		return complain({Exit::usage, "an argument has a line break or another control character in it"});
	}
	try {
		app.parse(argc, argv);
	} catch (const CLI::Success& asked) {
		return finish(app.exit(asked));  // --help, --version
	} catch (const CLI::ParseError& wrong) {
		return complain({Exit::usage, cli::complaint(app, wrong)});
	}
	Result<Exit> exit = context.chosen();
	return exit ? finish(static_cast<int>(*exit)) : complain(exit.error());
}

}  // namespace

int main(int argc, char** argv) {
	try {
		return run(argc, argv);
	} catch (const std::exception& error) {
		return complain({Exit::environment, fmt::format("unexpected: {}", error.what())});
	}
}
