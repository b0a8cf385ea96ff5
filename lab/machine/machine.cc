#include "machine/machine.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include "state/state.h"

namespace siglab {

Machine::Machine(const Isa& isa, std::byte* arena) : isa_(&isa), arena_(arena), memory_(std::make_unique<Memory>(std::vector<Region>{})) {}

Machine::~Machine() {
	if (replayer_) watchdog_->forget(*replayer_);
	recorder_.reset();
	replayer_.reset();
	munmap(arena_, kArenaEnd);
}

Result<std::unique_ptr<Machine>> Machine::open(const Isa& isa, Engines engines) {
	void* arena = mmap(nullptr, kArenaEnd, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);  // shared: a Mirror shows it once more
	if (arena == MAP_FAILED) return Error{Exit::environment, "no memory for the guest's arena"};
	std::unique_ptr<Machine> machine(new Machine(isa, static_cast<std::byte*>(arena)));
	machine->kind_ = engines.recorder;
	Result<std::unique_ptr<Engine>> recorder = open_engine(engines.recorder, isa, Hooks::every_boundary);
	if (!recorder) return recorder.error();
	Result<std::unique_ptr<Engine>> replayer = open_engine(engines.replayer, isa, engines.hooks);
	if (!replayer) return replayer.error();
	machine->recorder_ = std::move(*recorder);
	machine->replayer_ = std::move(*replayer);
	machine->watchdog_ = Watchdog::shared();
	machine->watchdog_->watch(*machine->replayer_);
	return machine;
}

namespace {

Status check(const RegionPlan& region) {
	const GuestRange& range = region.range;
	const bool aligned = range.begin.value % kPageSize == 0 && range.end.value % kPageSize == 0 && !range.empty();
	if (aligned && range.end.value <= Machine::kArenaEnd && region.contents.size() <= range.size()) return Done{};
	return Error{Exit::usage, fmt::format("{} ({:#x}..{:#x}) does not fit into the guest's memory", region.name, range.begin.value,
	                                      range.end.value)};
}

}  // namespace

Result<Stop> Machine::replay(Cpu& cpu) {
	const Snapshot before(*memory_);
	for (;;) {
		Result<Stop> stop = replayer_->run(cpu);
		if (!stop || stop->reason != StopReason::opened) return stop;
		before.restore(*memory_);
	}
}

Status Machine::load(std::span<const RegionPlan> plan) {
	std::vector<Region> regions;
	for (const RegionPlan& region : plan) {
		if (Status fits = check(region); !fits) return fits;
		for (const Region& other : regions) {
			if (region.range.begin < other.range.end && other.range.begin < region.range.end) {
				return Error{Exit::usage, fmt::format("{} and {} overlap", region.name, other.name)};
			}
		}
		regions.push_back({region.name, region.range, region.perm, arena_ + region.range.begin.value});
	}
	memory_ = std::make_unique<Memory>(std::move(regions));
	for (const RegionPlan& region : plan) {
		std::byte* host = arena_ + region.range.begin.value;
		std::memset(host, 0, region.range.size());
		if (!region.contents.empty()) std::memcpy(host, region.contents.data(), region.contents.size());
	}
	memory_->track();
	if (Status mapped = recorder_->map(*memory_); !mapped) return mapped;
	return replayer_->map(*memory_);
}

}  // namespace siglab
