// Verify: everything that a record claims, made again on a path of its own, and compared.
//
// Models    docs/verify.md: what is made again, what is only read, what is trusted.
// Rule      the result does not depend on the number of threads.
#pragma once

#include "base/threads.h"
#include "verify/derive.h"

namespace siglab::verify {

struct Sample {
	double part = 1;               // of the deliveries that no state is first met by
	uint64_t seed = 0;             // which
	[[nodiscard]] bool all() const { return part >= 1; }
};

// The machines of one thread, opened when they are asked for.
class Machines {
   public:
	explicit Machines(EngineKind engine) : engine_(engine) {}
	// Errors    environment: no memory, no engine.
	Result<Machine*> of(const Isa& isa);

   private:
	EngineKind engine_;
	std::array<std::unique_ptr<Machine>, kIsaCount> open_;
};

using Remake = std::function<Result<std::shared_ptr<const Derivation>>(World, const Claim&, const Guide&, Machines&)>;
Result<std::shared_ptr<const Derivation>> remake(World world, const Claim& claim, const Guide& guide, Machines& machines);

// The emulator that records are not made with, if it is there; else the same.
EngineKind other_engine();

struct Options {
	unsigned threads = 1;
	EngineKind engine = EngineKind::unicorn;
	Sample sample;
	kernel::Faults faults;         // of the kernel model; only tests have any
	const std::atomic<bool>* interrupted = nullptr;
	std::optional<std::chrono::steady_clock::time_point> deadline;
	Progress progress;
	Remake remake = verify::remake;   // only tests have another, which remembers
};

struct Verification {
	Effort effort;
	size_t closed_sets = 0;
	size_t unfinished = 0;         // of them: searches that were not exhausted
	size_t differing = 0;          // claims that differ
	std::string difference;        // the first, in the order of the record; empty if nothing differs
};

// Errors    usage: a claim that makes no sense, or was made with other images. environment: an engine. inconclusive: --time-limit.
//           interrupted.
Result<Verification> verify(const Record& record, ImageStore& store, const Options& options);

}  // namespace siglab::verify
