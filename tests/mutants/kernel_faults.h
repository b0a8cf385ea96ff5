// Each named fault of the kernel model, and what catches it: a property in a trial, or tests of the kernel model.
#pragma once

#include "kernel_model/faults.h"
#include "trials.h"

namespace siglab::mutants {

struct Caught {
	const kernel::Spoil* fault = nullptr;
	std::string trial;                  // of the first property that breaks; empty: none does
	std::optional<Verdict> by;          // none with a trial: it does not come to an end
	bool missing = false;               // `by` should have broken, and held
	std::vector<std::string> tests;     // that fail, in their order
	[[nodiscard]] bool caught() const { return !trial.empty() || !tests.empty(); }
};

// `tests`: the program of unit tests. It is run once for each fault, with the fault's name in the environment.
// Errors    environment: the engine, the program. deviation: a trial or a test fails without any fault.
Result<std::vector<Caught>> catch_faults(ImageStore& store, const std::string& tests, unsigned threads);

}  // namespace siglab::mutants
