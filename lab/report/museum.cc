#include "report/museum.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "report/explored.h"
#include "report/words.h"

namespace siglab {
namespace {

const ViolationRecord* showing(const RunRecord& run, Verdict verdict) {
	const auto same = [&](const ViolationRecord& violation) { return violation.verdict == verdict; };
	const auto found = std::find_if(run.violations.begin(), run.violations.end(), same);
	return found == run.violations.end() ? nullptr : &*found;
}

std::string surroundings(const RunRecord& run) {
	std::string text = fmt::format("{} with {}", run.variant, run.vdso);
	if (run.function != "nanotime1") text += ", " + run.function;
	if (run.world != "go") text += ", world " + run.world;
	return text;
}

}  // namespace

Pair pair_of(const Record& record, const ExhibitRecord& exhibit) {
	const RunRecord& fails = record.runs[exhibit.fails];
	const RunRecord& holds = record.runs[exhibit.holds];
	const ViolationRecord* seen = showing(fails, exhibit.verdict);
	Pair pair{.head = fmt::format("{:<5}  {}", fails.isa, surroundings(fails)), .as_stated = is_as_stated(record, exhibit)};
	const std::string what = fmt::format("{} ({})", property_name(exhibit.verdict.property), kind_name(exhibit.verdict.kind));
	pair.fails = seen != nullptr ? fmt::format("{} by {}", what, schedule_text(seen->token)) : fmt::format("{} NOT SEEN", what);
	if (seen != nullptr) pair.window = window_text(record, fails, *seen);
	if (seen != nullptr) pair.token = seen->token;
	const bool shows_too = showing(holds, exhibit.verdict) != nullptr;
	const std::string_view proved = holds.outcome == "exhausted" ? "exhausted" : "NOT EXHAUSTED";
	pair.holds = shows_too ? fmt::format("{} SHOWS IT TOO", surroundings(holds))
	                       : fmt::format("{}: never, with {} ({}: {})", surroundings(holds), signals_quantified(holds), proved, counted(holds.states, "state"));
	return pair;
}

namespace {

std::string summary(const Record& record) {
	size_t good = 0;
	for (const ExhibitRecord& exhibit : record.exhibits) good += is_as_stated(record, exhibit) ? 1 : 0;
	uint64_t states = 0;
	for (const RunRecord& run : record.runs) states += run.states;
	const std::string all = good == record.exhibits.size() ? "every one" : fmt::format("ONLY {}", good);
	return fmt::format("{} pairs, {} as the catalogue states it; {} looked at.\n"
	                   "\"Never\" is for one thread, these images, a clock that stands still, and handlers with all signals masked.\n",
	                   record.exhibits.size(), all, counted(states, "state"));
}

std::string wrapped(const std::string& head, const std::string& text, size_t width) {
	std::string out, line = head;
	for (size_t from = 0; from < text.size();) {
		const size_t end = std::min(text.find(' ', from), text.size());
		const std::string word = text.substr(from, end - from);
		if (line.size() + word.size() + 1 > width && line.size() > head.size()) {
			out += stripped(line) + '\n';
			line = std::string(head.size(), ' ');
		}
		line += word + ' ';
		from = end + 1;
	}
	return out + stripped(line) + '\n';
}

// Rows of one exhibit on several ISAs stand together.
template <class OnRow>
void each_row(const Record& record, const OnRow& on_row) {
	for (size_t i = 0; i < record.exhibits.size();) {
		size_t end = i + 1;
		while (end < record.exhibits.size() && record.exhibits[end].id == record.exhibits[i].id) ++end;
		on_row(std::span{record.exhibits}.subspan(i, end - i));
		i = end;
	}
}

}  // namespace

std::string museum_text(const Record& record, TextStyle style) {
	if (record.exhibits.empty()) return "";
	std::string out = "The museum: bugs of this class in Go's history, each found, and its mending proved\n\n";
	each_row(record, [&](std::span<const ExhibitRecord> row) {
		const std::string title = fmt::format("{}: {}", row.front().id, row.front().title);
		out += (style.colour ? fmt::format("\x1b[1m{}\x1b[0m", shown(title)) : shown(title)) + '\n';
		out += wrapped("  ", shown(row.front().what), style.width) + wrapped("  ", shown(row.front().so), style.width);
		for (const ExhibitRecord& exhibit : row) {
			const Pair pair = pair_of(record, exhibit);
			out += wrapped(fmt::format("  {} ", pair.as_stated ? "+" : "!"), shown(pair.head + ": " + pair.fails), style.width);
			if (!pair.window.empty()) out += wrapped("           window  ", shown(pair.window), style.width);
			out += wrapped("           mended  ", shown(pair.holds), style.width);
		}
		const Pair first = pair_of(record, row.front());
		if (!first.token.empty()) out += fmt::format("    siglab replay {}\n", shown(first.token));
		out += '\n';
	});
	return out + summary(record);
}

std::string museum_markdown(const Record& record) {
	std::string out = "# The museum\n\nBugs of this class in Go's history, each found by exploration, and its mending proved.\n\n" + summary(record);
	each_row(record, [&](std::span<const ExhibitRecord> row) {
		out += fmt::format("\n## {}: {}\n\n{}\n{}\n\n| | breaks | window | mended |\n|---|---|---|---|\n", row.front().id, row.front().title, row.front().what,
		                   row.front().so);
		for (const ExhibitRecord& exhibit : row) {
			const Pair pair = pair_of(record, exhibit);
			out += fmt::format("| {} | {} | {} | {} |\n", pair.head, pair.fails, pair.window, pair.holds);
		}
	});
	return out;
}

}  // namespace siglab
