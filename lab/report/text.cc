#include "report/text.h"

#include <fmt/format.h>

#include "report/grid.h"
#include "report/matrix.h"
#include "report/story.h"
#include "report/words.h"

namespace siglab {
namespace {

// Only the marks and letters that the tables use.
std::string legend(const std::vector<Table>& all) {
	Cell sum;
	bool silent = false;
	for (const Table& table : all) {
		for (const std::vector<Cell>& row : table.cells) {
			for (const Cell& cell : row) {
				sum.broken |= cell.broken;
				sum.vdso_abi = sum.vdso_abi || cell.vdso_abi;
				sum.unfinished = sum.unfinished || cell.unfinished;
				sum.deviates = sum.deviates || cell.deviates;
				silent = silent || grade(cell) == Grade::silent;
			}
		}
	}
	std::string text = "A cell: boundaries at which one signal breaks something / all boundaries, and which of these no longer holds:\n";
	for (const Property property : letter_order()) {
		if ((sum.broken & (1u << static_cast<unsigned>(property))) == 0) continue;
		const char letter = property_letter(property);
		text += fmt::format("  {}  {:<18}  {}\n", letter, property_name(property), property_meaning(property));
	}
	if (sum.vdso_abi) text += "  B first: the vDSO itself breaks the ABI; whatever else breaks in that cell follows from it.\n";
	if (silent) text += "  masked: the signal was blocked at every boundary. nothing: there was no boundary to deliver at.\n";
	if (sum.unfinished) text += "  ?  not every run of the cell came to its end\n";
	if (sum.deviates) text += "  !  not what the catalogue says\n";
	return text;
}

std::string totals_text(const Record& record) {
	const Totals sum = totals(record);
	const std::string fired = sum.fired == sum.injections ? "all fired" : fmt::format("only {} fired", grouped(sum.fired));
	return fmt::format("{}, {}, {}, {} masked; in {} something breaks.\n", counted(sum.runs, "run"), counted(sum.injections, "injection"),
	                   fired, grouped(sum.masked), counted(sum.violated_runs, "run"));
}

std::string outcome_text(const Record& record) {
	if (record.outcome == "interrupted") return "Interrupted: what is not above was not run.\n";
	return record.outcome == "exhausted" ? "" : "A bound was reached: what was not looked at is not known to hold.\n";
}

// In either direction. A file of the user's own has no catalogue to deviate from.
std::string deviations_text(const Record& record) {
	constexpr size_t kMost = 20;
	std::string text;
	size_t count = 0, catalogued = 0;
	for (const RunRecord& run : record.runs) {
		catalogued += run.catalogued ? 1 : 0;
		for (const std::string& deviation : run.deviations) {
			if (++count <= kMost) text += fmt::format("  {} {}: {}\n", shown(run_text(run)), shown(run.signal), shown(deviation));
		}
	}
	if (count > kMost) text += fmt::format("  and {} more\n", grouped(count - kMost));
	if (count != 0) return fmt::format("{} from the catalogue:\n{}", counted(count, "deviation"), text);
	if (record.runs.empty() || record.outcome == "interrupted") return "";
	if (catalogued == 0) return "Not of the catalogue: every property is expected to hold.\n";
	return catalogued == record.runs.size() ? "Everything is as the catalogue says.\n" : "What the catalogue knows is as it says.\n";
}

}  // namespace

std::string report_text(const Record& record, TextStyle style) {
	std::string text;
	const std::vector<Table> all = tables(record);
	for (const Table& table : all) text += grid_text(table, style) + '\n';
	if (!all.empty()) text += legend(all) + '\n';
	text += totals_text(record) + outcome_text(record) + deviations_text(record);
	const FindingRef finding = first_finding(record);
	if (finding.violation != nullptr) text += "\nThe first finding\n\n" + story_text(record, finding, style);
	return text;
}

}  // namespace siglab
