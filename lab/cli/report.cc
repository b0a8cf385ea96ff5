#include "base/file.h"
#include "cli/cli.h"
#include "cli/terminal.h"
#include "report/csv.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/text.h"

namespace siglab::cli {
namespace {

struct ReportCommand {
	std::string path;
	std::string format = "text";
};

Result<Exit> run(const ReportCommand& command) {
	Result<std::string> text = read_text(command.path);
	if (!text) return text.error();
	Result<Record> record = parse_record(*text);
	if (!record) return Error{record.error().exit, command.path + ": " + record.error().text};
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
	CLI::App* sub = app.add_subcommand("report", "a record as text, Markdown, CSV or JUnit");
	sub->add_option("record", command->path, "record.json of a sweep")->required();
	sub->add_option("--format", command->format, "text, markdown, csv, junit")->check(CLI::IsMember({"text", "markdown", "csv", "junit"}));
	sub->callback([command, &context] { context.chosen = [command] { return run(*command); }; });
}

}  // namespace siglab::cli
