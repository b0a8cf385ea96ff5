#include "report/markdown.h"

#include <fmt/format.h>

#include "report/explored.h"
#include "report/matrix.h"
#include "report/museum.h"
#include "report/windows.h"
#include "report/words.h"

namespace siglab {
namespace {

// Nothing in a cell may end the cell, or begin markup.
std::string cell(std::string_view text) {
	std::string escaped;
	for (const char c : shown(text)) {
		if (std::string_view{"|\\`*_<>[]&"}.find(c) != std::string_view::npos) escaped += '\\';
		escaped += c;
	}
	return escaped;
}

std::string table_text(const Table& table) {
	std::string out = fmt::format("## {}\n\n| |", cell(table.title));
	for (const std::string& column : table.columns) out += fmt::format(" {} |", cell(column));
	out += "\n|---|";
	for (size_t i = 0; i < table.columns.size(); ++i) out += "---|";
	out += '\n';
	for (size_t row = 0; row < table.rows.size(); ++row) {
		out += fmt::format("| **{}** |", cell(table.rows[row]));
		for (const Cell& one : table.cells[row]) {
			const std::string broken = letters(one);
			out += fmt::format(" {}{}{} |", count_text(one), broken.empty() ? "" : " ", broken);
		}
		out += '\n';
	}
	return out + '\n';
}

std::string legend() {
	std::string out = "Boundaries at which one signal breaks something / all boundaries, and what breaks:\n\n";
	for (const Property property : letter_order()) {
		out += fmt::format("- **{}** {}: {}\n", property_letter(property), property_name(property), cell(property_meaning(property)));
	}
	return out + "\n`*` boundaries inside IT blocks were not injected; `?` a run did not come to its end; `!` not what the catalogue says, or the labels; `-` not run.\n\n";
}

std::string symbols(const Window& window) {
	const std::string first = cell(window.first->symbol), last = cell(window.last->symbol);
	return first == last ? first : fmt::format("{} .. {}", first, last);
}

std::string windows_text(const Record& record) {
	std::string out = "## Windows\n\n| run | signal | boundaries | property | kind | where | |\n|---|---|---|---|---|---|---|\n";
	for (const RunRecord& run : record.runs) {
		for (const Window& window : windows(run)) {
			const auto [property, kind] = window.verdict;
			out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", cell(run_text(run)), cell(run.signal), range_text(window),
			                   property_name(property), kind_name(kind), symbols(window), window.cause ? "" : "consequence");
		}
	}
	return out + '\n';
}

// What a file of the user's own deviates from is not the catalogue, but what its labels say.
std::string deviations_text(const Record& record, bool catalogued) {
	std::string out;
	for (const RunRecord& run : record.runs) {
		if (run.catalogued != catalogued) continue;
		const std::string name = fmt::format("{} {}", cell(run_text(run)), cell(run.signal));
		for (const std::string& deviation : run.deviations) out += fmt::format("- {}: {}\n", name, cell(deviation));
	}
	if (out.empty()) return out;
	return fmt::format("## {}\n\n{}\n", catalogued ? "Deviations from the catalogue" : "The labels and the walk disagree", out);
}

std::string not_applicable_text(const Record& record) {
	std::string out;
	for (const std::string& line : not_applicable(record)) out += fmt::format("- {}\n", cell(line));
	return out.empty() ? out : "## Not applicable\n\n" + out + '\n';
}

}  // namespace

std::string report_markdown(const Record& record) {
	if (!record.exhibits.empty()) return museum_markdown(record);
	const Totals sum = totals(record);
	std::string out = "# siglab\n\n";
	out += fmt::format("{}, {}, {} fired, {} masked; {}; {}.\n\n", counted(sum.runs, "run"), counted(sum.injections, "injection"),
	                   grouped(sum.fired), grouped(sum.masked), counted(sum.deviations, "deviation"), cell(record.outcome));
	// A table of letters and schedules reads best as it stands in a terminal.
	if (const std::string explored = explored_text(record, {.width = 200}); !explored.empty()) out += "```\n" + explored + "```\n";
	const std::vector<Table> all = tables(record);
	for (const Table& table : all) out += table_text(table);
	if (!all.empty()) out += legend();
	out += not_applicable_text(record) + deviations_text(record, true) + deviations_text(record, false);
	return out + (sum.violations == 0 || all.empty() ? "" : windows_text(record));
}

}  // namespace siglab
