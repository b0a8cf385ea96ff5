#include "report/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "record/closed_rules.h"

namespace siglab {
namespace {

// What loses g comes first.
constexpr std::array<Property, kPropertyCount> kOrder = {
	Property::recovers_g, Property::alive, Property::slot_discipline, Property::transparent_return, Property::traceback,
	Property::time_correct, Property::abi, Property::g_in_register, Property::fired, Property::vdso_used,
};

constexpr uint32_t bit(Property property) { return 1u << static_cast<unsigned>(property); }

using Runs = std::vector<const RunRecord*>;
using Keep = std::function<bool(const RunRecord&)>;
using Name = std::function<std::string(const RunRecord&)>;

Runs filter(const Runs& runs, const Keep& keep) {
	Runs kept;
	std::copy_if(runs.begin(), runs.end(), std::back_inserter(kept), [&](const RunRecord* run) { return keep(*run); });
	return kept;
}

// In the order in which they first come.
std::vector<std::string> names(const Runs& runs, const Name& name) {
	std::vector<std::string> found;
	for (const RunRecord* run : runs) {
		if (std::string text = name(*run); std::find(found.begin(), found.end(), text) == found.end()) found.push_back(std::move(text));
	}
	return found;
}

bool of_the_vdso(const ViolationRecord& violation) {
	return violation.verdict == Verdict{Property::abi, Kind::vdso_registers} || violation.verdict == Verdict{Property::abi, Kind::vdso_memory};
}

// Runs that differ in the signal only share a walk: a boundary at which two of them fail counts once.
class CellMaker {
   public:
	void add(const RunRecord& run) {
		if (cell_.runs++ == 0) cell_.walk = run.walk;
		cell_.fired += run.fired;
		cell_.masked += run.masked;
		cell_.unfinished = cell_.unfinished || run.outcome != "exhausted";
		cell_.not_injected = cell_.not_injected || !run.not_injected.empty();
		cell_.deviates = cell_.deviates || !run.deviations.empty();
		Walk& walk = walks_[run.walk];
		walk.boundaries = std::max(walk.boundaries, run.boundaries);
		for (const ViolationRecord& violation : run.violations) {
			cell_.broken |= bit(violation.verdict.property);
			cell_.vdso_abi = cell_.vdso_abi || (of_the_vdso(violation) && violation.cause);
			if (violation.boundary) walk.failing.insert(*violation.boundary);
			walk.all_fail = walk.all_fail || !violation.boundary;
		}
	}
	[[nodiscard]] Cell cell() const {
		Cell cell = cell_;
		for (const auto& [index, walk] : walks_) {
			cell.boundaries += walk.boundaries;
			cell.failing += walk.all_fail ? walk.boundaries : static_cast<uint32_t>(walk.failing.size());
		}
		return cell;
	}

   private:
	struct Walk {
		uint32_t boundaries = 0;
		std::set<uint32_t> failing;
		bool all_fail = false;
	};
	Cell cell_;
	std::map<uint32_t, Walk> walks_;
};

size_t index_of(const std::vector<std::string>& in, const std::string& name) {
	return static_cast<size_t>(std::find(in.begin(), in.end(), name) - in.begin());
}

Table tabulate(std::string title, const Runs& runs, const Name& column) {
	const Name row = [](const RunRecord& run) { return run.variant; };
	Table table{std::move(title), names(runs, row), names(runs, column), {}};
	std::sort(table.rows.begin(), table.rows.end());
	std::vector<std::vector<CellMaker>> makers(table.rows.size(), std::vector<CellMaker>(table.columns.size()));
	for (const RunRecord* run : runs) makers[index_of(table.rows, run->variant)][index_of(table.columns, column(*run))].add(*run);
	for (const std::vector<CellMaker>& line : makers) {
		std::vector<Cell>& cells = table.cells.emplace_back();
		for (const CellMaker& maker : line) cells.push_back(maker.cell());
	}
	return table;
}

bool loses_g(const ViolationRecord& violation) {
	return violation.verdict == Verdict{Property::recovers_g, Kind::wrong} && violation.cause;
}

// The vDSO to show the other tables with: the first that costs some version its g, or breaks anything, or the first.
std::string telling_vdso(const Runs& runs) {
	const auto any = [](const RunRecord* run) { return !run->violations.empty(); };
	const auto loses = [](const RunRecord* run) { return std::any_of(run->violations.begin(), run->violations.end(), loses_g); };
	auto found = std::find_if(runs.begin(), runs.end(), loses);
	if (found == runs.end()) found = std::find_if(runs.begin(), runs.end(), any);
	return (found == runs.end() ? runs.front() : *found)->vdso;
}

// One column may have no run with the table's vDSO: then it shows the first that it has, and says so.
Table side_table(const std::string& what, const Runs& runs, const std::string& vdso, const Name& column) {
	std::map<std::string, std::string> shown;
	for (const RunRecord* run : runs) {
		const auto [at, first] = shown.try_emplace(column(*run), run->vdso);
		if (!first && run->vdso == vdso) at->second = vdso;
	}
	const auto label = [&](const RunRecord& run) {
		const std::string name = column(run);
		return shown[name] == vdso ? name : fmt::format("{} ({})", name, shown[name]);
	};
	const Keep keep = [&](const RunRecord& run) { return run.vdso == shown[column(run)]; };
	return tabulate(fmt::format("{}, vDSO {}", what, vdso), filter(runs, keep), label);
}

// The walk that the main table is about.
struct Theme {
	std::string function, caller, world;
};

Theme theme_of(const Record& record) {
	const auto usual = [](const RunRecord& run) { return run.function == "nanotime1" && run.caller == "curg" && run.world == "go"; };
	auto found = std::find_if(record.runs.begin(), record.runs.end(), usual);
	if (found == record.runs.end()) found = record.runs.begin();
	return {found->function, found->caller, found->world};
}

void tables_of_isa(const std::string& isa, const Runs& runs, const Theme& theme, std::vector<Table>& all) {
	const Keep world = [&](const RunRecord& run) { return run.world == theme.world; };
	const Keep call = [&](const RunRecord& run) { return run.function == theme.function && run.caller == theme.caller; };
	const Runs main = filter(filter(runs, world), call);
	if (!main.empty()) {
		all.push_back(tabulate(fmt::format("{}: {} called from {}, world {}", isa, theme.function, theme.caller, theme.world), main,
		                       [](const RunRecord& run) { return run.vdso; }));
	}
	const std::string vdso = telling_vdso(main.empty() ? runs : main);
	const Name by_world = [](const RunRecord& run) { return run.world; };
	const Name by_call = [](const RunRecord& run) { return fmt::format("{} {}", run.function, run.caller); };
	if (const Runs some = filter(runs, call); names(some, by_world).size() > 1) {
		all.push_back(side_table(fmt::format("{}: worlds, {} called from {}", isa, theme.function, theme.caller), some, vdso, by_world));
	}
	if (const Runs some = filter(runs, world); names(some, by_call).size() > 1) {
		all.push_back(side_table(fmt::format("{}: functions and callers, world {}", isa, theme.world), some, vdso, by_call));
	}
}

int rank(const ViolationRecord& violation) {
	if (loses_g(violation)) return 0;
	if (violation.verdict.property == Property::recovers_g && violation.cause) return 1;
	return violation.cause ? 2 : 3;
}

}  // namespace

Grade grade(const Cell& cell) {
	if (cell.runs == 0) return Grade::absent;
	if (cell.vdso_abi) return Grade::vdso;
	if ((cell.broken & (bit(Property::recovers_g) | bit(Property::alive))) != 0) return Grade::loses_g;
	if (cell.broken != 0) return Grade::breaks;
	return cell.fired == 0 ? Grade::silent : Grade::holds;
}

std::string count_text(const Cell& cell) {
	const std::string marks = fmt::format("{}{}{}", cell.not_injected ? "*" : "", cell.unfinished ? "?" : "", cell.deviates ? "!" : "");
	switch (grade(cell)) {
		case Grade::absent: return "-";
		case Grade::silent: return fmt::format("{}{}", cell.masked != 0 ? "masked" : "nothing", marks);
		case Grade::holds: return fmt::format("holds{}", marks);
		default: return fmt::format("{}/{}{}", cell.failing, cell.boundaries, marks);
	}
}

std::string letters(const Cell& cell) {
	std::string text;
	if (cell.vdso_abi) text += property_letter(Property::abi);
	for (const Property property : kOrder) {
		const bool told = cell.vdso_abi && property == Property::abi;
		if ((cell.broken & bit(property)) != 0 && !told) text += property_letter(property);
	}
	return text;
}

std::vector<Property> letter_order() { return {kOrder.begin(), kOrder.end()}; }

std::vector<Table> tables(const Record& record) {
	std::vector<Table> all;
	Runs runs;
	for (const RunRecord& run : record.runs) {
		if (!is_explored(run)) runs.push_back(&run);
	}
	if (runs.empty()) return all;
	const Theme theme = theme_of(record);
	for (const std::string& isa : names(runs, [](const RunRecord& run) { return run.isa; })) {
		tables_of_isa(isa, filter(runs, [&](const RunRecord& run) { return run.isa == isa; }), theme, all);
	}
	return all;
}

FindingRef first_finding(const Record& record) {
	FindingRef best;
	for (const RunRecord& run : record.runs) {
		for (const ViolationRecord& violation : run.violations) {
			if (best.violation == nullptr || rank(violation) < rank(*best.violation)) best = {&run, &violation};
		}
	}
	return best;
}

std::vector<std::string> not_applicable(const Record& record) {
	std::vector<std::string> lines;
	for (const RunRecord& run : record.runs) {
		for (const std::string& what : run.not_applicable) {
			std::string line = fmt::format("{}: {}", run.variant, what);
			if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
		}
	}
	return lines;
}

std::string when_text(const RunRecord& run, const ViolationRecord& violation) {
	return violation.boundary ? fmt::format("SIG{} at boundary {}", run.signal, *violation.boundary) : "without any signal";
}

std::string run_text(const RunRecord& run) {
	std::string text = fmt::format("{} {} {} {} {} {}", run.isa, run.variant, run.function, run.caller, run.vdso, run.world);
	if (run.calls != 1) text += fmt::format(" x{}", run.calls);
	return text;
}

}  // namespace siglab
