#include "fuzz/find.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"

namespace siglab {
namespace {

std::string signals_text(const Judgement& judgement) {
	std::vector<std::string> names;
	for (const Signal signal : judgement.signals) names.emplace_back(signal_name(signal));
	return join(names, "+");
}

// The events that show the first deviation, as far as there are any: what should break and does not is shown by nothing happening.
std::optional<Schedule> schedule_of(const Judgement& judgement) {
	const Deviation& first = judgement.deviations.front();
	if (first.what == Deviation::What::breaks) {
		for (const Finding& finding : judgement.findings) {
			if (finding.verdict == first.verdict && (!first.boundary || finding.boundary == first.boundary)) return finding.schedule;
		}
	}
	if (first.boundary) return Schedule{{.signal = judgement.scenario.signal, .boundary = *first.boundary}};
	if (first.what == Deviation::What::labels) return Schedule{};
	return std::nullopt;
}

std::string title_of(const Draw& draw, const Case& what, const FuzzFind& find, const Small& small, const std::optional<Schedule>& schedule) {
	std::string text = fmt::format("Generated: seed {}, index {}, {}; {} of {} pieces are left.\n\n", draw.seed, what.index, find.isa, find.pieces_left, find.pieces);
	text += fmt::format("On {}, with {}{}:\n  {}\n", find.variant, find.budget == "any" ? "any number of " : "", find.signals, find.small);
	if (!schedule) return text;
	Scenario scenario = small.judgement.scenario;
	scenario.vdso = {.file = find.file};
	return text + fmt::format("\nsiglab replay {} '{}'\n", print_scenario(scenario), print_schedule(*schedule));
}

// Written, assembled as anybody would, and judged again: what is kept is what was seen.
Status keep(Judge& judge, const Draw& draw, const Case& what, const std::string& out, const Small& small, FuzzFind& find) {
	const std::string path = out + "/" + find.file;
	const std::string text = source_text(small.program, *what.scenario.isa, title_of(draw, what, find, small, schedule_of(small.judgement)));
	if (const Status written = write_text(path, text); !written) return written.error();
	Result<Judgement> again = judge_file(judge, draw, small.judgement.scenario, path, std::array{small.judgement.found_by});
	if (!again) return again.error();
	if (!sameness(small.judgement).shown_by(*again)) {
		return Error{Exit::environment, fmt::format("{}: assembled by itself, it does not show what it showed: {}", path, find.small)};
	}
	const std::optional<Schedule> schedule = schedule_of(*again);
	Scenario scenario = again->scenario;
	scenario.vdso = {.file = find.file};
	if (schedule) find.token = print_token({again->images, scenario, *schedule});
	return Done{};
}

}  // namespace

std::string fault_of(const Judgement& judgement) {
	for (const Finding& finding : judgement.findings) {
		const bool its_own = finding.verdict.kind == Kind::vdso_registers || finding.verdict.kind == Kind::vdso_memory;
		if (finding.verdict.property == Property::abi && its_own && finding.cause) return fmt::format("the vDSO's: {}", finding.observed);
	}
	return {};
}

Result<Judgement> judge_file(Judge& judge, const Draw& draw, const Scenario& scenario, const std::string& path, std::span<const Effort> efforts) {
	Result<WorldImages> images = judge.read(*scenario.isa, path);
	if (!images) return images.error();
	return judge.judge(draw, scenario, *std::move(images), efforts);
}

Result<FuzzFind> write_find(Judge& judge, const Draw& draw, const Case& what, const Judgement& first, const std::string& out) {
	Result<Small> small = shrink(judge, draw, what.program, first);
	if (!small) return small.error();
	FuzzFind find{.index = what.index, .isa = std::string{what.scenario.isa->name}, .variant = guest_text(first.scenario.guest),
	              .scenario = print_scenario(first.scenario), .signals = signals_text(first), .budget = first.found_by == Effort::sweep ? "1" : "any",
	              .deviation = first.deviations.front().text, .fault = fault_of(first), .deviations = static_cast<uint32_t>(first.deviations.size()),
	              .pieces = static_cast<uint32_t>(count_pieces(what.program)), .pieces_left = static_cast<uint32_t>(count_pieces(small->program)),
	              .small = small->judgement.deviations.front().text};
	if (out.empty()) return find;
	find.file = fmt::format("finds/seed{}-{}-{}-{}.S", draw.seed, what.index, find.isa, find.variant);
	if (const Status kept = keep(judge, draw, what, out, *small, find); !kept) return kept.error();
	return find;
}

}  // namespace siglab
