// Fuzz: many generated vDSOs, in batches, on several threads, as one record.
//
// Rule      the record does not depend on the number of threads, nor on where a run was stopped and went on: each vDSO's result is a function
//           of the task and its index, and results are taken in the order of the indices.
#pragma once

#include <chrono>

#include "fuzz/find.h"

namespace siglab {

struct FuzzRun {
	Draw draw;
	unsigned threads = 1;
	EngineChoice engine;                              // the record does not depend on it
	std::string out;                                  // folder for finds; empty: they are not written
	std::optional<std::chrono::steady_clock::time_point> deadline;
	const std::atomic<bool>* interrupted = nullptr;
	std::function<void(const FuzzRecord&)> progress;  // behind each batch
	std::function<Status(const FuzzRecord&)> save;
};

// The task as a record of which nothing is done yet. `count`: of indices.
FuzzRecord new_task(const Draw& draw, uint64_t from, uint64_t count, uint32_t shard, uint32_t of);

// Goes on from where the record stands. Errors    the first that a vDSO could not be judged for at all, or that could not be saved.
Result<FuzzRecord> run_fuzz(FuzzRecord record, const FuzzRun& run, ImageStore& store);

}  // namespace siglab
