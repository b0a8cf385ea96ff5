// Engine: one emulated CPU over guest memory that somebody else owns. The only interface behind which an emulator stands.
//
// Models    user-mode execution up to the next kernel entry. What the kernel then does is not the engine's business.
//           The virtual counter reads as cpu.counter: an access of user mode is trapped, and answered here.
// Does not  model the kernel, an exclusive monitor that a signal clears, or other counters (an access is reported as undefined).
// How       Unicorn 2.0.1's public API; docs/engine.md says which of its traps the order of calls avoids.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "isa/isa.h"
#include "state/memory.h"

namespace siglab {

enum class StopReason : uint8_t {
	syscall,      // an svc has retired; cpu.pc is behind it
	fault,        // a load, store or fetch that memory does not allow; cpu.pc is the instruction, `address` what it touched
	undefined,    // an instruction that user mode does not have
	told_to,      // the watcher answered no, or interrupt() was called
};

struct Stop {
	StopReason reason = StopReason::syscall;
	GuestAddr address;
	std::string text;  // fault, undefined: in words
};

// Called at every boundary with the CPU before the next instruction and what the last one wrote. False stops there.
using Watcher = std::function<bool(const Cpu& cpu, std::span<const Write> writes)>;

// A hooked engine calls a Watcher at every boundary and is slow; an un-hooked one just runs. One is never turned into the other.
// `steps` is the plain way in between, hook and stop: a hook that only counts. The benchmark shows what it costs.
enum class Hooks : uint8_t { none, steps, every_boundary };

class Engine {
   public:
	// Errors    environment: Unicorn is missing a feature or memory.
	static Result<std::unique_ptr<Engine>> open(const Isa& isa, Hooks hooks);
	~Engine();
	Engine(const Engine&) = delete;
	Engine& operator=(const Engine&) = delete;

	// Maps what differs from the last call, and forgets translations of code whose bytes the host has changed since.
	Status map(const Memory& memory);

	// Runs from `cpu` to the next stop and leaves the CPU there. The watcher is called only by a hooked engine.
	// Errors    environment: the engine refused a register or to start.
	Result<Stop> run(Cpu& cpu, const Watcher& watcher = {});
	// The same, but stops (told_to) once `steps` instructions have retired. Requires  Hooks::steps.
	Result<Stop> run_steps(Cpu& cpu, uint64_t steps);

	// Makes run() return told_to soon. May be called from another thread.
	void interrupt();
	// Counts calls of run(); odd while one is under way.
	[[nodiscard]] uint64_t serial() const;

   private:
	struct Impl;
	explicit Engine(std::unique_ptr<Impl> impl);
	std::unique_ptr<Impl> impl_;
};

// "2.0.1", as the loaded library says.
std::string engine_version();

}  // namespace siglab
