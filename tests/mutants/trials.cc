#include "trials.h"

#include <fmt/format.h>

#include <array>

#include "explore/campaign.h"
#include "explore/findings.h"

namespace siglab::mutants {
namespace {

constexpr std::array<Signal, 3> kSignals = {Signal::prof, Signal::usr1, Signal::urg};
constexpr Budget kAnyNumber{.signals = std::nullopt};

// FUNCTION:CALLER:VDSO:WORLD. Every path of the mutated functions lies on one of them.
constexpr std::string_view kTrials[] = {
	"nanotime1:curg:clobber-all:go",
	"walltime1:curg:clobber-all:go",
	"nanotime1:g0:clobber-g:go",
	"walltime1:g0:clobber-g:go",
	"nanotime1:curg:none:go",
	"walltime1:curg:none:go",
	"nanotime1:curg:clobber-g:iscgo",
	"walltime1:curg:clobber-g:iscgo",
	"nanotime1:curg:clobber-g:iscgo-foreign",
	"nanotime1:curg:clobber-g:foreign-later",
	"nanotime1:curg:clobber-g:foreign-before",
	"nanotime1:curg:clobber-g:efence",
	"nanotime1:curg:clobber-g:out-in-c",
	"nanotime1:curg:clobber-g:no-onstack",
	"nanotime1:g0:clobber-g:no-onstack",
	"nanotime1:curg:clobber-g:no-altstack",
	"nanotime1:g0:clobber-g:no-altstack",
	"nanotime1:curg:clobber-g:gsignal-nil",
	"walltime1:curg:clobber-g:gsignal-nil",
	"nanotime1:curg:clobber-g:gsignal-lo-zero",
	"time.now:curg:clobber-all:go",
	"native:curg:clean:go",
};

Limits limits() { return {.budget = kAnyNumber}; }

Verdicts verdicts_of(const Exploration& found) {
	Verdicts verdicts;
	for (const Broken& broken : found.broken) verdicts.insert(broken.violation.verdict);
	return verdicts;
}

// What the catalogue complains of, one signal at a time and exactly by boundary.
Status as_the_catalogue_says(const World& world, Machine& machine) {
	Result<Sweep> swept = sweep(world, kSignals, machine, {});
	if (!swept) return swept.error();
	for (const Run& run : swept->runs) {
		const std::vector<std::string> lines = deviations_of(swept->world, swept->walk, run);
		const auto masked = [](const Run& r) { return r.fired == 0; };
		if (!lines.empty() && !masked(run)) return Error{Exit::deviation, fmt::format("{}: {}", print_scenario(run.scenario), lines[0])};
	}
	return Done{};
}

Result<Trial> make_trial(const Isa& isa, std::string_view variant, std::string_view name, ImageStore& store, Machine& machine) {
	Result<Scenario> scenario = parse_scenario(fmt::format("{}:{}:{}:PROF:1", isa.name, variant, name));
	if (!scenario) return scenario.error();
	Result<World> world = build_world(*scenario, store);
	if (!world) return world.error();
	if (Status as_said = as_the_catalogue_says(*world, machine); !as_said) return as_said.error();
	Result<Exploration> found = explore(*world, machine, kSignals, limits());
	if (!found) return found.error();
	Result<Reached> reached = reached_by(*world, machine, *found, kSignals);
	if (!reached) return reached.error();
	Trial trial{.name = std::string{name}, .world = std::move(*world), .shows = verdicts_of(*found),
	            .states = static_cast<uint32_t>(found->nodes.size()), .executed = std::move(reached->executed)};
	if (!reached->complete) trial.executed.clear();
	return trial;
}

// The world with other bytes at the mutated place.
void change(World& world, const std::vector<Line>& lines) {
	for (RegionPlan& region : world.plan) {
		for (const Line& line : lines) {
			if (!region.range.contains({line.at})) continue;
			std::memcpy(region.contents.data() + (line.at - region.range.begin.value), &line.word, sizeof line.word);
		}
	}
}

Result<Outcome> judge_in(World& world, const Trial& trial, Machine& machine) {
	Limits how = limits();
	how.max_states = 8 * trial.states + 1000;
	how.enough = [&](Verdict verdict) { return !trial.shows.contains(verdict); };
	Result<Exploration> found = explore(world, machine, kSignals, how);
	if (!found) return found.error();
	Outcome outcome{.fate = Fate::killed, .trial = trial.name};
	for (const Broken& broken : found->broken) {
		if (trial.shows.contains(broken.violation.verdict)) continue;
		outcome.by = broken.violation.verdict;
		return outcome;
	}
	if (found->outcome != siglab::Outcome::exhausted) return outcome;
	const Verdicts observed = verdicts_of(*found);
	for (const Verdict& verdict : trial.shows) {
		if (observed.contains(verdict)) continue;
		outcome.by = verdict;
		outcome.missing = true;
		return outcome;
	}
	return Outcome{};
}

}  // namespace

bool Trial::reaches(const Mutant& mutant) const {
	if (executed.empty()) return true;
	for (uint64_t at = mutant.at; at < mutant.end(); at += kSize) {
		if (executed.contains(at)) return true;
	}
	return false;
}

Result<std::vector<Trial>> trials_for(const Isa& isa, std::string_view variant, ImageStore& store, Machine& machine) {
	std::vector<Trial> trials;
	for (const std::string_view name : kTrials) {
		Result<Trial> trial = make_trial(isa, variant, name, store, machine);
		if (!trial) return trial.error();
		trials.push_back(std::move(*trial));
	}
	return trials;
}

Result<Outcome> judge(const Mutant& mutant, std::span<const Trial> trials, Machine& machine) {
	uint32_t tried = 0;
	for (const Trial& trial : trials) {
		if (!trial.reaches(mutant)) continue;
		World world = trial.world;
		change(world, mutant.is);
		Result<Outcome> outcome = judge_in(world, trial, machine);
		if (!outcome) return outcome;
		++tried;
		if (outcome->fate == Fate::survived) continue;
		outcome->tried = tried;
		return outcome;
	}
	Outcome survived;
	survived.tried = tried;
	return survived;
}

}  // namespace siglab::mutants
