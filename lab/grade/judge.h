// Judge: a submission's image in all of its exercise's scenarios, any number of signals in each, and what comes of it.
//
// Models    a verdict, and for what breaks the shortest counterexample: fewest events first, then the table's order.
// Does not  say how to do it better.
#pragma once

#include <optional>

#include "explore/campaign.h"
#include "grade/exercise.h"

namespace siglab::grade {

enum class Outcome : uint8_t { passes, breaks, unfinished };
std::string_view outcome_name(Outcome outcome);

struct Counterexample {
	std::string scenario;                 // "the vDSO clobber-g, nanotime1 called from curg, world go"
	Verdict verdict;                      // of `nothing_broke`: the property that had to break
	bool nothing_broke = false;           // the exercise asks for a failure, and there is none
	std::string schedule;                 // "PROF@17 PROF@17'"; "-": no signal
	uint32_t boundary = 0;
	uint64_t pc = 0;                      // the instruction that would have been next
	std::string symbol, instruction;
	std::optional<uint32_t> line;         // of the submission: what ran last before it, or runs there
	std::string source;                   //   that line
	std::string observed, expected;
	std::string token;                    // empty: cannot be replayed
};

struct Judged {
	Outcome outcome = Outcome::passes;
	uint32_t scenarios = 0, states = 0, deliveries = 0;
	std::string left;                     // unfinished: what was not looked at
	std::optional<Counterexample> counterexample;
};

struct JudgeOptions {
	Limits limits;
	unsigned threads = 1;
	bool replayable = false;              // `image` is a file that a token may name
};

// `path` names the image in tokens.
// Errors    usage: the image does not fit. vacuous: no signal was seen by anybody. environment: an engine.
Result<Judged> judge(const Exercise& exercise, const std::string& path, Image image, const Places& places, const JudgeOptions& options);

}  // namespace siglab::grade
