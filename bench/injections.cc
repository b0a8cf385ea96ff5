// One signal at each boundary, the full state checked each time.
//
//   hook_and_stop   the plain strategy, as one would write it first: one engine with a counting code hook, memory mapped as it comes, all of it
//                   compared; it runs to each boundary from the start, stops, delivers, and runs the handler on the same engine
//   ENGINE          the lab's: the walk is recorded once (not in the time: see recording), each handler runs on that engine without hooks
//   threads:N       the same on N threads, a machine each
//   recording       boundaries recorded, registers and writes
//   entry           runs of one svc: what it takes to write all registers, enter the engine, leave it, and read all registers
// All run the same guest, the same kernel model and the same comparison of registers and memory. calls:N is a walk of N calls: to run there
// from the start costs more, the longer the walk is.
#include <benchmark/benchmark.h>

#include "rates.h"
#include "stage.h"

namespace siglab::bench {
namespace {

void injections(benchmark::State& state, const Case& what, Engines engines) {
	std::optional<Stage> stage = make_stage(what, engines);
	if (!stage) return state.SkipWithError("no stage");
	// What is translated, and opened for stores, in the first pass is not what a delivery costs.
	if (!deliver_everywhere(*stage, engines.hooks)) return state.SkipWithError("a delivery went wrong");
	for (auto _ : state) {
		if (!deliver_everywhere(*stage, engines.hooks)) return state.SkipWithError("a delivery went wrong");
	}
	state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * stage->walk.boundaries());
}

void recording(benchmark::State& state, const Isa& isa, EngineKind engine) {
	std::optional<Stage> stage = make_stage({.isa = isa}, {.recorder = engine});
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

// A walk's last boundary stands before the svc that ends it.
void entry(benchmark::State& state, const Isa& isa, EngineKind engine) {
	std::optional<Stage> stage = make_stage({.isa = isa}, {.replayer = engine});
	if (!stage) return state.SkipWithError("no stage");
	const Cpu start = stage->walk.cpu(stage->walk.boundaries() - 1);
	for (auto _ : state) {
		Cpu cpu = start;
		Result<Stop> stop = stage->machine->replayer().run(cpu);
		if (!stop || stop->reason != StopReason::syscall) return state.SkipWithError("no svc");
	}
	state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

void add(const std::string& name, const Case& what, Engines engines) {
	benchmark::RegisterBenchmark(name.c_str(), injections, what, engines);
}

}  // namespace

void add_injections() {
	for (const Isa* isa : all_isas()) {
		const std::string on = "/" + std::string{isa->name};
		add("injections/hook_and_stop" + on, {.isa = *isa}, {.hooks = Hooks::steps});
		add("injections/hook_and_stop" + on + "/USR1", {.isa = *isa, .signal = Signal::usr1}, {.hooks = Hooks::steps});
		add("injections/hook_and_stop" + on + "/calls:4", {.isa = *isa, .calls = 4}, {.hooks = Hooks::steps});
		for (const EngineKind engine : engines_here()) {
			const std::string by = "injections/" + std::string{engine_name(engine)} + on;
			add(by, {.isa = *isa}, {.replayer = engine});
			add(by + "/USR1", {.isa = *isa, .signal = Signal::usr1}, {.replayer = engine});
			add(by + "/calls:4", {.isa = *isa, .calls = 4}, {.replayer = engine});
			benchmark::RegisterBenchmark(("recording/" + std::string{engine_name(engine)} + on).c_str(), recording, *isa, engine);
			benchmark::RegisterBenchmark(("entry/" + std::string{engine_name(engine)} + on).c_str(), entry, *isa, engine);
		}
	}
	for (const int threads : {1, 2}) {
		benchmark::RegisterBenchmark("injections/unicorn/arm64", injections, Case{.isa = kArm64}, Engines{})->Threads(threads)->UseRealTime();
	}
}

}  // namespace siglab::bench
