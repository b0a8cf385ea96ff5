// Record: the one versioned file that every report, page, notebook and test reads. docs/record.md has the schema.
//
// Models    what was run, what came of it, and the disassembly and source lines that it is told with.
// Rule      nothing that depends on the time, the machine or the number of threads is in it: two runs are byte-identical.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "record/closed_set.h"
#include "record/film.h"
#include "record/finding.h"

namespace siglab {

inline constexpr std::string_view kRecordVersion = "siglab-record-3";

struct ViolationRecord {
	Verdict verdict;
	std::optional<uint32_t> boundary;  // of the delivery; none: it breaks without a signal
	uint32_t at = 0;                   // the boundary at which it shows
	uint64_t pc = 0;
	std::string symbol;
	std::string expected;
	std::string observed;
	bool cause = true;
	std::vector<uint32_t> window;      // boundaries at which the last event of some schedule shows it; empty: at `boundary` alone
	std::string token;                 // replays it
	bool operator==(const ViolationRecord&) const = default;
};

// One instruction of one image, as somebody stood before it.
struct CodeLine {
	std::string symbol;                // "runtime.nanotime1+0x10"
	std::string text;                  // disassembled
	uint32_t line = 0;                 // of our source; 0: none
	std::string source;                //   that line, with its comment if it has one
	bool operator==(const CodeLine&) const = default;
};
using Code = std::map<uint64_t, CodeLine>;  // by guest address

// A walk, shared by the runs that differ in the signal only.
struct WalkRecord {
	std::string code;                  // key into Record::code
	std::vector<uint64_t> pc;          // by boundary
	std::vector<uint32_t> inside_it;   // boundaries inside a Thumb IT block
	std::string inside_it_by;          // the engine that stopped at these; empty: there are none, or the engine could not
	std::vector<uint32_t> dirty;       // boundaries at which the g register does not hold the owner's g
	bool operator==(const WalkRecord&) const = default;
};

struct RunRecord {
	std::string isa, variant, function, caller, vdso, world, signal;
	uint32_t calls = 1;
	uint32_t walk = 0;                 // index into Record::walks
	std::string budget = "1";          // signals in one schedule: a number, or "any"
	uint32_t nesting = 1, ticks = 0;   // the budget's
	uint32_t boundaries = 0, states = 0, bytes = 0, injections = 0, fired = 0, masked = 0;
	// bytes: that the states, and those still to go on from, took at the end. states is 0 for one signal at each boundary
	std::vector<uint32_t> not_injected;  // boundaries of the walk at which nothing was tried: inside an IT block, where the engine cannot stop
	bool nested = false;               // some handler was interrupted
	bool nesting_cut = false;          // one could have been interrupted deeper than asked
	[[nodiscard]] bool nests_until_overflow() const { return nesting == kUntilOverflow; }
	std::string outcome;
	std::string left;                  // what was not looked at; empty if exhausted
	bool catalogued = true;            // the catalogue says what it must show; false: a user's file
	bool relaxed = false;              // what if: an assumption of Go's is not kept, and nothing is expected
	std::vector<std::string> not_applicable;  // properties that the user's guest is not judged for, and what it does not declare
	std::vector<ViolationRecord> violations;
	std::vector<std::string> deviations;  // from the catalogue; of a user's file, of the labels from the walk. Each in a line
	bool operator==(const RunRecord&) const = default;
};

// A bug of the museum on one ISA: a run that must show it, and one that must not.
struct ExhibitRecord {
	std::string id, title, what, so;
	Verdict verdict;
	uint32_t fails = 0, holds = 0;     // indices into Record::runs
	bool operator==(const ExhibitRecord&) const = default;
};

struct Record {
	std::string command = "sweep";
	std::string outcome = "exhausted";
	std::map<std::string, Code> code;
	std::vector<WalkRecord> walks;
	std::vector<ClosedSet> closed;     // what was looked at from each walk, in their order
	std::vector<RunRecord> runs;
	std::vector<ExhibitRecord> exhibits;
	FilmRecord film;                   // empty unless it was asked for
	bool operator==(const Record&) const = default;
};

struct Totals {
	uint64_t runs = 0, injections = 0, fired = 0, masked = 0, violations = 0, deviations = 0, violated_runs = 0;
};
Totals totals(const Record& record);

// The run that must show the bug does, and the other one was exhausted without it.
bool is_as_stated(const Record& record, const ExhibitRecord& exhibit);

// What the record means for the exit code: deviation, inconclusive, vacuous, interrupted or ok.
Exit verdict_of(const Record& record);

// JSON text, ending in a newline; its last member is the hash of everything before it. Bytes that are no UTF-8 become U+FFFD.
std::string print_record(const Record& record);
// As the record's member of that name.
std::string print_film(const FilmRecord& film);
// What print_record ends with, for who makes such a text by hand: the body, its hash, the closing brace.
std::string sealed(std::string body);

// Errors    usage: not JSON, another version, a member that is missing, unknown, doubled, of the wrong type or out of range, a hash that
//           does not fit.
Result<Record> parse_record(std::string_view text);

}  // namespace siglab
