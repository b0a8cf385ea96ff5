#include "grade/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "grade/words.h"

namespace siglab::grade {
namespace {

constexpr Caller kCallers[] = {Caller::curg, Caller::g0};
constexpr size_t kAtOnce = 2;

// A job and the trial that asks for it.
struct Asked {
	const Trial* trial;
	Job job;
};

Asked ask(const Trial& trial, Scenario scenario) {
	scenario.signal = trial.signals.front();
	return {&trial,
	        {.scenario = scenario,
	         .signals = {trial.signals.begin(), trial.signals.end()},
	         .budget = {.signals = std::nullopt},
	         .together = true}};
}

std::vector<Asked> jobs_of(const Exercise& exercise, const Isa& isa, const std::string& path) {
	static constexpr std::string_view kItself[] = {""};
	std::vector<Asked> jobs;
	for (const Trial& trial : exercise.trials) {
		const bool vdso = exercise.submits == Submits::vdso;
		for (const std::string_view name : vdso ? std::span<const std::string_view>{kItself} : trial.vdsos) {
			Scenario scenario{.isa = &isa};
			scenario.guest = vdso ? GuestChoice{.variant = find_variant(trial.guest)} : GuestChoice{.file = path};
			scenario.vdso = vdso ? VdsoChoice{.file = path} : VdsoChoice{.blob = find_vdso(name)};
			for (const WorldKind world : trial.worlds) {
				for (const Function function : trial.functions) {
					for (const Caller caller : kCallers) {
						scenario.world = world;
						scenario.function = function;
						scenario.caller = caller;
						jobs.push_back(ask(trial, scenario));
					}
				}
			}
		}
	}
	return jobs;
}

class Judge {
   public:
	Judge(const Exercise& exercise, bool replayable) : exercise_(exercise), replayable_(replayable) {}

	void look_at(std::span<const Asked> asked, const Record& record) {
		for (size_t i = 0; i < record.runs.size(); ++i) look_at(*asked[i].trial, asked[i].job.scenario, record, record.runs[i]);
	}
	[[nodiscard]] bool unfinished() const { return !result_.left.empty(); }

	Judged result() {
		if (result_.counterexample) {
			result_.outcome = Outcome::breaks;
		} else if (unfinished()) {
			result_.outcome = Outcome::unfinished;
		}
		return std::move(result_);
	}

   private:
	void look_at(const Trial& trial, const Scenario& scenario, const Record& record, const RunRecord& run) {
		++result_.scenarios;
		result_.states += run.states;
		result_.deliveries += run.fired;
		if (run.outcome != "exhausted" && result_.left.empty()) result_.left = run.left.empty() ? run.outcome : run.left;
		const ViolationRecord* worst = nullptr;
		for (const ViolationRecord& violation : run.violations) {
			if (!trial.judged.test(static_cast<size_t>(violation.verdict.property))) continue;
			if (worst == nullptr || rank(violation) < rank(*worst)) worst = &violation;
		}
		if (trial.must_break) {
			if (worst == nullptr && run.outcome == "exhausted" && !result_.counterexample)
				result_.counterexample = survived(trial, scenario, run);
		} else if (worst != nullptr) {
			take(scenario, record, run, *worst);
		} else if (exercise_.submits == Submits::vdso && !run.deviations.empty() && !result_.counterexample) {
			result_.counterexample = misdeclared(scenario, run);
		}
	}

	// Few events before many, what was there first before what follows from it.
	static std::pair<size_t, bool> rank(const ViolationRecord& violation) { return {schedule_of(violation).size(), !violation.cause}; }

	static Schedule schedule_of(const ViolationRecord& violation) {
		const Result<Token> token = parse_token(violation.token);
		return token ? (*token).schedule : Schedule{};
	}

	void take(const Scenario& scenario, const Record& record, const RunRecord& run, const ViolationRecord& violation) {
		if (best_ && *best_ <= rank(violation)) return;
		best_ = rank(violation);
		Counterexample found{.scenario = scenario_words(scenario),
		                     .verdict = violation.verdict,
		                     .schedule = print_schedule(schedule_of(violation)),
		                     .boundary = violation.at,
		                     .pc = violation.pc,
		                     .symbol = violation.symbol,
		                     .observed = with_names(violation.observed),
		                     .expected = with_names(violation.expected)};
		if (replayable_) found.token = violation.token;
		point(record, run, found);
		result_.counterexample = std::move(found);
	}

	static Counterexample survived(const Trial& trial, const Scenario& scenario, const RunRecord& run) {
		return {.scenario = scenario_words(scenario),
		        .verdict = {Property::recovers_g, Kind::wrong},
		        .nothing_broke = true,
		        .schedule = "-",
		        .observed = fmt::format("{}: {} deliveries at {} boundaries, none does harm", trial.otherwise, run.fired, run.boundaries),
		        .expected = "at one of them it does not"};
	}

	static Counterexample misdeclared(const Scenario& scenario, const RunRecord& run) {
		return {.scenario = scenario_words(scenario),
		        .verdict = {Property::abi, Kind::vdso_registers},
		        .schedule = "-",
		        .observed = run.deviations.front(),
		        .expected = "dirty_begin and dirty_end stand where the g register begins and ends to be dirty"};
	}

	// The instruction there, and the student's line that runs there or ran last before it.
	void point(const Record& record, const RunRecord& run, Counterexample& found) const {
		const WalkRecord& walk = record.walks[run.walk];
		const Code& code = record.code.at(walk.code);
		if (const auto here = code.find(found.pc); here != code.end()) found.instruction = here->second.text;
		const bool vdso = exercise_.submits == Submits::vdso;
		for (size_t i = std::min<size_t>(found.boundary + 1, walk.pc.size()); i-- > 0;) {
			const auto line = code.find(walk.pc[i]);
			if (line == code.end() || line->second.line == 0 || line->second.symbol.starts_with("vdso:") != vdso) continue;
			found.line = line->second.line;
			found.source = line->second.source;
			return;
		}
	}

	const Exercise& exercise_;
	bool replayable_;
	Judged result_;
	std::optional<std::pair<size_t, bool>> best_;
};

}  // namespace

std::string_view outcome_name(Outcome outcome) {
	switch (outcome) {
		case Outcome::passes: return "passes";
		case Outcome::breaks: return "breaks";
		case Outcome::unfinished: break;
	}
	return "unfinished";
}

Result<Judged> judge(const Exercise& exercise, const std::string& path, Image image, const Places& places, const JudgeOptions& options) {
	const std::vector<Asked> asked = jobs_of(exercise, image.isa(), path);
	ImageStore store(places);
	store.keep(exercise.submits == Submits::vdso ? ImageKind::vdso : ImageKind::guest, path, std::move(image));
	const CampaignOptions campaign{.threads = options.threads, .engine = {}, .faults = {}, .limits = options.limits, .progress = {}};
	Judge judge(exercise, options.replayable);
	// A few at a time, as many for any number of threads: what runs without end in one scenario mostly does so in all.
	for (std::span<const Asked> rest = asked; !rest.empty() && !judge.unfinished();) {
		const std::span<const Asked> now = rest.first(std::min(kAtOnce, rest.size()));
		std::vector<Job> jobs;
		for (const Asked& one : now) jobs.push_back(one.job);
		Result<Record> record = run_campaign(jobs, store, campaign);
		if (!record) return record.error();
		if (record->runs.size() != jobs.size()) return Error{Exit::interrupted, "interrupted"};
		judge.look_at(now, *record);
		rest = rest.subspan(now.size());
	}
	Judged judged = judge.result();
	if (judged.deliveries == 0 && judged.outcome == Outcome::passes) {
		return Error{Exit::vacuous, "no signal arrived anywhere: nothing was judged"};
	}
	return judged;
}

}  // namespace siglab::grade
