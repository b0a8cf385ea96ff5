#include "page.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace siglab::mutants {
namespace {

constexpr std::string_view kHead = R"(<!-- made by tests/mutants/run --write -->
# Mutants

A tool that says "holds" must be shown to say otherwise when something is wrong. Two things are made wrong here on purpose, one fault at a
time: the guests' code, and the model of the kernel. Whatever no property and no test notices is named.

## Mutants of the guests

Each mutant changes one instruction of v6 or v7 (or lets two neighbours change places). The change is made in the instruction's text, GNU as
makes the bytes, and Capstone must read the wanted text back out of them. What the lab's own notes are made of is left alone.

| operator | what it does |
|---|---|
| nop | nothing is done in its place |
| register | one operand is another register; one mutant for each operand |
| condition | taken where it was not, and not where it was |
| offset | a memory offset, a branch's target or a sum is one word more, or less; any other number one more, or less |
| swap | it and the next instruction change places |
| width | a store writes half as much; on arm a byte |

Each is explored with any number of SIGPROF, SIGUSR1 and SIGURG in each of the trials (`tests/mutants/trials.cc`) in which the unchanged
guest executes the place, up to the first that kills it. A mutant is **killed** if a property breaks that holds without the change, or holds
where it should break, by the same signal and with the same last words; or if the search does not come to an end. It is **equivalent** only by a
rule, which is checked (`tests/mutants/equivalent.h`): it is explored like the others, and a rule that calls a killed mutant equivalent is an
error. What **survived** is explained one by one in `tests/mutants/survivors.txt`. A survivor without an explanation fails the run, and so
does an explanation without a survivor.

)";

constexpr std::string_view kKernelHead = R"(
## Faults of the kernel model

Each fault (`lab/kernel_model/faults.cc`) makes one step of the model wrong. It is looked for in two ways: by the properties, in ten
explorations of sound guests, and by the unit tests of the model, run with the fault switched on. The first property that breaks is named,
and how many tests fail. One of both must.

| fault | what the kernel does wrong | property | tests |
|---|---|---|---|
)";

struct Counts {
	uint32_t killed = 0, survived = 0, equivalent = 0;
	void add(const Judged& judged) {
		uint32_t& count = judged.rule ? equivalent : judged.outcome.fate == Fate::killed ? killed : survived;
		++count;
	}
	[[nodiscard]] uint32_t all() const { return killed + survived + equivalent; }
};

std::string cell(const Counts& counts) {
	if (counts.all() == 0) return "-";
	return fmt::format("{}/{}/{}", counts.killed, counts.survived, counts.equivalent);
}

using Row = std::array<Counts, kOperatorCount>;

Counts sum(const Row& row) {
	Counts total;
	for (const Counts& counts : row) {
		total.killed += counts.killed;
		total.survived += counts.survived;
		total.equivalent += counts.equivalent;
	}
	return total;
}

std::string line_of(const std::string& name, const Row& row) {
	std::string line = fmt::format("| {} |", name);
	for (const Counts& counts : row) line += fmt::format(" {} |", cell(counts));
	return line + fmt::format(" {} |\n", cell(sum(row)));
}

std::string counts_table(const Census& census) {
	std::vector<std::pair<std::string, Row>> rows;
	Row all;
	for (const Judged& judged : census.all) {
		const Mutant& mutant = judged.mutant;
		const std::string name = fmt::format("{} {} {}", mutant.isa->name, mutant.variant, mutant.function);
		if (rows.empty() || rows.back().first != name) rows.emplace_back(name, Row{});
		rows.back().second[static_cast<size_t>(mutant.which)].add(judged);
		all[static_cast<size_t>(mutant.which)].add(judged);
	}
	std::string text = "killed/survived/equivalent:\n\n|  |";
	for (size_t i = 0; i < kOperatorCount; ++i) text += fmt::format(" {} |", operator_name(static_cast<Operator>(i)));
	text += " all |\n|---|";
	for (size_t i = 0; i <= kOperatorCount; ++i) text += "---|";
	text += "\n";
	for (const auto& [name, row] : rows) text += line_of(name, row);
	return text + line_of("all", all);
}

std::string verdict_text(const std::optional<Verdict>& verdict, bool missing) {
	if (!verdict) return "no end";
	const std::string name = fmt::format("{} ({})", property_name(verdict->property), kind_name(verdict->kind));
	return missing ? name + " holds, and should not" : name;
}

std::string by_property(const Census& census) {
	std::map<std::string, uint32_t> by;
	for (const Judged& judged : census.all) {
		if (judged.outcome.fate == Fate::killed) ++by[verdict_text(judged.outcome.by, judged.outcome.missing)];
	}
	std::vector<std::string> pieces;
	for (const auto& [name, count] : by) pieces.push_back(fmt::format("{} {}", name, count));
	return fmt::format("\nWhat killed them: {}.\n", join(pieces, ", "));
}

std::string survivors_text(const Census& census, const Explanations& explanations) {
	std::map<std::string, uint32_t> by_reason;
	for (const Mutant* survivor : census.survivors()) {
		const Explanation* explanation = explanation_of(explanations, *survivor);
		++by_reason[explanation == nullptr ? "(none)" : explanation->reason];
	}
	std::string text = "\n### Why the survivors survive\n\n| reason | mutants | why the change cannot matter |\n|---|---|---|\n";
	for (const auto& [name, count] : by_reason) {
		const auto reason = explanations.reasons.find(name);
		text += fmt::format("| {} | {} | {} |\n", name, count, reason == explanations.reasons.end() ? "**nobody has said**" : reason->second);
	}
	return text;
}

std::string fault_line(const Caught& caught) {
	std::string property = "-";
	if (!caught.trial.empty()) property = fmt::format("{}, `{}`", verdict_text(caught.by, caught.missing), caught.trial);
	std::string tests = "-";
	if (!caught.tests.empty()) tests = fmt::format("{}: {}", caught.tests.size(), caught.tests.front());
	return fmt::format("| {} | {} | {} | {} |\n", caught.fault->name, caught.fault->meaning, property, tests);
}

std::string fate_of(const Judged& judged, const Explanations& explanations) {
	if (judged.rule) return fmt::format("equivalent by the rule '{}'", *judged.rule);
	if (judged.outcome.fate == Fate::killed) {
		return fmt::format("killed by {}, in {}", verdict_text(judged.outcome.by, judged.outcome.missing), judged.outcome.trial);
	}
	const Explanation* explanation = explanation_of(explanations, judged.mutant);
	return fmt::format("survived: {}", explanation == nullptr ? "nothing explains it" : explanation->reason);
}

}  // namespace

std::string fates(const Census& census, const Explanations& explanations) {
	std::string text;
	for (const Judged& judged : census.all) text += fmt::format("{} | {}\n", judged.mutant.name(), fate_of(judged, explanations));
	return text;
}

std::string page(const Census& census, const Explanations& explanations, std::span<const Caught> faults) {
	std::string text{kHead};
	text += counts_table(census);
	text += by_property(census);
	text += survivors_text(census, explanations);
	text += kKernelHead;
	for (const Caught& caught : faults) text += fault_line(caught);
	return text;
}

}  // namespace siglab::mutants
