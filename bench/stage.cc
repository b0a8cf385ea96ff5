#include "stage.h"

namespace siglab::bench {

std::optional<Stage> make_stage(const Case& what, Engines engines, std::span<const RegionPlan> more) {
	ImageStore store(places());
	const Scenario scenario{.isa = &what.isa, .guest = {.variant = find_variant("v6")}, .vdso = {.blob = find_vdso("clobber-g")},
	                        .signal = what.signal, .calls = what.calls};
	Result<World> world = build_world(scenario, store);
	Result<std::unique_ptr<Machine>> machine = Machine::open(what.isa, engines);
	if (!world || !machine) return std::nullopt;
	world->plan.insert(world->plan.end(), more.begin(), more.end());
	if (!(*machine)->load(world->plan)) return std::nullopt;
	auto start = std::make_unique<Snapshot>((*machine)->memory());
	std::vector<Finding> findings;
	Result<Walk> walk = record_walk(*world, **machine, world->start, world->ghost, 0, findings);
	if (!walk || !findings.empty()) return std::nullopt;
	start->restore((*machine)->memory());
	return Stage{std::move(*world), std::move(*machine), std::move(*walk), std::move(start)};
}

namespace {

// From the start to boundary i. False if it came somewhere else than the recorded walk.
bool run_to(Stage& stage, uint32_t i, Thread& thread) {
	stage.start->restore(stage.machine->memory());
	thread = stage.walk.thread(0);
	Result<Stop> stop = stage.machine->replayer().run_steps(thread.cpu, i);
	return stop && stop->reason == StopReason::told_to && thread.cpu == stage.walk.cpu(i);
}

// By what the walk wrote on the way to boundary i.
bool apply_writes(Stage& stage, uint32_t i, Snapshot& shadow) {
	for (const Write& write : stage.walk.writes(i)) {
		shadow.apply(write);
		if (!stage.machine->memory().place(write.at, write.data())) return false;
	}
	return true;
}

}  // namespace

bool deliver_everywhere(Stage& stage, Hooks hooks) {
	Memory& memory = stage.machine->memory();
	stage.start->restore(memory);
	Snapshot shadow = *stage.start;
	Delivery delivery;
	for (uint32_t i = 0; i < stage.walk.boundaries(); ++i) {
		Thread thread = stage.walk.thread(i);
		const bool there = hooks == Hooks::steps ? run_to(stage, i, thread) : apply_writes(stage, i, shadow);
		if (!there) return false;
		if (hooks == Hooks::steps) shadow.take(memory);
		const Ghost& ghost = stage.walk.ghost(i);
		if (!deliver_at(stage.world, *stage.machine, shadow, thread, ghost, stage.world.scenario.signal, delivery)) return false;
		if (delivery.lasting || delivery.observed.fetched_g != ghost.owner) return false;
	}
	return true;
}

}  // namespace siglab::bench
