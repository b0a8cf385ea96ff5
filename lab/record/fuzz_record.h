// FuzzRecord: what a run of generated vDSOs did: which it was to try, how far it came, what it counted, what it found.
//
// Models    one shard, or the union of all. It is also what a run goes on from: nothing in it depends on the time, the machine or the number of
//           threads, so that a run that was stopped and went on writes the same bytes as one that was not.
// Follows   docs/fuzz.md, which has the members.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace siglab {

inline constexpr std::string_view kFuzzRecordVersion = "siglab-fuzz-1";

// One generated vDSO that does not do as the catalogue says, made as small as it gets.
struct FuzzFind {
	uint64_t index = 0;
	std::string isa, variant;
	std::string scenario;          // of the first run that deviates
	std::string signals;           // "PROF", "USR1+PROF+URG"
	std::string budget;            // "1", "any"
	std::string deviation;         // the first, in a line
	std::string fault;             // whose it is: "the vDSO's", if the first thing that breaks is its own contract
	uint32_t deviations = 0;       // of that run
	uint32_t versions = 0;         // that deviate
	uint32_t pieces = 0;           // of the program
	uint32_t pieces_left = 0;      // after shrinking
	std::string small;             // the deviation that the small one shows
	std::string file;              // in the run's folder; empty: there is none
	std::string token;             // replays it, in the run's folder; empty: no schedule shows it
	bool operator==(const FuzzFind&) const = default;
};

struct FuzzShard {
	uint32_t number = 1, of = 1;   // it takes the indices with (index - from) % of == number - 1
	uint64_t next = 0;             // the first index that it has not tried; `to` if it is done
	bool operator==(const FuzzShard&) const = default;
};

struct FuzzRecord {
	// What is to be done. Two runs with the same of all this do the same.
	uint64_t seed = 1;
	uint64_t from = 0, to = 0;                       // indices
	std::map<std::string, std::vector<std::string>> axes;
	std::string breakage = "none";
	uint32_t explore = 1;                            // every n-th is explored; 0: none
	uint32_t ticks = 0;

	std::string outcome = "complete";                // time-limit, interrupted
	std::vector<FuzzShard> shards;
	std::map<std::string, std::map<std::string, uint64_t>> tallies;  // "arm64", "arm64 v0" -> what was counted -> how often
	uint64_t digest = 0;                             // of all results, in any order
	std::vector<std::string> left;                   // searches that came to a bound
	std::vector<FuzzFind> finds;                     // by index, then ISA
	bool operator==(const FuzzRecord&) const = default;
};

// Whether all of it has been tried.
bool is_complete(const FuzzRecord& record);
// Whether both are of the same task, shards aside.
bool same_task(const FuzzRecord& a, const FuzzRecord& b);
// deviation, inconclusive, vacuous (nothing was tried), interrupted or ok.
Exit verdict_of(const FuzzRecord& record);

// All shards of one task as one record; of a single one it is itself.
// Errors    usage: records of different tasks, a shard that stands there twice. vacuous: a shard is missing or not done.
Result<FuzzRecord> union_of(const std::vector<FuzzRecord>& records);

std::string print_fuzz_record(const FuzzRecord& record);
// Errors    usage: not JSON, another version, a member that is missing or of the wrong type, no shard or one that cannot be.
Result<FuzzRecord> parse_fuzz_record(std::string_view text);

}  // namespace siglab
