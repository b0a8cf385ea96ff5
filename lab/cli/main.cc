#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>

#include "cli/cli.h"

namespace {

using namespace siglab;

constexpr const char* kFooter =
	"Exit codes: 0 as the catalogue says (your own file: every property holds); 1 a deviation (your own file: a violation); 2 wrong usage or a\n"
	"malformed input; 3 inconclusive; 4 environment or engine; 5 nothing fired; 130 interrupted.";

int complain(const Error& error) {
	fmt::print(stderr, "siglab: {}\n", error.text);
	return static_cast<int>(error.exit);
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
	cli::add_replay(app, context);
	cli::add_doctor(app, context);
	cli::add_report(app, context);
	try {
		app.parse(argc, argv);
	} catch (const CLI::Success& asked) {
		return app.exit(asked);  // --help, --version
	} catch (const CLI::ParseError& wrong) {
		return complain({Exit::usage, fmt::format("{} (siglab --help tells more)", wrong.what())});
	}
	Result<Exit> exit = context.chosen();
	if (!exit) return complain(exit.error());
	if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return complain({Exit::environment, "stdout can't be written: is the disk full?"});
	return static_cast<int>(*exit);
}

}  // namespace

int main(int argc, char** argv) {
	try {
		return run(argc, argv);
	} catch (const std::exception& error) {
		return complain({Exit::environment, fmt::format("unexpected: {}", error.what())});
	}
}
