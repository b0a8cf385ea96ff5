#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/explored.h"
#include "report/grid.h"
#include "report/matrix.h"
#include "report/museum.h"
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
				sum.not_injected = sum.not_injected || cell.not_injected;
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
	if (sum.not_injected) text += "  *  boundaries inside IT blocks were not injected\n";
	if (sum.unfinished) text += "  ?  not every run of the cell came to its end\n";
	if (sum.deviates) text += "  !  not what the catalogue says, or the labels\n";
	return text;
}

std::string totals_text(const Record& record) {
	const Totals sum = totals(record);
	std::string fired = sum.fired == sum.injections ? ", all fired" : fmt::format(", only {} fired", grouped(sum.fired));
	if (sum.injections == 0) fired.clear();
	return fmt::format("{}, {}{}, {} masked; in {} something breaks.\n", counted(sum.runs, "run"), counted(sum.injections, "injection"),
	                   fired, grouped(sum.masked), counted(sum.violated_runs, "run"));
}

bool never_ends(const RunRecord& run) {
	return std::any_of(run.violations.begin(), run.violations.end(), [](const ViolationRecord& violation) {
		return !violation.boundary && violation.verdict == Verdict{Property::alive, Kind::livelock};
	});
}

std::string endless_text(const Record& record) {
	const auto count = std::count_if(record.runs.begin(), record.runs.end(), never_ends);
	if (count == 0) return "";
	return fmt::format("Into {} nothing could be injected: the walk never ends.\n", counted(static_cast<uint64_t>(count), "run"));
}

std::string not_applicable_text(const Record& record) {
	std::string text;
	for (const std::string& line : not_applicable(record)) text += fmt::format("  {}\n", shown(line));
	return text.empty() ? text : "Not applicable, because the guest does not declare what it takes:\n" + text;
}

std::string outcome_text(const Record& record) {
	if (record.outcome == "interrupted") return "Interrupted: what is not above was not run.\n";
	if (record.outcome == "exhausted") return "";
	std::string text = "A bound was reached: what was not looked at is not known to hold.\n";
	for (const RunRecord& run : record.runs) {
		if (!run.left.empty()) return text + fmt::format("  {} {}: {}\n", shown(run_text(run)), shown(run.signal), shown(run.left));
	}
	return text;
}

// Boundaries inside IT blocks, and by which engine they were tried; or that they were not.
std::string inside_it_text(const Record& record) {
	std::string text;
	std::vector<std::string> said;
	for (const RunRecord& run : record.runs) {
		if (run.walk >= record.walks.size()) continue;
		const WalkRecord& walk = record.walks[run.walk];
		if (walk.inside_it.empty() && run.not_injected.empty()) continue;
		const std::string where = fmt::format("{} {}", run.isa, run.vdso);
		if (std::find(said.begin(), said.end(), where) != said.end()) continue;
		said.push_back(where);
		const std::string inside = fmt::format("Inside IT blocks of {}: {}", shown(where), counted(walk.inside_it.size(), "boundary", "boundaries"));
		text += run.not_injected.empty() ? fmt::format("{}, injected with {}.\n", inside, shown(walk.inside_it_by))
		                                 : fmt::format("{}, not injected: Unicorn cannot stop there, dynarmic can (siglab doctor).\n", inside);
	}
	return text;
}

// What a file of the user's own deviates from is not the catalogue, but what its labels say.
std::string listed(const Record& record, bool catalogued) {
	constexpr size_t kMost = 20;
	std::string text;
	size_t count = 0;
	for (const RunRecord& run : record.runs) {
		if (run.catalogued != catalogued) continue;
		for (const std::string& deviation : run.deviations) {
			if (++count <= kMost) text += fmt::format("  {} {}: {}\n", shown(run_text(run)), shown(run.signal), shown(deviation));
		}
	}
	if (count == 0) return "";
	if (count > kMost) text += fmt::format("  and {} more\n", grouped(count - kMost));
	if (catalogued) return fmt::format("{} from the catalogue:\n{}", counted(count, "deviation"), text);
	return fmt::format("The labels and the walk disagree, {}:\n{}", counted(count, "time"), text);
}

// In either direction.
std::string deviations_text(const Record& record) {
	std::string text = listed(record, true) + listed(record, false);
	if (!text.empty()) return text;
	const auto of_it = [](const RunRecord& run) { return run.catalogued; };
	const auto catalogued = static_cast<size_t>(std::count_if(record.runs.begin(), record.runs.end(), of_it));
	const auto relaxed = [](const RunRecord& run) { return run.relaxed; };
	if (!record.runs.empty() && std::all_of(record.runs.begin(), record.runs.end(), relaxed))
		return "What if: the catalogue expects nothing of these worlds.\n";
	if (record.runs.empty() || record.outcome == "interrupted") return "";
	if (catalogued == 0) return "Not of the catalogue: every property is expected to hold.\n";
	return catalogued == record.runs.size() ? "Everything is as the catalogue says.\n" : "What the catalogue knows is as it says.\n";
}

}  // namespace

std::string report_text(const Record& record, TextStyle style) {
	const std::string tail = totals_text(record) + endless_text(record) + inside_it_text(record) + outcome_text(record) + not_applicable_text(record) + deviations_text(record);
	if (!record.exhibits.empty()) return museum_text(record, style) + tail;
	std::string text = explored_text(record, style);
	const std::vector<Table> all = tables(record);
	for (const Table& table : all) text += grid_text(table, style) + '\n';
	if (!all.empty()) text += legend(all) + '\n';
	text += tail;
	const FindingRef finding = first_finding(record);
	if (finding.violation != nullptr && !all.empty()) text += "\nThe first finding\n\n" + story_text(record, finding, style);
	return text;
}

}  // namespace siglab
