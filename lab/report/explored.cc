#include "report/explored.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "record/closed_rules.h"
#include "report/matrix.h"
#include "report/words.h"

namespace siglab {
namespace {

std::string letters_of(const RunRecord& run) {
	std::set<Property> broken;
	for (const ViolationRecord& violation : run.violations) broken.insert(violation.verdict.property);
	std::string text;
	for (const Property property : letter_order()) {
		if (broken.contains(property)) text += property_letter(property);
	}
	if (text.empty()) text = run.fired == 0 ? "masked" : "holds";
	if (run.outcome != "exhausted") text += "?";
	return run.deviations.empty() ? text : text + "!";
}

std::string row_name(const RunRecord& run) {
	std::string name = fmt::format("{}, {}", run.vdso, run.signal);
	if (run.world != "go") name = fmt::format("{}: {}", run.world, name);
	if (run.function != "nanotime1") name = fmt::format("{} {}", run.function, name);
	if (run.caller != "curg") name += fmt::format(", from {}", run.caller);
	if (run.calls != 1) name += fmt::format(", x{}", run.calls);
	return name;
}

// In the order in which they first come.
template <class Name>
std::vector<std::string> names(const std::vector<const RunRecord*>& runs, const Name& name) {
	std::vector<std::string> found;
	for (const RunRecord* run : runs) {
		if (std::string text = name(*run); std::find(found.begin(), found.end(), text) == found.end()) found.push_back(std::move(text));
	}
	return found;
}

std::string_view colour_of(const std::string& cell) {
	if (cell == "holds") return "\x1b[32m";
	if (cell == "masked" || cell == "-") return "\x1b[2m";
	return cell.find('R') != std::string::npos || cell.find('A') != std::string::npos ? "\x1b[1;31m" : "\x1b[33m";
}

std::string table_text(const std::string& isa, const std::vector<const RunRecord*>& runs, TextStyle style) {
	const std::vector<std::string> rows = names(runs, row_name);
	const std::vector<std::string> columns = names(runs, [](const RunRecord& run) { return run.variant; });
	std::map<std::pair<std::string, std::string>, std::string> cells;
	size_t first = isa.size(), wide = 6;
	for (const RunRecord* run : runs) {
		std::string& cell = cells[{row_name(*run), run->variant}] = letters_of(*run);
		first = std::max(first, shown(row_name(*run)).size());
		wide = std::max({wide, cell.size(), shown(run->variant).size()});
	}
	std::string out = fmt::format("{:<{}}", isa, first);
	for (const std::string& column : columns) out += fmt::format("  {:<{}}", shown(column), wide);
	out = stripped(std::move(out)) + fmt::format("\n{:-<{}}\n", "", first + columns.size() * (wide + 2));
	for (const std::string& row : rows) {
		std::string line = fmt::format("{:<{}}", shown(row), first);
		for (const std::string& column : columns) {
			const auto known = cells.find({row, column});
			const std::string cell = known == cells.end() ? "-" : known->second;
			const std::string padded = fmt::format("{:<{}}", cell, wide);
			line += style.colour ? fmt::format("  {}{}\x1b[0m", colour_of(cell), padded) : "  " + padded;
		}
		out += stripped(std::move(line)) + '\n';
	}
	return out;
}

std::string legend(const std::vector<const RunRecord*>& runs) {
	std::set<Property> broken;
	for (const RunRecord* run : runs) {
		for (const ViolationRecord& violation : run->violations) broken.insert(violation.verdict.property);
	}
	std::string text = "A cell: what breaks at some boundary by some schedule.\n";
	for (const Property property : letter_order()) {
		if (!broken.contains(property)) continue;
		text += fmt::format("  {}  {:<18}  {}\n", property_letter(property), property_name(property), property_meaning(property));
	}
	const auto relaxed = [](const RunRecord* run) { return run->relaxed; };
	if (std::any_of(runs.begin(), runs.end(), relaxed)) text += "  What if: these worlds drop an assumption of Go's. What breaks there is no bug of Go's.\n";
	return text;
}

// Each property and kind once for each version: the run that needs the fewest events.
std::string counterexamples(const Record& record, const std::vector<const RunRecord*>& runs, TextStyle style) {
	struct Shortest {
		const RunRecord* run;
		const ViolationRecord* violation;
		size_t events;
	};
	std::map<std::pair<Verdict, std::string>, Shortest> shortest;
	for (const RunRecord* run : runs) {
		for (const ViolationRecord& violation : run->violations) {
			if (!violation.cause) continue;
			const std::string schedule = schedule_text(violation.token);
			const auto events = static_cast<size_t>(std::count(schedule.begin(), schedule.end(), '@'));
			const auto [at, first] = shortest.try_emplace({violation.verdict, run->variant}, Shortest{run, &violation, events});
			if (!first && events < at->second.events) at->second = {run, &violation, events};
		}
	}
	std::string out;
	for (const auto& [key, found] : shortest) {
		const auto& [verdict, variant] = key;
		const std::string line = fmt::format("  {} {} ({}): {} on {} {}, {}", variant, property_name(verdict.property), kind_name(verdict.kind),
		                                     schedule_text(found.violation->token), found.run->isa, row_name(*found.run),
		                                     window_text(record, *found.run, *found.violation));
		out += shortened(shown(line), style.width) + '\n';
	}
	return out.empty() ? out : "Shortest counterexamples (siglab replay takes the token that the record has for each):\n" + out;
}

// What may be called "always": only what was exhausted, with its quantifiers.
std::string always(const std::vector<const RunRecord*>& runs) {
	std::map<std::string, std::set<std::string>> holding;
	uint64_t states = 0, bytes = 0;
	for (const RunRecord* run : runs) {
		states += run->states;
		bytes += run->bytes;
		if (run->outcome == "exhausted" && run->violations.empty() && run->fired != 0) holding[quantifiers(*run)].insert(run->variant);
	}
	std::string out;
	for (const auto& [quantified, versions] : holding) {
		out += fmt::format("Always, where a cell says holds ({}): {}.\n", join(std::vector<std::string>(versions.begin(), versions.end()), ", "), quantified);
	}
	// Two different states are taken for one if their 128-bit hashes agree: at most n * n / 2^129.
	const auto n = static_cast<double>(states);
	return out + fmt::format("{} looked at, {} bytes for each 1,000; two of them had the same hash with a probability below {:.0e}.\n",
	                         counted(states, "state"), grouped(bytes * 1000 / std::max<uint64_t>(states, 1)), n * n / 6.8e38);
}

std::string count_of(const RunRecord& run) {
	std::vector<std::string> signals;
	for (const std::string& name : split(run.signal, '+')) signals.push_back("SIG" + name);
	const std::string last = signals.back();
	signals.pop_back();
	const std::string all = signals.empty() ? last : join(signals, ", ") + " and " + last;
	return run.budget == "any" ? "any number of " + all : fmt::format("up to {} of {}", run.budget, all);
}

}  // namespace

std::string signals_quantified(const RunRecord& run) { return count_of(run) + " at any boundary"; }

std::string quantifiers(const RunRecord& run) {
	std::string text = signals_quantified(run);
	if (run.ticks != 0) text += fmt::format(", the clock moving up to {}", run.ticks == 1 ? "once" : fmt::format("{} times", run.ticks));
	if (run.nesting_cut && run.nests_until_overflow()) {
		text += ", inside handlers too until the signal stack overflows";
	} else if (run.nesting_cut) {
		text += fmt::format(", at most {} interrupted at the same time", counted(run.nesting, "handler"));
	} else if (run.nested) {
		text += ", inside handlers too as deep as their masks let them";
	} else {
		text += ", handlers having all signals masked";
	}
	return text + "; one thread, these images";
}

std::string schedule_text(const std::string& token) {
	const size_t colon = token.rfind(':');
	std::string schedule = token.substr(colon == std::string::npos ? 0 : colon + 1);
	std::replace(schedule.begin(), schedule.end(), '+', ' ');
	return schedule == "-" ? "no signal" : schedule;
}

std::string window_text(const Record& record, const RunRecord& run, const ViolationRecord& violation) {
	std::vector<uint32_t> window = violation.window;
	if (window.empty() && violation.boundary) window = {*violation.boundary};
	if (window.empty() || run.walk >= record.walks.size()) return "";
	const WalkRecord& walk = record.walks[run.walk];
	// A handler that jumps out leads to a walk that is longer than the undisturbed one.
	if (window.back() >= walk.pc.size()) return fmt::format("{} boundaries within {}..{}", window.size(), window.front(), window.back());
	const auto code = record.code.find(walk.code);
	const auto line = [&](uint32_t boundary) {
		const CodeLine* found = nullptr;
		if (code != record.code.end()) {
			if (const auto at = code->second.find(walk.pc[boundary]); at != code->second.end()) found = &at->second;
		}
		return found == nullptr ? CodeLine{} : *found;
	};
	const CodeLine first = line(window.front()), last = line(window.back());
	const bool whole = window.back() - window.front() + 1 == window.size();
	if (window.size() == 1) return fmt::format("boundary {}: {} (our line {})", window.front(), first.symbol, first.line);
	return fmt::format("{} boundaries {} {}..{}: {} .. {} (our lines {} .. {})", window.size(), whole ? "at" : "within", window.front(), window.back(),
	                   first.symbol, last.symbol, first.line, last.line);
}

std::string explored_text(const Record& record, TextStyle style) {
	std::vector<const RunRecord*> runs;
	for (const RunRecord& run : record.runs) {
		if (is_explored(run)) runs.push_back(&run);
	}
	if (runs.empty()) return "";
	std::string out;
	for (const std::string& isa : names(runs, [](const RunRecord& run) { return run.isa; })) {
		std::vector<const RunRecord*> some;
		std::copy_if(runs.begin(), runs.end(), std::back_inserter(some), [&](const RunRecord* run) { return run->isa == isa; });
		out += table_text(isa, some, style) + '\n';
	}
	return out + legend(runs) + '\n' + counterexamples(record, runs, style) + '\n' + always(runs);
}

}  // namespace siglab
