#include "report/story.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/mechanism.h"
#include "report/words.h"

namespace siglab {
namespace {

constexpr uint32_t kAround = 4;  // boundaries before and after

struct Line {
	uint32_t boundary = 0;
	uint64_t pc = 0;
	bool dirty = false;
	CodeLine code;
};

std::vector<Line> neighbourhood(const Record& record, const WalkRecord& walk, uint32_t around) {
	std::vector<Line> lines;
	const auto code = record.code.find(walk.code);
	const size_t end = std::min<size_t>(walk.pc.size(), size_t{around} + kAround + 1);
	for (size_t i = around < kAround ? 0 : around - kAround; i < end; ++i) {
		Line line{.boundary = static_cast<uint32_t>(i), .pc = walk.pc[i]};
		line.dirty = std::binary_search(walk.dirty.begin(), walk.dirty.end(), line.boundary);
		if (code != record.code.end()) {
			if (const auto found = code->second.find(line.pc); found != code->second.end()) line.code = found->second;
		}
		lines.push_back(std::move(line));
	}
	return lines;
}

// The source is what is cut if the line is too long: the instruction says the same.
std::string neighbourhood_text(const std::vector<Line>& lines, uint32_t marked, TextStyle style) {
	size_t symbol = 6, text = 11, pc = 4;
	for (const Line& line : lines) {
		symbol = std::max(symbol, std::min<size_t>(shown(line.code.symbol).size(), 40));
		text = std::max(text, std::min<size_t>(shown(line.code.text).size(), 36));
		pc = std::max(pc, fmt::formatted_size("{:#x}", line.pc));
	}
	const auto row = [&](std::string_view mark, std::string_view boundary, const std::string& at, std::string_view g, const std::string& where,
	                     const std::string& instruction, const std::string& source) {
		const std::string head = fmt::format("  {:1} {:>8}  {:<{}}  {:<5}  {:<{}}  {:<{}}  ", mark, boundary, at, pc, g, shortened(where, symbol),
		                                     symbol, shortened(instruction, text), text);
		const size_t left = style.width > head.size() ? style.width - head.size() : 0;
		return stripped(head + shortened(source, left)) + "\n";
	};
	std::string out = row("", "boundary", "PC", "g", "symbol", "instruction", "our source");
	for (const Line& line : lines) {
		const bool here = line.boundary == marked;
		const std::string source = line.code.line == 0 ? "" : fmt::format("{}: {}", line.code.line, shown(line.code.source));
		const std::string one = row(here ? ">" : "", fmt::to_string(line.boundary), fmt::format("{:#x}", line.pc), line.dirty ? "DIRTY" : "",
		                            shown(line.code.symbol), shown(line.code.text), source);
		out += here && style.colour ? fmt::format("\x1b[1m{}\x1b[0m\n", one.substr(0, one.size() - 1)) : one;
	}
	return out;
}

}  // namespace

std::string story_text(const Record& record, const FindingRef& finding, TextStyle style) {
	const RunRecord& run = *finding.run;
	const ViolationRecord& violation = *finding.violation;
	const Mechanism& mechanism = mechanism_of(violation.verdict);
	const uint32_t marked = violation.boundary.value_or(violation.at);
	std::string out = fmt::format("{}: {}, {}\n", shown(run_text(run)), shown(when_text(run, violation)), shown(violation.symbol));
	out += fmt::format("  {} broken ({}): {}\n", property_name(violation.verdict.property), kind_name(violation.verdict.kind),
	                   property_meaning(violation.verdict.property));
	out += fmt::format("  expected  {}\n  observed  {}\n", shown(violation.expected), shown(violation.observed));
	if (violation.boundary && violation.at != *violation.boundary) {
		out += fmt::format("  it shows at boundary {}, after the return\n", violation.at);
	}
	if (!violation.cause) out += "  a consequence: something else broke before it\n";
	std::vector<Line> lines;
	if (run.walk < record.walks.size()) lines = neighbourhood(record, record.walks[run.walk], marked);
	if (!lines.empty()) {
		out += '\n' + neighbourhood_text(lines, marked, style);
		const std::string_view mark = violation.boundary ? "the signal came before this instruction" : "it shows here";
		out += fmt::format("  > {}   DIRTY: the g register does not hold g\n", mark);
	}
	out += fmt::format("\n  {}\n  {}\n", mechanism.what, mechanism.so);
	return out + fmt::format("\n  siglab replay {}\n", shown(violation.token));
}

}  // namespace siglab
