// A schedule traced: the same each time, masked signals taken where the mask opens, and every finding's token shows just that finding.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "random_schedule.h"

namespace siglab {
namespace {

using test::explored;
using test::traced;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using test::random_schedule;
using test::same_finding;
using test::same_line;

TEST(Trace, AThousandRandomSchedulesRunTheSameTwice) {
	std::mt19937 random(1);
	std::vector<World> worlds;
	for (const char* scenario : {"arm64:v2:nanotime1:curg:clobber-g:go:PROF:1", "arm:v4:nanotime1:curg:clean:go:PROF:1",
	                             "arm64:v6:time.now:g0:two-page:iscgo:PROF:1",
	                             "arm:v3:nanotime1:curg:clobber-g:mask-empty:PROF:1", "arm64:v0:nanotime1:curg:clean:nodefer:PROF:1"}) {
		worlds.push_back(test::world(scenario));
	}
	size_t ran = 0, pending = 0, nested = 0, broke = 0;
	for (uint32_t tries = 0; ran < 1000 && tries < 10'000; ++tries) {
		const World& world = worlds[tries % worlds.size()];
		const Schedule schedule = random_schedule(random, world.scenario.world == WorldKind::mask_empty);
		Machine& machine = test::machine(world.isa());
		const Result<Trace> once = trace(world, machine, schedule);
		const Result<Trace> twice = trace(world, machine, schedule);
		ASSERT_EQ(once.ok(), twice.ok());
		if (!once) continue;  // the walk ended before, or no handler was open there
		SCOPED_TRACE(print_schedule(schedule));
		++ran;
		ASSERT_TRUE(std::equal(once->lines.begin(), once->lines.end(), twice->lines.begin(), twice->lines.end(), same_line));
		ASSERT_TRUE(std::equal(once->findings.begin(), once->findings.end(), twice->findings.begin(), twice->findings.end(), same_finding));
		ASSERT_EQ(once->end.text, twice->end.text);
		const auto any = [&](const auto& is) { return std::any_of(once->lines.begin(), once->lines.end(), is) ? 1u : 0u; };
		pending += any([](const TraceLine& line) { return line.told == Told::pending; });
		nested += any([](const TraceLine& line) { return line.depth > 1; });
		broke += once->findings.empty() ? 0 : 1;
	}
	EXPECT_EQ(ran, 1000u);
	EXPECT_GT(pending, 100u);
	EXPECT_GT(nested, 20u);
	EXPECT_GT(broke, 100u);
}

// ---- findings replay ----

// Each finding of an exploration, traced: the same verdict, and where it says.
void expect_replayed(const World& world, const Exploration& found) {
	for (const Finding& finding : shortest_findings(found)) {
		const auto [property, kind] = finding.verdict;
		SCOPED_TRACE(fmt::format("{} '{}' {} ({})", print_scenario(world.scenario), print_schedule(finding.schedule),
		                         property_name(property), kind_name(kind)));
		const Trace trace = traced(world, finding.schedule);
		const auto same = [&](const Finding& shown) { return shown.verdict == finding.verdict; };
		const auto shown = std::find_if(trace.findings.begin(), trace.findings.end(), same);
		ASSERT_NE(shown, trace.findings.end());
		EXPECT_EQ(shown->expected, finding.expected);
		EXPECT_EQ(shown->observed, finding.observed);
		EXPECT_EQ(shown->cause, finding.cause);
		EXPECT_EQ(shown->at, finding.at);
		// One event less does not show it.
		if (finding.schedule.empty()) continue;
		const Schedule shorter(finding.schedule.begin(), finding.schedule.end() - 1);
		EXPECT_FALSE(test::verdicts_of(traced(world, shorter).findings).contains(finding.verdict));
	}
}

TEST(Trace, EveryFindingOfAnyNumberReplays) {
	size_t findings = 0;
	for (const Isa* isa : all_isas()) {
		for (const char* variant : {"v0", "v1", "v2", "v3", "v4"}) {
			const World world = test::world(fmt::format("{}:{}:nanotime1:curg:clobber-g:go:PROF:1", isa->name, variant));
			const Exploration found = explored(world, test::kAllSignals);
			expect_replayed(world, found);
			findings += shortest_findings(found).size();
		}
	}
	EXPECT_GT(findings, 30u);
}

TEST(Trace, FindingsOfNestedSignalsAndTicksReplay) {
	for (const Isa* isa : all_isas()) {
		const World nests = test::world(fmt::format("{}:v5:nanotime1:curg:clobber-g:mask-empty:USR1:1", isa->name));
		expect_replayed(nests, explored(nests, std::array{Signal::usr1, Signal::urg}, Budget{.signals = 2}));
		const World ticks = test::world(fmt::format("{}:v2:nanotime1:curg:clean:go:PROF:1", isa->name));
		expect_replayed(ticks, explored(ticks, test::kProfAlone, Budget{.signals = 1, .ticks = 1}));
	}
}

// ---- masked signals ----

struct Told3 {
	std::set<Verdict> verdicts;
	EndKind end;
	State last;
	size_t taken = 0;
};

Told3 told(const World& world, const std::string& schedule) {
	const Trace trace = traced(world, *parse_schedule(schedule));
	Told3 all{test::verdicts_of(trace.findings), trace.end.kind, {}};
	for (const TraceLine& line : trace.lines) {
		if (line.told == Told::boundary && line.depth == 0) all.last = line.state;
		all.taken += line.told == Told::taken ? 1 : 0;
	}
	return all;
}

// Why the explorer need not try them: what is masked is taken at the return, and that is a delivery at the boundary after it.
TEST(Masked, ASignalInsideAHandlerIsTakenRightAfterItsReturn) {
	for (const char* scenario : {"arm64:v2:nanotime1:curg:clean:go:PROF:1", "arm:v3:nanotime1:curg:clobber-g:go:PROF:1",
	                             "arm64:v5:nanotime1:curg:clobber-g:go:PROF:1"}) {
		const World world = test::world(scenario);
		const uint32_t end = explored(world, test::kProfAlone).walk.boundaries();
		for (uint32_t i = 0; i < end; i += 5) {
			const Told3 after = told(world, fmt::format("PROF@{0} USR1@{0}'", i));
			for (const uint32_t inside : {0u, 1u, 40u, 90u}) {
				SCOPED_TRACE(fmt::format("{} PROF@{} USR1@h{}", scenario, i, inside));
				const Told3 pending = told(world, fmt::format("PROF@{} USR1@h{}", i, inside));
				EXPECT_EQ(pending.verdicts, after.verdicts);
				EXPECT_EQ(pending.end, after.end);
				EXPECT_EQ(pending.last, after.last);
				EXPECT_EQ(pending.taken, 2u) << "a pending signal is not lost";
				EXPECT_EQ(after.taken, 2u);
			}
		}
	}
}

// Two that wait are both taken, the lower number first, and one that waits twice is taken once.
TEST(Masked, SeveralAreTakenInTheKernelsOrder) {
	const World world = test::world("arm64:v5:nanotime1:curg:clobber-g:go:PROF:1");
	EXPECT_EQ(told(world, "PROF@30 USR1@h5 USR1@h9").taken, 2u);
	EXPECT_EQ(told(world, "PROF@30 PROF@h5").taken, 2u);
	EXPECT_EQ(told(world, "PROF@30 tick@h3 PROF@h5").last, told(world, "PROF@30 tick@h3 PROF@30'").last);
	EXPECT_NE(told(world, "PROF@30 tick@h3").last, told(world, "PROF@30").last) << "a tick is in the state";
	const Trace both = traced(world, *parse_schedule("PROF@30 URG@h5 USR1@h5'"));
	std::vector<Signal> taken;
	for (const TraceLine& line : both.lines) {
		if (line.told == Told::taken) taken.push_back(*line.signal);
	}
	EXPECT_THAT(taken, testing::ElementsAre(Signal::prof, Signal::usr1, Signal::urg));
}

std::vector<Signal> taken_by(const Trace& trace) {
	std::vector<Signal> taken;
	for (const TraceLine& line : trace.lines) {
		if (line.told == Told::taken) taken.push_back(*line.signal);
	}
	return taken;
}

// SIGURG's mask is empty, SIGPROF's is not: when SIGPROF's handler returns with both waiting, the kernel stacks two frames, SIGPROF's on top.
// The same as SIGPROF at SIGURG's handler's first boundary, and so it is traced.
TEST(Masked, TwoThatOneReturnStacksAreTakenOneInTheOther) {
	for (const Isa* isa : all_isas()) {
		for (const char* variant : {"v2", "v4", "v5"}) {
			const World world = test::world(fmt::format("{}:{}:nanotime1:curg:clean:urg-mask-empty:PROF:1", isa->name, variant));
			const uint32_t boundaries = explored(world, {}, Budget{.signals = 0}).walk.boundaries();
			for (uint32_t at = 0; at < boundaries; at += 7) {
				SCOPED_TRACE(fmt::format("{} at {}", print_scenario(world.scenario), at));
				const std::string stacked = fmt::format("PROF@{} URG@h5 PROF@h6", at), written = fmt::format("PROF@{0} URG@{0}' PROF@h0", at);
				EXPECT_THAT(taken_by(traced(world, *parse_schedule(stacked))), testing::ElementsAre(Signal::prof, Signal::urg, Signal::prof));
				Told3 one = told(world, stacked);
				const Told3 other = told(world, written);
				// Where the process dies under SIGURG, the one schedule's SIGPROF is still waiting, and the other's has yet to be sent.
				one.last.thread.signals.pending = other.last.thread.signals.pending;
				EXPECT_EQ(one.verdicts, other.verdicts);
				EXPECT_EQ(one.end, other.end);
				EXPECT_EQ(one.last, other.last);
			}
		}
	}
}

// The kernel's own frames, set up at once, are those that the trace sets up one by one.
TEST(Masked, StackedFramesLieWhereTheKernelPutsThem) {
	const World world = test::world("arm64:v5:nanotime1:curg:clean:urg-mask-empty:PROF:1");
	Machine& machine = test::machine(kArm64);
	ASSERT_TRUE(machine.load(world.plan).ok());
	const Thread both = kernel::send(kernel::send(world.start, Signal::urg), Signal::prof);
	const kernel::Resumed at_once = kernel::return_to_user(world.kernel, both, machine.memory());
	ASSERT_EQ(at_once.frames, 2u);
	const kernel::Resumed urg = kernel::return_to_user(world.kernel, kernel::send(world.start, Signal::urg), machine.memory());
	const kernel::Resumed prof = kernel::return_to_user(world.kernel, kernel::send(urg.thread, Signal::prof), machine.memory());
	EXPECT_EQ(at_once.thread, prof.thread);
}

// A broken twin of the kernel: what waited in the handler is forgotten at its return.
TEST(Masked, ALostPendingSignalIsNoticed) {
	World world = test::world("arm64:v2:nanotime1:curg:clean:go:PROF:1");
	const Told3 sound = told(world, "PROF@30 PROF@h5");
	EXPECT_TRUE(sound.verdicts.contains({Property::recovers_g, Kind::nil}));
	world.kernel.faults.set(static_cast<size_t>(kernel::Fault::pending_lost));
	const Told3 lost = told(world, "PROF@30 PROF@h5");
	EXPECT_EQ(lost.taken, 1u);
	EXPECT_FALSE(lost.verdicts.contains({Property::recovers_g, Kind::nil}));
}

// ---- what cannot happen ----

TEST(Trace, RefusesWhatCannotHappen) {
	const World world = test::world("arm64:v5:nanotime1:curg:clobber-g:go:PROF:1");
	const auto refusal = [&](const char* schedule) {
		const Result<Trace> result = trace(world, test::machine(kArm64), *parse_schedule(schedule));
		return result ? "traced" : result.error().text;
	};
	EXPECT_THAT(refusal("PROF@9999"), HasSubstr("its walk ends after"));
	EXPECT_THAT(refusal("PROF@9 PROF@8"), HasSubstr("it lies behind it already"));
	EXPECT_THAT(refusal("PROF@9 PROF@9"), HasSubstr("should be 'PROF@9''"));
	EXPECT_THAT(refusal("PROF@9 USR1@h9999"), HasSubstr("its walk ends after"));
	EXPECT_THAT(refusal("PROF@h9"), HasSubstr("no such handler is open"));
	EXPECT_THAT(refusal("PROF@9 USR1@hh0"), HasSubstr("no such handler is open"));
}

}  // namespace
}  // namespace siglab
