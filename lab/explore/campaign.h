// Campaign: many sweeps on several threads, compared with the catalogue, as one record.
//
// Rule      the record does not depend on the number of threads: each job is a function of its scenario alone, and results stand in the
//           order of the jobs.
#pragma once

#include <atomic>
#include <functional>

#include "base/threads.h"
#include "explore/machines.h"
#include "explore/sweep.h"
#include "record/record.h"
#include "world/grid.h"

namespace siglab {

struct CampaignOptions {
	unsigned threads = 1;
	EngineChoice engine;
	kernel::Faults faults;                            // of the kernel model; only tests have any
	Limits limits;                                    // the budget is each job's
	std::function<bool(const Scenario&)> film;        // which walks are filmed; none if there is no such function
	Progress progress;
};

// Errors    the first job's, in the order of the jobs, that could not be run at all.
Result<Record> run_campaign(std::span<const Job> jobs, ImageStore& store, const CampaignOptions& options);

// Every exhibit on those ISAs, both sides; if anything is filmed, with the story of each. Errors    as run_campaign.
Result<Record> run_museum(std::span<const Isa* const> isas, ImageStore& store, const CampaignOptions& options);

}  // namespace siglab
