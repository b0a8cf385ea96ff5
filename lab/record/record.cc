#include "record/record.h"

#include <algorithm>

namespace siglab {

Totals totals(const Record& record) {
	Totals sum{.runs = record.runs.size()};
	for (const RunRecord& run : record.runs) {
		sum.injections += run.injections;
		sum.fired += run.fired;
		sum.masked += run.masked;
		sum.violations += run.violations.size();
		sum.deviations += run.deviations.size();
		sum.violated_runs += run.violations.empty() ? 0 : 1;
	}
	return sum;
}

namespace {

bool deviates(const RunRecord& run) {
	if (run.relaxed) return false;
	return !run.deviations.empty() || (!run.catalogued && !run.violations.empty());
}

bool shows(const RunRecord& run, Verdict verdict) {
	return std::any_of(run.violations.begin(), run.violations.end(), [&](const ViolationRecord& violation) { return violation.verdict == verdict; });
}

// The walk never came to its end, so there was nothing to deliver into.
bool walk_died(const RunRecord& run) {
	return std::any_of(run.violations.begin(), run.violations.end(), [](const ViolationRecord& violation) {
		return violation.verdict.property == Property::alive && !violation.boundary;
	});
}

// Every delivery was seen, and every boundary of a finished run had one, was masked, or is named as out of the engine's reach.
bool complete(const RunRecord& run) {
	if (run.injections != run.fired) return false;
	const bool all = uint64_t{run.injections} + run.masked + run.not_injected.size() == run.boundaries;
	return all || run.states != 0 || run.outcome != "exhausted" || walk_died(run);
}

}  // namespace

bool is_as_stated(const Record& record, const ExhibitRecord& exhibit) {
	const RunRecord& holds = record.runs[exhibit.holds];
	return shows(record.runs[exhibit.fails], exhibit.verdict) && !shows(holds, exhibit.verdict) && holds.outcome == "exhausted";
}

Exit verdict_of(const Record& record) {
	const std::vector<RunRecord>& runs = record.runs;
	const auto some_ended = [&](std::string_view how) {
		return record.outcome == how || std::any_of(runs.begin(), runs.end(), [how](const RunRecord& run) { return run.outcome == how; });
	};
	if (some_ended("interrupted")) return Exit::interrupted;
	if (std::any_of(runs.begin(), runs.end(), deviates)) return Exit::deviation;
	const auto stated = [&](const ExhibitRecord& exhibit) { return is_as_stated(record, exhibit); };
	if (!std::all_of(record.exhibits.begin(), record.exhibits.end(), stated) && !some_ended("bound-reached")) return Exit::deviation;
	if (some_ended("bound-reached")) return Exit::inconclusive;
	const bool nothing = std::all_of(runs.begin(), runs.end(), [](const RunRecord& run) { return run.fired == 0; });
	if (nothing || !std::all_of(runs.begin(), runs.end(), complete)) return Exit::vacuous;
	return Exit::ok;
}

}  // namespace siglab
