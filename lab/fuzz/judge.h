// Judge: one generated vDSO on one version, held against the law that the catalogue states.
//
// Law       the expectations of lab/world/expectation.cc, which know a vDSO by its labels alone: docs/fuzz.md says it in words.
#pragma once

#include "explore/deviations.h"
#include "explore/machines.h"
#include "fuzz/case.h"
#include "image/mould.h"

namespace siglab {

// What came of one vDSO on one version.
struct Judgement {
	Deviations deviations;        // the sweep's if it has some, else the exploration's
	Effort found_by = Effort::sweep;
	Scenario scenario;            // of the run that they are of
	std::vector<Signal> signals;
	uint64_t images = 0;          // what a token remembers
	std::vector<Finding> findings;  // of the run with deviations
	std::string left;             // what was not looked at, if a bound was reached
	// Counts, and what the digest is made of.
	uint32_t boundaries = 0, dirty = 0, fired = 0, states = 0;
	uint32_t not_injected = 0;    // by the sweep: boundaries inside IT blocks, where the engine cannot stop
	std::array<uint32_t, kPropertyCount> broken{};  // findings of the sweep
};

// Machines and images that serve many cases. One belongs to one thread.
class Judge {
   public:
	Judge(ImageStore& store, const std::atomic<bool>* interrupted, EngineChoice engine = {})
		: store_(store), interrupted_(interrupted), machines_(engine, Preference::quick) {}

	// The images of these programs, by one run of the assembler. All are of one ISA.
	// Errors    as assemble_many.
	Result<std::vector<ImagePtr>> assemble(const Isa& isa, std::span<const Program> programs);

	// A file of somebody's, not shared with anybody. Errors    as ImageStore::vdso and data_pages.
	Result<WorldImages> read(const Isa& isa, const std::string& path);

	// One after the other, until one deviates.
	// Errors    as build_world and sweep.
	Result<Judgement> judge(const Draw& draw, const Scenario& scenario, const ImagePtr& vdso, std::span<const Effort> efforts) {
		return judge(draw, scenario, WorldImages{.vdso = vdso}, efforts);
	}
	// Of `images` only what is the vDSO's counts.
	Result<Judgement> judge(const Draw& draw, const Scenario& scenario, WorldImages images, std::span<const Effort> efforts);

   private:
	Status run(World& world, const Draw& draw, Effort effort, Judgement& judgement);

	ImageStore& store_;
	const std::atomic<bool>* interrupted_;
	Machines machines_;
	std::array<std::optional<Mould>, kIsaCount> moulds_;
};

}  // namespace siglab
