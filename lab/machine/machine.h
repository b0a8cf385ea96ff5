// Machine: one arena of guest memory and the two engines over it: a hooked one that records, an un-hooked one that replays.
//
// Models    nothing of its own. The hooked and the un-hooked engine are never one in turns: Unicorn would flush everything it has translated.
// Threads   one Machine belongs to one thread; only the watchdog's interrupt() comes from another.
#pragma once

#include "machine/engine.h"
#include "machine/watchdog.h"

namespace siglab {

// What a world wants mapped: page-aligned ranges below the arena's end, and their first bytes (the rest is zero).
struct RegionPlan {
	std::string name;
	GuestRange range;
	Perm perm = Perm::read;
	std::vector<std::byte> contents;
};

// Which emulators stand behind a machine. `hooks` of the replayer are other than none only to measure what they cost.
struct Engines {
	EngineKind recorder = EngineKind::unicorn;
	EngineKind replayer = EngineKind::unicorn;
	Hooks hooks = Hooks::none;
};

class Machine {
   public:
	// The arena covers guest addresses 0 .. kArenaEnd. layout.h fills the first MiB; the rest is for a guest that brings a whole program along.
	static constexpr uint64_t kArenaEnd = 0x400000;

	// Errors    environment: no memory, no engine.
	static Result<std::unique_ptr<Machine>> open(const Isa& isa, Engines engines = {});
	~Machine();
	Machine(const Machine&) = delete;
	Machine& operator=(const Machine&) = delete;

	// Lays memory out anew and fills it. Everything a former plan left is gone.
	// Errors    usage: a region outside the arena, not page-aligned, or overlapping another. environment: the engines.
	Status load(std::span<const RegionPlan> plan);

	// Runs from `cpu` over what memory holds now, on the un-hooked engine; again from there where the engine had to open a block of memory.
	// Never StopReason::opened. Errors    environment: the engine.
	Result<Stop> replay(Cpu& cpu);

	[[nodiscard]] const Isa& isa() const { return *isa_; }
	[[nodiscard]] EngineKind recorder_kind() const { return kind_; }
	[[nodiscard]] Memory& memory() { return *memory_; }
	[[nodiscard]] Engine& recorder() { return *recorder_; }
	[[nodiscard]] Engine& replayer() { return *replayer_; }

   private:
	Machine(const Isa& isa, std::byte* arena);

	const Isa* isa_;
	EngineKind kind_ = EngineKind::unicorn;
	std::byte* arena_;
	std::shared_ptr<Watchdog> watchdog_;
	std::unique_ptr<Memory> memory_;
	std::unique_ptr<Engine> recorder_;
	std::unique_ptr<Engine> replayer_;
};

}  // namespace siglab
