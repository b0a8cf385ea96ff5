#include "trials.h"

#include <fmt/format.h>

#include "explore/campaign.h"
#include "explore/deviations.h"
#include "explore/findings.h"

namespace siglab::mutants {
namespace {

// FUNCTION:CALLER:VDSO:WORLD. Every path of the mutated functions lies on one of them.
struct Way {
	std::string_view name;
	bool watched = false;          // and then by one kind of signal, for the time it takes
	Signal signal = Signal::prof;
	Twist twist = Twist::none;
};
constexpr Way kWays[] = {
	{"nanotime1:curg:clobber-all:go"},
	{"walltime1:curg:clobber-all:go"},
	{"nanotime1:g0:clobber-g:go"},
	{"walltime1:g0:clobber-g:go"},
	{"nanotime1:curg:none:go"},
	{"walltime1:curg:none:go"},
	{"nanotime1:curg:clobber-g:iscgo"},
	{"walltime1:curg:clobber-g:iscgo"},
	{"nanotime1:curg:clobber-g:iscgo-foreign"},
	{"nanotime1:curg:clobber-g:foreign-later"},
	{"nanotime1:curg:clobber-g:foreign-before"},
	{"nanotime1:curg:clobber-g:heap-altstack"},
	{"nanotime1:curg:clobber-g:efence"},
	{"nanotime1:curg:clobber-g:out-in-c"},
	{"nanotime1:curg:clobber-g:no-onstack"},
	{"nanotime1:g0:clobber-g:no-onstack"},
	{"nanotime1:curg:clobber-g:no-altstack"},
	{"nanotime1:g0:clobber-g:no-altstack"},
	{"nanotime1:curg:clobber-g:gsignal-nil"},
	{"walltime1:curg:clobber-g:gsignal-nil"},
	{"nanotime1:curg:clobber-g:gsignal-lo-zero"},
	{"time.now:curg:clobber-all:go"},
	{"native:curg:clean:go"},
	{"nanotime1:curg:greedy:iscgo"},
	{"walltime1:curg:greedy:iscgo"},
	{"nanotime1:curg:greedy:go", true, Signal::prof},
	{"walltime1:curg:greedy:go", true, Signal::usr1},
	{"nanotime1:curg:greedy:heap-altstack", true, Signal::usr1},
	{"nanotime1:curg:greedy:foreign-later", true, Signal::usr1},
	{"nanotime1:g0:clobber-g:no-onstack", true, Signal::usr1},
	{.name = "walltime1:curg:clobber-all:go", .twist = Twist::wall_in_handler},
	{.name = "walltime1:curg:greedy:iscgo", .twist = Twist::wall_in_handler},
	{.name = "nanotime1:curg:none:go", .twist = Twist::carry},
	{.name = "nanotime1:curg:clobber-g:no-onstack", .twist = Twist::low_altstack},
	{.name = "nanotime1:curg:clobber-g:foreign-later", .twist = Twist::autodisarm},
};

// "greedy" is a vDSO of this folder's own.
std::string scenario_text(const Isa& isa, std::string_view variant, std::string_view way) {
	std::string text = fmt::format("{}:{}:{}:PROF:1", isa.name, variant, way);
	constexpr std::string_view kGreedy = ":greedy:";
	const size_t at = text.find(kGreedy);
	if (at == std::string::npos) return text;
	return text.replace(at, kGreedy.size(), fmt::format(":{}:", vdso_text({.blob = nullptr, .file = fmt::format("{}/greedy_{}.S", SIGLAB_MUTANTS, isa.name)})));
}

Sign sign_of(const Exploration& found, const Broken& broken) {
	uint32_t edge = broken.shows == Shows::edge ? broken.edge : kNone;
	for (NodeId node = broken.node; edge == kNone && node != kNone; node = found.nodes[node].parent) edge = found.nodes[node].edge;
	const Violation& violation = broken.violation;
	const Kind kind = violation.verdict.kind;
	const bool has_words = kind == Kind::exit || kind == Kind::refused || kind == Kind::bogus;  // no clock moves here: a wrong time is one number
	return {edge == kNone ? std::nullopt : found.edges[edge].signal, violation.verdict, has_words ? violation.observed : std::string{}};
}

Signs signs_of(const Exploration& found) {
	Signs signs;
	for (const Broken& broken : found.broken) signs.insert(sign_of(found, broken));
	return signs;
}

// What the catalogue complains of, one signal at a time and exactly by boundary.
Status as_the_catalogue_says(const World& world, std::span<const Signal> signals, Machine& machine) {
	if (world.scenario.vdso.blob == nullptr && !world.scenario.vdso.none()) return Done{};
	Result<Sweep> swept = sweep(world, signals, machine, {});
	if (!swept) return swept.error();
	for (const Run& run : swept->runs) {
		const Deviations deviations = deviations_of(swept->world, swept->walk, run);
		if (!deviations.empty()) return Error{Exit::deviation, fmt::format("{}: {}", print_scenario(run.scenario), deviations[0].text)};
	}
	return Done{};
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

constexpr std::string_view kTwists[] = {"", ", with walltime1 in the handler", ", late", ", with a low signal stack", ", with SS_AUTODISARM"};

// runtime.sigprof calls the other trampoline. Its frame has room for the result; on arm that takes a word more.
Status ask_the_wall_clock(World& world) {
	const Symbol* nanotime = world.guest->find("runtime.nanotime1");
	const Symbol* walltime = world.guest->find("runtime.walltime1");
	if (nanotime == nullptr || walltime == nullptr) return Error{Exit::environment, "the guest has no nanotime1 or no walltime1"};
	const std::pair<std::string, std::string> changes[] = {
		{fmt::format("bl #{:#x}", nanotime->start()), fmt::format("bl #{:#x}", walltime->start())},
		{"str lr, [sp, #-12]!", "str lr, [sp, #-16]!"},
		{"ldr pc, [sp], #12", "ldr pc, [sp], #16"}};
	std::vector<Line> lines;
	std::vector<Wanted> wanted;
	for (const Line& line : lines_of(*world.guest, "runtime.sigprof")) {
		for (const auto& [was, is] : changes) {
			if (line.text != was) continue;
			lines.push_back(line);
			wanted.push_back({line.at, is});
		}
	}
	Result<std::vector<std::optional<uint32_t>>> words = encode(world.isa(), wanted);
	if (!words) return words.error();
	for (size_t i = 0; i < lines.size(); ++i) {
		if (!(*words)[i]) return Error{Exit::environment, fmt::format("'{}' is no instruction", wanted[i].text)};
		lines[i].word = *(*words)[i];
	}
	if (lines.empty()) return Error{Exit::environment, "sigprof does not call nanotime1"};
	change(world, lines);
	return Done{};
}

Status twist(World& world, Twist how) {
	switch (how) {
	case Twist::none: break;
	case Twist::wall_in_handler: return ask_the_wall_clock(world);
	case Twist::carry: world.start.signals.clock.monotonic_ns = 86'397'987'654'321; break;
	case Twist::low_altstack: world.start.signals.altstack = {kPageSize, kPageSize, 0}; break;
	case Twist::autodisarm: world.start.signals.altstack.flags = kSsAutodisarm; break;
	}
	return Done{};
}

}  // namespace

Result<Trial> make_trial(const Scenario& scenario, const How& how, ImageStore& store, Machine& machine) {
	Result<World> world = build_world(scenario, store);
	if (!world) return world.error();
	if (Status as_said = as_the_catalogue_says(*world, how.signals, machine); !as_said) return as_said.error();
	if (Status twisted = twist(*world, how.twist); !twisted) return twisted.error();
	Limits limits;
	limits.budget = how.budget;
	limits.watch_every_handler = how.watched;
	Result<Exploration> found = explore(*world, machine, how.signals, limits);
	if (!found) return found.error();
	Result<Reached> reached = reached_by(*world, machine, *found, how.signals);
	if (!reached) return reached.error();
	Trial trial{.name = print_scenario(scenario), .world = std::move(*world), .signals = how.signals, .budget = how.budget, .watched = how.watched,
	            .shows = signs_of(*found), .states = static_cast<uint32_t>(found->nodes.size()), .executed = {}};
	if (reached->complete) trial.executed = std::move(reached->executed);
	return trial;
}

bool Trial::reaches(const Mutant& mutant) const {
	if (executed.empty()) return true;
	for (uint64_t at = mutant.at; at < mutant.end(); at += kSize) {
		if (executed.contains(at)) return true;
	}
	return false;
}

Result<std::vector<Trial>> trials_for(const Isa& isa, std::string_view variant, ImageStore& store, Machine& machine) {
	std::vector<Trial> trials;
	for (const Way& way : kWays) {
		const Result<Scenario> scenario = parse_scenario(scenario_text(isa, variant, way.name));
		if (!scenario) return scenario.error();
		How how{.watched = way.watched, .twist = way.twist};
		if (way.watched) how.signals = {way.signal};
		Result<Trial> trial = make_trial(*scenario, how, store, machine);
		if (!trial) return trial.error();
		trial->name = fmt::format("{}{}", way.name, kTwists[static_cast<size_t>(way.twist)]);
		trials.push_back(std::move(*trial));
	}
	return trials;
}

Result<Outcome> judge_world(const World& world, const Trial& trial, Machine& machine) {
	Limits how;
	how.budget = trial.budget;
	how.watch_every_handler = trial.watched;
	how.max_states = 8 * trial.states + 1000;
	how.enough = [&](const Exploration& found) { return !trial.shows.contains(sign_of(found, found.broken.back())); };
	Result<Exploration> found = explore(world, machine, trial.signals, how);
	if (!found) return found.error();
	Outcome outcome{.fate = Fate::killed, .trial = trial.name};
	for (const Broken& broken : found->broken) {
		if (trial.shows.contains(sign_of(*found, broken))) continue;
		outcome.by = broken.violation.verdict;
		return outcome;
	}
	if (found->outcome != siglab::Outcome::exhausted) return outcome;
	const Signs observed = signs_of(*found);
	for (const Sign& sign : trial.shows) {
		if (observed.contains(sign)) continue;
		outcome.by = sign.verdict;
		outcome.missing = true;
		return outcome;
	}
	return Outcome{};
}

Result<Outcome> judge(const Mutant& mutant, std::span<const Trial> trials, Machine& machine) {
	uint32_t tried = 0;
	for (const Trial& trial : trials) {
		if (!trial.reaches(mutant)) continue;
		World world = trial.world;
		change(world, mutant.is);
		Result<Outcome> outcome = judge_world(world, trial, machine);
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
