// The tables of a report: versions down, something else across, and in each cell what became of all runs that belong there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "record/record.h"

namespace siglab {

// The worst thing in a cell; it decides the colour.
enum class Grade : uint8_t { absent, silent, holds, breaks, loses_g, vdso };

struct Cell {
	uint32_t runs = 0;
	uint32_t failing = 0;      // boundaries of the walks at which a signal breaks something; all of a walk that breaks without one
	uint32_t boundaries = 0;   // of all walks
	uint64_t fired = 0;
	uint64_t masked = 0;
	uint32_t broken = 0;       // a bit for each Property
	bool vdso_abi = false;     // the vDSO itself breaks its contract
	bool unfinished = false;   // not every run was exhausted
	bool not_injected = false; // the engine could not stop at some boundaries
	bool deviates = false;     // from the catalogue; of a user's file, the labels from the walk
	uint32_t walk = 0;         // of the first run; index into Record::walks
};

Grade grade(const Cell& cell);
// "24/61", "holds", "masked", "-" (not run); with "*" if boundaries were not injected, "?" if unfinished and "!" if it deviates.
std::string count_text(const Cell& cell);
// "RA": what loses g comes first, or the vDSO's own fault.
std::string letters(const Cell& cell);

struct Table {
	std::string title;
	std::vector<std::string> rows;     // versions
	std::vector<std::string> columns;
	std::vector<std::vector<Cell>> cells;
};

// For each ISA: vDSOs across, for one function, caller and world (nanotime1, curg and go if the record has them). Then, where there is more
// than one: worlds across, and functions with their callers across.
std::vector<Table> tables(const Record& record);

// The properties in the order of a cell's letters.
std::vector<Property> letter_order();

// The finding to tell first: of those that lose g to a wrong one, then that lose g, then of any cause; the earliest.
struct FindingRef {
	const RunRecord* run = nullptr;
	const ViolationRecord* violation = nullptr;
};
FindingRef first_finding(const Record& record);

// What guests of the user's own are not judged for, once for each: "@FILE.S: slot-discipline: no .slot_store label".
std::vector<std::string> not_applicable(const Record& record);

// "SIGPROF at boundary 17", or "without a signal".
std::string when_text(const RunRecord& run, const ViolationRecord& violation);
// "arm64 v0 nanotime1 curg clobber-g go".
std::string run_text(const RunRecord& run);

}  // namespace siglab
