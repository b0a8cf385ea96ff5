#include "kernel_faults.h"

#include <fmt/format.h>

#include <regex>

#include "base/text.h"
#include "base/threads.h"
#include "image/tool.h"

namespace siglab::mutants {
namespace {

// The suites of the kernel model; kernel_stage.h reads the variable.
constexpr std::string_view kFilter = "--gtest_filter=Deliver*.*:Return*.*:BadReturn*.*:AltStack*.*:Syscall*.*:Vvar*.*:Auxv.*:Arm*Properties.*";
constexpr std::string_view kVariable = "SIGLAB_KERNEL_FAULT";

constexpr Budget kAnyNumber{.signals = std::nullopt};
constexpr Budget kTick{.signals = 1, .nesting = 1, .ticks = 1};
constexpr Budget kNested{.signals = 2, .nesting = 1};

// ISA:VARIANT:..., and how it is explored. Worlds in which what the kernel does is different from the usual.
struct Stage {
	std::string_view scenario;
	Budget budget;
};
constexpr Stage kStages[] = {
	{"arm64:v6:nanotime1:curg:clobber-g:go:PROF:1", kAnyNumber},
	{"arm:v6:nanotime1:curg:clobber-g:go:PROF:1", kAnyNumber},
	{"arm:v6:nanotime1:curg:thumb:go:PROF:1", kAnyNumber},
	{"arm64:v6:nanotime1:curg:none:go:PROF:1", kAnyNumber},
	{"arm64:v6:nanotime1:curg:clobber-g:iscgo:PROF:1", kAnyNumber},
	{"arm64:v6:nanotime1:curg:clobber-g:foreign-later:PROF:1", kAnyNumber},
	{"arm64:v7:nanotime1:curg:clean:autodisarm:PROF:1", kAnyNumber},
	{"arm64:v7:nanotime1:g0:none:nodefer:PROF:1", kAnyNumber},
	{"arm64:v7:native:g0:none:mask-empty:PROF:1", kNested},
	{"arm64:v6:nanotime1:curg:clean:go:PROF:1", kTick},
};

Result<std::vector<Trial>> make_stages(ImageStore& store, std::array<std::unique_ptr<Machine>, kIsaCount>& machines) {
	std::vector<Trial> trials;
	for (const Stage& stage : kStages) {
		const Result<Scenario> scenario = parse_scenario(stage.scenario);
		if (!scenario) return scenario.error();
		std::unique_ptr<Machine>& machine = machines[static_cast<size_t>(scenario->isa->id)];
		if (!machine) {
			Result<std::unique_ptr<Machine>> opened = Machine::open(*scenario->isa);
			if (!opened) return opened.error();
			machine = std::move(*opened);
		}
		Result<Trial> trial = make_trial(*scenario, {.budget = stage.budget}, store, *machine);
		if (!trial) return trial.error();
		trials.push_back(std::move(*trial));
	}
	return trials;
}

Status judge_by_properties(Caught& caught, std::span<const Trial> trials, std::array<std::unique_ptr<Machine>, kIsaCount>& machines) {
	for (const Trial& trial : trials) {
		const Isa& isa = trial.world.isa();
		if (!caught.fault->exists(isa)) continue;
		World world = trial.world;
		world.kernel.faults.set(static_cast<size_t>(caught.fault->fault));
		Result<Outcome> outcome = judge_world(world, trial, *machines[static_cast<size_t>(isa.id)]);
		if (!outcome) return outcome.error();
		if (outcome->fate == Fate::survived) continue;
		caught.trial = trial.name;
		caught.by = outcome->by;
		caught.missing = outcome->missing;
		break;
	}
	return Done{};
}

// The tests that fail with that fault; with an empty name, without any.
Result<std::vector<std::string>> failing_tests(const std::string& program, std::string_view fault) {
	const Result<TempDir> dir = TempDir::make();
	if (!dir) return dir.error();
	const std::string setting = fmt::format("{}={}", kVariable, fault);
	const Result<ToolRun> ran = run_tool({"env", setting, "RC_PARAMS=seed=1", program, std::string{kFilter}, "--gtest_brief=1"}, *dir, WorkIn::temp);
	if (!ran) return ran.error();
	static const std::regex kFailed(R"(\[  FAILED  \] (\S+?)(, where| \(|\n))");
	std::set<std::string> seen;
	std::vector<std::string> failed;
	for (std::sregex_iterator at(ran->output.begin(), ran->output.end(), kFailed), end; at != end; ++at) {
		if (seen.insert((*at)[1]).second) failed.push_back((*at)[1]);
	}
	if (failed.empty() && ran->code != 0) return Error{Exit::environment, fmt::format("{} ends with {}, and no test fails", program, ran->code)};
	return failed;
}

Status judge_by_tests(std::vector<Caught>& all, const std::string& program, unsigned threads) {
	Result<std::vector<std::string>> sound = failing_tests(program, "");
	if (!sound) return sound.error();
	if (!sound->empty()) return Error{Exit::deviation, fmt::format("{} fails without any fault", (*sound)[0])};
	std::vector<Status> ends(all.size(), Done{});
	const auto judge_one = [&](size_t i) {
		Result<std::vector<std::string>> failed = failing_tests(program, all[i].fault->name);
		if (!failed) {
			ends[i] = failed.error();
			return false;
		}
		all[i].tests = std::move(*failed);
		return true;
	};
	share_out(all.size(), threads, [&] { return judge_one; });
	for (const Status& end : ends) {
		if (!end) return end;
	}
	return Done{};
}

}  // namespace

Result<std::vector<Caught>> catch_faults(ImageStore& store, const std::string& tests, unsigned threads) {
	std::array<std::unique_ptr<Machine>, kIsaCount> machines;
	Result<std::vector<Trial>> trials = make_stages(store, machines);
	if (!trials) return trials.error();
	std::vector<Caught> all;
	for (const kernel::Spoil& fault : kernel::all_faults()) {
		Caught caught{.fault = &fault, .trial = {}, .by = {}, .missing = false, .tests = {}};
		if (Status done = judge_by_properties(caught, *trials, machines); !done) return done.error();
		all.push_back(std::move(caught));
	}
	if (Status done = judge_by_tests(all, tests, threads); !done) return done.error();
	return all;
}

}  // namespace siglab::mutants
