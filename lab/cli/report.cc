#include "base/file.h"
#include "cli/cli.h"
#include "cli/terminal.h"
#include "report/csv.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/page.h"
#include "report/text.h"

namespace siglab::cli {
namespace {

struct ReportCommand {
	std::vector<std::string> paths;
	std::string format = "text";
};

Result<Record> read_record(const std::string& path) {
	Result<std::string> text = read_text(path);
	if (!text) return text.error();
	Result<Record> record = parse_record(*text);
	if (!record) return Error{record.error().exit, path + ": " + record.error().text};
	return record;
}

// One page of several records: a sweep's matrix with a museum's stories.
Result<Exit> run_html(const ReportCommand& command) {
	std::vector<Record> records;
	Exit exit = Exit::ok;
	for (const std::string& path : command.paths) {
		Result<Record> record = read_record(path);
		if (!record) return record.error();
		if (exit == Exit::ok) exit = verdict_of(*record);
		records.push_back(std::move(*record));
	}
	print(report_html(records));
	return exit;
}

Result<Exit> run(const ReportCommand& command) {
	if (command.format == "html") return run_html(command);
	if (command.paths.size() != 1) return Error{Exit::usage, "only --format html makes one report of several records"};
	Result<Record> record = read_record(command.paths.front());
	if (!record) return record.error();
	if (command.format == "markdown") {
		print(report_markdown(*record));
	} else if (command.format == "csv") {
		print(report_csv(*record));
	} else if (command.format == "junit") {
		print(report_junit(*record));
	} else {
		print(report_text(*record, text_style()));
	}
	return verdict_of(*record);
}

}  // namespace

void add_report(CLI::App& app, Context& context) {
	auto command = std::make_shared<ReportCommand>();
	CLI::App* sub = app.add_subcommand("report", "a record as text, Markdown, CSV, JUnit, or as a page to step through");
	sub->add_option("record", command->paths, "record.json of a sweep or a museum; with --format html, any number")->required();
	sub->add_option("--format", command->format, "text, markdown, csv, junit, html")->check(CLI::IsMember({"text", "markdown", "csv", "junit", "html"}));
	sub->callback([command, &context] { context.chosen = [command] { return run(*command); }; });
}

}  // namespace siglab::cli
