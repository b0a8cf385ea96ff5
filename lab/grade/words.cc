#include "grade/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "guest_asm/layout.h"
#include "report/mechanism.h"
#include "report/words.h"

namespace siglab::grade {
namespace {

struct Named {
	uint64_t address;
	std::string_view name;
};
constexpr Named kNames[] = {{CURG, "the user goroutine's g"}, {G0, "g0"}, {GSIGNAL, "gsignal"}, {OTHER_G, "another live g"}};

std::string place_words(const Counterexample& found) {
	const bool silent = found.schedule == "-";
	std::string text = silent ? fmt::format("Without any signal, at boundary {}", found.boundary)
	                          : fmt::format("Signals (SIGNAL@BOUNDARY): {}. It shows at boundary {}", found.schedule, found.boundary);
	return text + fmt::format(", where {} is next: {}\n", found.symbol, shown(found.instruction.empty() ? "?" : found.instruction));
}

std::string counterexample_text(const Exercise& exercise, const Counterexample& found) {
	std::string text = fmt::format("\nWith {}:\n", found.scenario);
	if (found.symbol.empty()) return text + fmt::format("  it is:     {}\n  should be: {}\n", shown(found.observed), shown(found.expected));
	text += place_words(found);
	if (found.line) text += fmt::format("Your code was at line {}: {}\n", *found.line, shown(found.source));
	if (!found.line && !exercise.functions.empty()) text += fmt::format("Your code runs in the handler: {}\n", exercise.functions.front());
	text += fmt::format("  it was:           {}\n  should have been: {}\n", shown(found.observed), shown(found.expected));
	const Mechanism& mechanism = mechanism_of(found.verdict);
	text += fmt::format("{} ({}): {}\n{}\n", property_name(found.verdict.property), kind_name(found.verdict.kind), mechanism.what,
	                    mechanism.so);
	if (found.token.empty()) return text + "To step through it, check again with --out DIR.\n";
	return text + fmt::format("Step through it: siglab replay '{}'\n", found.token);
}

nlohmann::ordered_json counterexample_json(const Counterexample& found) {
	nlohmann::ordered_json json;
	json["scenario"] = found.scenario;
	json["property"] = property_name(found.verdict.property);
	json["kind"] = found.nothing_broke ? "none" : kind_name(found.verdict.kind);
	json["schedule"] = found.schedule;
	json["boundary"] = found.boundary;
	json["pc"] = hex(found.pc);
	json["symbol"] = found.symbol;
	json["instruction"] = found.instruction;
	json["line"] = found.line ? nlohmann::ordered_json(*found.line) : nlohmann::ordered_json(nullptr);
	json["source"] = found.source;
	json["observed"] = found.observed;
	json["expected"] = found.expected;
	json["token"] = found.token;
	return json;
}

}  // namespace

std::string scenario_words(const Scenario& scenario) {
	const std::string_view caller = caller_name(scenario.caller), function = function_name(scenario.function);
	std::string text = fmt::format("{} called from {}, world {}", function, caller, world_name(scenario.world));
	if (!scenario.vdso.file.empty()) return fmt::format("your vDSO under {}, {}", guest_text(scenario.guest), text);
	return fmt::format("{}, {}", scenario.vdso.none() ? "no vDSO" : fmt::format("the vDSO {}", vdso_text(scenario.vdso)), text);
}

std::string with_names(const std::string& text) {
	std::string result;
	for (size_t at = 0; at < text.size();) {
		const size_t end = std::min(text.find_first_not_of("0123456789abcdefx", at), text.size());
		const std::string word = text.substr(at, std::max<size_t>(end - at, 1));
		const auto* named = std::find_if(std::begin(kNames), std::end(kNames), [&](const Named& n) { return hex(n.address) == word; });
		result += named == std::end(kNames) ? word : fmt::format("{} ({})", word, named->name);
		at += word.size();
	}
	return result;
}

std::string verdict_text(const Exercise& exercise, const Isa& isa, const Judged& judged) {
	const std::string looked = fmt::format("{}, {}, {}", counted(judged.scenarios, "scenario"), counted(judged.states, "state"),
	                                       counted(judged.deliveries, "signal delivered", "signals delivered"));
	std::string text = fmt::format("{} ({}): {}. {}.\n", exercise.name, isa.name, outcome_name(judged.outcome), looked);
	if (judged.outcome == Outcome::passes)
		text += "Any number of signals, at any boundary of these scenarios, breaks nothing that the exercise asks for.\n";
	if (judged.outcome == Outcome::unfinished) text += fmt::format("Not all of it was looked at: {}\n", shown(judged.left));
	if (judged.counterexample) text += counterexample_text(exercise, *judged.counterexample);
	return text;
}

std::string verdict_json(const Exercise& exercise, const Isa& isa, const Judged& judged) {
	nlohmann::ordered_json json;
	json["version"] = kCheckVersion;
	json["exercise"] = exercise.name;
	json["isa"] = isa.name;
	json["verdict"] = outcome_name(judged.outcome);
	json["scenarios"] = judged.scenarios;
	json["states"] = judged.states;
	json["deliveries"] = judged.deliveries;
	json["left"] = judged.left;
	json["counterexample"] = judged.counterexample ? counterexample_json(*judged.counterexample) : nlohmann::ordered_json(nullptr);
	return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace siglab::grade
