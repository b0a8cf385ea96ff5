// The floor: what no lab of this kind can go below. docs/engine.md defines it.
//
// The handler's instructions in a hot loop inside the guest (floor_ISA.S: no kernel, no way in and out of the emulator), on the fastest engine;
// for each handler one copy of the bytes of the frame that the kernel writes, and one comparison of all registers.
#include <benchmark/benchmark.h>

#include "guest_asm/layout.h"
#include "image/assemble.h"
#include "rates.h"
#include "stage.h"

namespace siglab::bench {
namespace {

constexpr uint64_t kDriver = 0xf0000;  // behind everything that layout.h names
constexpr uint64_t kRuns = 256;        // of the handler, each time the engine is entered
constexpr size_t kLiveInFrame = 1128;  // arm64: up to the null record. arm's frame is smaller

// Where floor_ISA.S expects what: the first of five registers.
constexpr std::array<uint8_t, kIsaCount> kFirst = {19, 4};

std::optional<RegionPlan> driver(const Isa& isa) {
	const std::string source = std::string{SIGLAB_SOURCES} + "/../bench/floor_" + std::string{isa.name} + ".S";
	Result<Image> image = assemble(isa, {ImageKind::guest}, source, SIGLAB_SOURCES);
	if (!image) return std::nullopt;
	const std::span<const std::byte> bytes = image->loaded(GUEST_TEXT);
	return RegionPlan{"floor", {{kDriver}, {kDriver + kPageSize}}, Perm::read | Perm::exec, {bytes.begin(), bytes.end()}};
}

// The CPU at the driver's first instruction, with the frame of a signal at `boundary` laid out.
Cpu at_driver(Stage& stage, uint32_t boundary) {
	const kernel::Resumed entered = kernel::return_to_user(stage.world.kernel, kernel::send(stage.walk.thread(boundary), Signal::prof),
	                                                       stage.machine->memory());
	Cpu cpu = entered.thread.cpu;
	const uint8_t first = kFirst[static_cast<size_t>(stage.world.isa().id)];
	const std::array<uint64_t, 5> arguments = {kRuns, cpu.gpr[0], cpu.gpr[1], cpu.pc, stage.walk.ghost(boundary).owner};
	std::copy(arguments.begin(), arguments.end(), cpu.gpr.begin() + first);
	cpu.pc = kDriver;
	return cpu;
}

void floor(benchmark::State& state, const Isa& isa, EngineKind engine) {
	const std::optional<RegionPlan> code = driver(isa);
	std::optional<Stage> stage = code ? make_stage({.isa = isa}, {.replayer = engine}, std::span{&*code, 1}) : std::nullopt;
	if (!stage) return state.SkipWithError("no stage");
	const Cpu start = at_driver(*stage, 0);
	const uint64_t before = read_observed(stage->machine->memory()).handler_count;
	std::array<std::byte, kLiveInFrame> frame{}, copy{};
	if (!stage->machine->memory().read({start.sp}, std::span{frame}.first(std::min<size_t>(kLiveInFrame, isa.frame_size)))) return state.SkipWithError("no frame");
	Cpu expected = start, observed = start;
	Cpu warm = start;
	if (Result<Stop> stop = stage->machine->replay(warm); !stop || stop->reason != StopReason::syscall) return state.SkipWithError("no loop");
	if (read_observed(stage->machine->memory()).handler_count != before + kRuns) return state.SkipWithError("the handler did not run");
	for (auto _ : state) {
		Cpu cpu = start;
		Result<Stop> stop = stage->machine->replayer().run(cpu);
		if (!stop || stop->reason != StopReason::syscall) return state.SkipWithError("the loop did not end");
		for (uint64_t i = 0; i < kRuns; ++i) {
			std::memcpy(copy.data(), frame.data(), frame.size());
			benchmark::DoNotOptimize(copy);
			benchmark::DoNotOptimize(observed);
			const bool same = observed == expected;
			benchmark::DoNotOptimize(same);
		}
	}
	state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kRuns));
}

}  // namespace

void add_floor() {
	for (const Isa* isa : all_isas()) {
		for (const EngineKind engine : engines_here()) {
			const std::string name = "floor/" + std::string{engine_name(engine)} + "/" + std::string{isa->name};
			benchmark::RegisterBenchmark(name.c_str(), floor, *isa, engine);
		}
	}
}

}  // namespace siglab::bench
