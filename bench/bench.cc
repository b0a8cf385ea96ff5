// What the engine's strategy is worth: injections per second, the full state checked each time.
//
//   replay          the lab's: the walk is recorded once (not in the time: see `recording`), each handler runs on the un-hooked engine
//   hook_and_stop   the plain one, as one would write it first: one engine with a counting code hook, memory mapped as it comes; for each
//                   boundary it puts memory back, runs there from the start, stops, remembers all memory, delivers, and runs the handler
//                   on the same engine
//   recording       boundaries recorded per second, registers and writes
//   explorer/N      states per second of a walk of N calls, any number of SIGPROF, every handler watched step by step
//   museum/N        the whole museum on N threads
//   campaign/N      a part of the catalogue on N threads, everything included
// Both strategies run the same guest (v6 and clobber-g), the same kernel model and the same comparison of all registers and memory.
// SIGPROF is the museum's typical case: its handler asks for the time too. SIGUSR1's handler is shorter. calls:N is a walk of N calls:
// to run there from the start costs more, the longer the walk is. Compare rates from one interleaved run; docs/engine.md has the command.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "explore/campaign.h"
#include "explore/delivery.h"

namespace {

using namespace siglab;

Places places() { return {SIGLAB_IMAGES, SIGLAB_SOURCES}; }

// A walk, and a machine whose memory is at its first boundary.
struct Stage {
	World world;
	std::unique_ptr<Machine> machine;
	Walk walk;
	std::unique_ptr<Snapshot> start;
};

struct Case {
	const Isa& isa;
	Signal signal = Signal::prof;
	uint32_t calls = 1;
};

std::optional<Stage> make_stage(const Case& what, Hooks replayer) {
	ImageStore store(places());
	const Scenario scenario{.isa = &what.isa, .guest = {.variant = find_variant("v6")}, .vdso = {.blob = find_vdso("clobber-g")},
	                        .signal = what.signal, .calls = what.calls};
	Result<World> world = build_world(scenario, store);
	Result<std::unique_ptr<Machine>> machine = Machine::open(what.isa, {.hooks = replayer});
	if (!world || !machine || !(*machine)->load(world->plan)) return std::nullopt;
	auto start = std::make_unique<Snapshot>((*machine)->memory());
	std::vector<Finding> findings;
	Result<Walk> walk = record_walk(*world, **machine, world->start, world->ghost, 0, findings);
	if (!walk || !findings.empty()) return std::nullopt;
	start->restore((*machine)->memory());
	return Stage{std::move(*world), std::move(*machine), std::move(*walk), std::move(start)};
}

// From the start to boundary i on the hooked engine. False if it came somewhere else than the recorded walk.
bool run_to(Stage& stage, uint32_t i, Thread& thread) {
	stage.start->restore(stage.machine->memory());
	thread = stage.walk.thread(0);
	Result<Stop> stop = stage.machine->replayer().run_steps(thread.cpu, i);
	return stop && stop->reason == StopReason::told_to && thread.cpu == stage.walk.cpu(i);
}

// Delivers at every boundary, in order. False if one delivery was not as the lab promises.
bool deliver_everywhere(Stage& stage, bool steps) {
	Memory& memory = stage.machine->memory();
	stage.start->restore(memory);
	Snapshot shadow = *stage.start;
	Delivery delivery;
	for (uint32_t i = 0; i < stage.walk.boundaries(); ++i) {
		Thread thread = stage.walk.thread(i);
		if (steps) {
			// It knows of no recorded walk: it runs there, and remembers all memory.
			if (!run_to(stage, i, thread)) return false;
			shadow.take(memory);
		} else {
			for (const Write& write : stage.walk.writes(i)) {
				shadow.apply(write);
				if (!memory.place(write.at, write.data())) return false;
			}
		}
		const Ghost& ghost = stage.walk.ghost(i);
		if (!deliver_at(stage.world, *stage.machine, shadow, thread, ghost, stage.world.scenario.signal, delivery)) return false;
		if (delivery.lasting || delivery.observed.fetched_g != ghost.owner) return false;
	}
	return true;
}

void injections(benchmark::State& state, Hooks hooks, const Case& what) {
	std::optional<Stage> stage = make_stage(what, hooks);
	if (!stage) return state.SkipWithError("no stage");
	for (auto _ : state) {
		if (!deliver_everywhere(*stage, hooks == Hooks::steps)) return state.SkipWithError("a delivery went wrong");
	}
	state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * stage->walk.boundaries());
}

void recording(benchmark::State& state, const Isa& isa) {
	std::optional<Stage> stage = make_stage({.isa = isa}, Hooks::none);
	if (!stage) return state.SkipWithError("no stage");
	for (auto _ : state) {
		std::vector<Finding> findings;
		Result<Walk> walk = record_walk(stage->world, *stage->machine, stage->world.start, stage->world.ghost, 0, findings);
		if (!walk) return state.SkipWithError("not recorded");
		state.PauseTiming();
		stage->start->restore(stage->machine->memory());
		state.ResumeTiming();
	}
	state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * stage->walk.boundaries());
}

// Any number of SIGPROF over walks of more and more calls: the cost of a state must not grow with the walk.
void explorer(benchmark::State& state, const Isa& isa) {
	ImageStore store(places());
	const Scenario scenario{.isa = &isa, .guest = {.variant = find_variant("v6")}, .vdso = {.blob = find_vdso("clobber-g")},
	                        .calls = static_cast<uint32_t>(state.range(0))};
	Result<World> world = build_world(scenario, store);
	Result<std::unique_ptr<Machine>> machine = Machine::open(isa);
	if (!world || !machine) return state.SkipWithError("no world");
	const std::array<Signal, 1> signals = {Signal::prof};
	const Limits limits{.budget = {.signals = std::nullopt}, .watch_every_handler = true};
	size_t states = 0, bytes = 0;
	for (auto _ : state) {
		Result<Exploration> found = explore(*world, **machine, signals, limits);
		if (!found || !found->broken.empty() || found->outcome != Outcome::exhausted) return state.SkipWithError("not as it should be");
		states = found->nodes.size();
		bytes = found->bytes;
	}
	state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * states));
	state.counters["states"] = static_cast<double>(states);
	state.counters["bytes_per_1000"] = static_cast<double>(bytes) * 1000 / static_cast<double>(states);
}

void museum(benchmark::State& state) {
	ImageStore store(places());
	for (auto _ : state) {
		Result<Record> record = run_museum(all_isas(), store, {.threads = static_cast<unsigned>(state.range(0)), .limits = {}});
		if (!record || verdict_of(*record) != Exit::ok) return state.SkipWithError("not as the catalogue says");
	}
}

void campaign(benchmark::State& state) {
	ImageStore store(places());
	const std::vector<Job> jobs = grid({.functions = {Function::nanotime1}, .callers = {Caller::curg, Caller::g0}});
	int64_t injected = 0;
	for (auto _ : state) {
		Result<Record> record = run_campaign(jobs, store, {.threads = static_cast<unsigned>(state.range(0))});
		if (!record || totals(*record).deviations != 0) return state.SkipWithError("not as the catalogue says");
		injected += static_cast<int64_t>(totals(*record).injections);
	}
	state.SetItemsProcessed(injected);
	rusage usage{};
	getrusage(RUSAGE_SELF, &usage);
	state.counters["peak_MB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

BENCHMARK_CAPTURE(injections, hook_and_stop/arm64/PROF, Hooks::steps, Case{.isa = kArm64});
BENCHMARK_CAPTURE(injections, replay/arm64/PROF, Hooks::none, Case{.isa = kArm64});
BENCHMARK_CAPTURE(injections, hook_and_stop/arm64/USR1, Hooks::steps, Case{.isa = kArm64, .signal = Signal::usr1});
BENCHMARK_CAPTURE(injections, replay/arm64/USR1, Hooks::none, Case{.isa = kArm64, .signal = Signal::usr1});
BENCHMARK_CAPTURE(injections, hook_and_stop/arm64/PROF/calls:4, Hooks::steps, Case{.isa = kArm64, .calls = 4});
BENCHMARK_CAPTURE(injections, replay/arm64/PROF/calls:4, Hooks::none, Case{.isa = kArm64, .calls = 4});
BENCHMARK_CAPTURE(injections, hook_and_stop/arm/PROF, Hooks::steps, Case{.isa = kArm});
BENCHMARK_CAPTURE(injections, replay/arm/PROF, Hooks::none, Case{.isa = kArm});
BENCHMARK_CAPTURE(injections, hook_and_stop/arm/USR1, Hooks::steps, Case{.isa = kArm, .signal = Signal::usr1});
BENCHMARK_CAPTURE(injections, replay/arm/USR1, Hooks::none, Case{.isa = kArm, .signal = Signal::usr1});
BENCHMARK_CAPTURE(injections, hook_and_stop/arm/PROF/calls:4, Hooks::steps, Case{.isa = kArm, .calls = 4});
BENCHMARK_CAPTURE(injections, replay/arm/PROF/calls:4, Hooks::none, Case{.isa = kArm, .calls = 4});
BENCHMARK_CAPTURE(recording, arm64, kArm64);
BENCHMARK_CAPTURE(recording, arm, kArm);
BENCHMARK_CAPTURE(explorer, arm64, kArm64)->Arg(1)->Arg(8)->Arg(64)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(explorer, arm, kArm)->Arg(1)->Arg(8)->Arg(64)->Unit(benchmark::kMillisecond);
BENCHMARK(museum)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(campaign)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
