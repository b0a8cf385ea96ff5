// Engine: one emulated CPU over guest memory that somebody else owns. The only interface behind which an emulator stands.
//
// Models    user-mode execution up to the next kernel entry. What the kernel then does is not the engine's business.
//           The virtual counter reads as cpu.counter: an access of user mode is trapped, and answered here.
// Does not  model the kernel, or other counters (an access is reported as undefined).
// How       two independent emulators, one file each; docs/engine.md says which of their traps the order of calls avoids.
#pragma once

#include <time.h>

#include <atomic>
#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "isa/isa.h"
#include "state/memory.h"

namespace siglab {

enum class StopReason : uint8_t {
	syscall,      // an svc has retired; cpu.pc is behind it
	fault,        // a load, store or fetch that memory does not allow; cpu.pc is the instruction, `address` what it touched
	undefined,    // an instruction that user mode does not have
	told_to,      // the watcher answered no, or interrupt() was called
	opened,       // only un-hooked engines: a store met a block that was read-only to the engine, and is not any more. The run does not count:
	              // the CPU is as it was; put memory back and run it again
};

struct Stop {
	StopReason reason = StopReason::syscall;
	GuestAddr address;
	std::string text;  // fault, undefined: in words
};

// Called at every boundary with the CPU before the next instruction and what the last one wrote. False stops there.
// A reference to a callable that somebody else keeps alive: it costs one indirect call and no allocation. The default one is nobody.
class Watcher {
   public:
	Watcher() = default;
	template <std::predicate<const Cpu&, std::span<const Write>> Callable>
		requires(!std::same_as<Callable, Watcher>)
	Watcher(Callable& callable)
		: callable_(&callable), call_([](const void* self, const Cpu& cpu, std::span<const Write> writes) -> bool {
			return (*static_cast<Callable*>(const_cast<void*>(self)))(cpu, writes);
		}) {}

	explicit operator bool() const { return call_ != nullptr; }
	[[nodiscard]] bool operator()(const Cpu& cpu, std::span<const Write> writes) const { return call_(callable_, cpu, writes); }

   private:
	const void* callable_ = nullptr;
	bool (*call_)(const void*, const Cpu&, std::span<const Write>) = nullptr;
};

// A hooked engine calls a Watcher at every boundary and is slow; an un-hooked one just runs. One is never turned into the other.
// `steps` is the plain way in between, hook and stop: a hook that only counts. The benchmark shows what it costs.
enum class Hooks : uint8_t { none, steps, every_boundary };

// The clock of the calling thread's processor time, which other threads can read too.
clockid_t thread_clock();

class Engine {
   public:
	virtual ~Engine() = default;
	Engine(const Engine&) = delete;
	Engine& operator=(const Engine&) = delete;

	// Maps what differs from the last call, and forgets translations of code whose bytes the host has changed since. `memory` outlives the
	// runs, and is told which blocks they may have written: of each store by a hooked engine; after each run of an un-hooked one of all blocks
	// that it has ever stored to while memory looked like this. The others are read-only to it, until a store to one shows.
	virtual Status map(Memory& memory) = 0;

	// Runs from `cpu` to the next stop and leaves the CPU there. The watcher is called only by a hooked engine.
	// Errors    environment: the engine refused a register or to start.
	virtual Result<Stop> run(Cpu& cpu, Watcher watcher = {}) = 0;
	// The same, but stops (told_to) once `steps` instructions have retired. Requires  Hooks::steps.
	virtual Result<Stop> run_steps(Cpu& cpu, uint64_t steps) = 0;

	// Makes run() return told_to soon. May be called from another thread.
	virtual void interrupt() = 0;
	// What goes past the emulator's public interface, where that is slow. An engine can do without: call plain() before the first run.
	struct Shortcuts {
		bool stores = true, registers = true;
	};
	[[nodiscard]] virtual Shortcuts shortcuts() const { return {}; }
	virtual void plain() {}
	// Counts beginnings and ends of run(); odd while one is under way.
	[[nodiscard]] uint64_t serial() const { return serial_.load(std::memory_order_acquire); }
	// The clock of the processor time of the thread that made the last run. Says something while that thread lives.
	[[nodiscard]] clockid_t clock() const { return clock_.load(std::memory_order_relaxed); }

   protected:
	Engine() = default;
	// Around what run() does. One thread at a time runs an engine: nothing is ever added to from two sides.
	void begin_run() {
		clock_.store(thread_clock(), std::memory_order_relaxed);
		count();
	}
	void end_run() { count(); }

   private:
	void count() { serial_.store(serial_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

	std::atomic<uint64_t> serial_{0};
	std::atomic<clockid_t> clock_{CLOCK_MONOTONIC};
};

// `both` is the two of them as one: each run is made by both, and what differs ends it with an error.
enum class EngineKind : uint8_t { unicorn, dynarmic, both };
inline constexpr size_t kEngineKinds = 3;

// Whether it can be told to stop between any two instructions. Unicorn puts off a stop inside an IT block to the block's end.
constexpr bool stops_anywhere(EngineKind kind) { return kind != EngineKind::unicorn; }
// Whether this build has it.
bool is_there(EngineKind kind);

std::string_view engine_name(EngineKind kind);
std::optional<EngineKind> find_engine(std::string_view name);

// Errors    environment: the emulator is not there, or is missing a feature or memory.
Result<std::unique_ptr<Engine>> open_engine(EngineKind kind, const Isa& isa, Hooks hooks);
Result<std::unique_ptr<Engine>> open_unicorn(const Isa& isa, Hooks hooks);
Result<std::unique_ptr<Engine>> open_dynarmic(const Isa& isa, Hooks hooks);

// "2.0.1", as the loaded library says. Empty where the emulator is not there.
std::string engine_version(EngineKind kind);
std::string unicorn_version();
std::string dynarmic_version();

}  // namespace siglab
