#include "verify/claim.h"

#include <fmt/format.h>

#include "base/text.h"
#include "record/closed_rules.h"

namespace siglab::verify {
namespace {

constexpr uint32_t kMaxTicks = 16;

std::string scenario_text(const RunRecord& run, std::string_view signal) {
	return fmt::format("{}:{}:{}:{}:{}:{}:{}:{}", run.isa, run.variant, run.function, run.caller, run.vdso, run.world, signal, run.calls);
}

Result<Budget> budget_of(const RunRecord& run) {
	Budget budget{.signals = std::nullopt, .nesting = run.nesting, .ticks = run.ticks};
	if (run.nesting > kUntilOverflow) return Error{Exit::usage, fmt::format("more than {} nested handlers", kUntilOverflow)};
	if (run.ticks > kMaxTicks) return Error{Exit::usage, fmt::format("more than {} ticks", kMaxTicks)};
	if (run.budget == "any") return budget;
	const std::optional<uint64_t> number = parse_number(run.budget);
	if (!number || *number > UINT32_MAX) return Error{Exit::usage, fmt::format("budget '{}' is no number of signals", run.budget)};
	budget.signals = static_cast<uint32_t>(*number);
	return budget;
}

Result<Claim> claim_of(const Record& record, size_t walk, std::vector<size_t> runs) {
	const RunRecord& run = record.runs[runs.front()];
	Claim claim{.walk = walk, .runs = std::move(runs), .scenario = {}, .signals = {}, .budget = {}, .together = is_explored(run),
	            .skips_it_blocks = record.walks[walk].inside_it_by.empty(), .exhausted = run.outcome == "exhausted", .interrupted = run.outcome == "interrupted"};
	for (const std::string& name : split(record.closed[walk].signals, '+')) {
		Result<Signal> signal = parse_signal_name(name);
		if (!signal) return signal.error();
		claim.signals.push_back(*signal);
	}
	if (claim.signals.empty()) return Error{Exit::usage, "no signals"};
	Result<Scenario> scenario = parse_scenario(scenario_text(run, signal_name(claim.signals.front())));
	if (!scenario) return scenario.error();
	claim.scenario = *scenario;
	Result<Budget> budget = budget_of(run);
	if (!budget) return budget.error();
	claim.budget = *budget;
	return claim;
}

}  // namespace

std::string name_of(const RunRecord& run) { return scenario_text(run, run.signal); }

Result<std::vector<Claim>> claims_of(const Record& record) {
	std::vector<std::vector<size_t>> runs(record.walks.size());
	for (size_t i = 0; i < record.runs.size(); ++i) runs[record.runs[i].walk].push_back(i);
	std::vector<Claim> claims;
	for (size_t walk = 0; walk < runs.size(); ++walk) {
		const size_t first = runs[walk].front();
		Result<Claim> claim = claim_of(record, walk, std::move(runs[walk]));
		if (!claim) return Error{Exit::usage, fmt::format("malformed record: runs[{}]: {}", first, claim.error().text)};
		claims.push_back(std::move(*claim));
	}
	return claims;
}

}  // namespace siglab::verify
