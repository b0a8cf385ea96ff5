// siglab_mutants: all mutants of the guests and all faults of the kernel model, and the page about them.
//
//   siglab_mutants [-j N] [--page FILE] [--write | --survivors | --fates]
//
// Exits     0 if every mutant is killed, equivalent by a rule or explained, and every fault is caught; 1 if not, or if FILE does not say what was
//           found (--write makes it so); otherwise as base/result.h.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/file.h"
#include "page.h"

namespace siglab::mutants {
namespace {

struct Options {
	CensusOptions census;
	std::string page = SIGLAB_ROOT "/docs/mutants.md";
	bool write = false;
	bool list = false;
	bool fates = false;
};

void complain(const std::string& line) { fmt::print(stderr, "siglab_mutants: {}\n", line); }

int fail(const Error& error) {
	complain(error.text);
	return static_cast<int>(error.exit);
}

// What is not as it should be, a line each.
std::vector<std::string> faults_of(const Census& census, const Explanations& explanations, std::span<const Caught> caught) {
	std::vector<std::string> lines = census.wrong_rules;
	for (std::string& line : complaints(explanations, census.survivors())) lines.push_back(std::move(line));
	for (const Caught& one : caught) {
		if (!one.caught()) lines.push_back(fmt::format("nothing catches the kernel's fault '{}': {}", one.fault->name, one.fault->meaning));
	}
	return lines;
}

int run(const Options& options) {
	ImageStore store(Places{SIGLAB_IMAGES, SIGLAB_SOURCES});
	const Result<std::string> text = read_text(SIGLAB_ROOT "/tests/mutants/survivors.txt");
	if (!text) return fail(text.error());
	const Result<Explanations> explanations = parse_explanations(*text);
	if (!explanations) return fail(explanations.error());
	const Result<Census> census = take_census(store, options.census);
	if (!census) return fail(census.error());
	if (options.list) {
		for (const Mutant* survivor : census->survivors()) fmt::print("{}\n", survivor->name());
		return 0;
	}
	if (options.fates) {
		fmt::print("{}", fates(*census, *explanations));
		return 0;
	}
	const Result<std::vector<Caught>> caught = catch_faults(store, SIGLAB_UNIT_TESTS, options.census.threads);
	if (!caught) return fail(caught.error());
	std::vector<std::string> lines = faults_of(*census, *explanations, *caught);
	const std::string found = page(*census, *explanations, *caught);
	const Result<std::string> known = read_text(options.page);
	if (options.write) {
		if (Status done = write_text(options.page, found); !done) return fail(done.error());
	} else if (!known || *known != found) {
		lines.push_back(fmt::format("{} does not say what was found: tests/mutants/run --write", options.page));
	}
	for (const std::string& line : lines) complain(line);
	fmt::print("{} mutants, {} of them survive; {} faults of the kernel model\n", census->all.size(), census->survivors().size(), caught->size());
	return lines.empty() ? 0 : 1;
}

}  // namespace
}  // namespace siglab::mutants

int main(int argc, char** argv) {
	siglab::mutants::Options options;
	CLI::App app("Mutants of the guests, faults of the kernel model");
	app.add_option("-j", options.census.threads, "threads")->check(CLI::Range(1, 64));
	app.add_option("--page", options.page, "the page that says what was found");
	app.add_flag("--write", options.write, "write it, instead of comparing");
	app.add_flag("--survivors", options.list, "list the survivors, and no more");
	app.add_flag("--fates", options.fates, "say of each mutant what became of it, and no more");
	CLI11_PARSE(app, argc, argv);
	return siglab::mutants::run(options);
}
