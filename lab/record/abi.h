// AbiRecord: what the functions of some vDSOs do to the registers that they owe their callers, boundary by boundary.
//
// Models    calls of each exported function on the paths that were explored, and a static view of the code. Addresses are as linked.
// Boundary  i is the state before a call's (i + 1)th instruction: a call of n instructions has n boundaries, 0 .. n - 1 (lab/probe/call.h).
// Rule      nothing that depends on the time or the machine is in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "record/record.h"

namespace siglab {

// A callee-saved register that does not hold the caller's value, and who does meanwhile.
struct AbiAway {
	std::string reg;
	std::string where;                    // "caller's sp - 8", "r3", "nowhere"
	bool operator==(const AbiAway&) const = default;
};

// What is the same at many boundaries.
struct AbiState {
	uint32_t depth = 0;                   // bytes of stack in use
	bool g_dirty = false;
	std::vector<AbiAway> away;
	bool operator==(const AbiState&) const = default;
};

struct AbiStep {
	uint64_t pc = 0;
	uint32_t state = 0;                   // index into AbiPath::states
	uint32_t finds = 0;                   // index into AbiImage::finds
	bool operator==(const AbiStep&) const = default;
};

struct AbiPath {
	std::string function, path;           // "__vdso_clock_gettime", "CLOCK_MONOTONIC, retry"
	std::string end;                      // "returns 0", or what happened instead
	std::string result;                   // the time, or how many bytes
	bool good = false;                    // it returned, with the kernel's own answer, and kept AAPCS
	std::vector<std::string> breaks;      // what AAPCS was not kept in
	uint32_t dirty = 0;                   // boundaries at which the g register is not the caller's
	uint32_t stack = 0;                   // bytes, at the deepest
	uint32_t inside_it = 0;               // boundaries inside Thumb IT blocks
	std::vector<std::string> registers;   // that were away at some boundary
	std::vector<uint32_t> syscalls;       // their numbers
	std::vector<uint32_t> lost;           // by version: boundaries at which it would have lost g
	std::vector<AbiState> states;
	std::vector<AbiStep> steps;           // by boundary
	bool operator==(const AbiPath&) const = default;

	[[nodiscard]] bool dirty_at(const AbiStep& step) const { return states[step.state].g_dirty; }
	[[nodiscard]] std::optional<uint64_t> first_dirty() const;
	[[nodiscard]] std::optional<uint64_t> last_dirty() const;
};

// An instruction that writes a callee-saved register.
struct AbiWrite {
	uint64_t pc = 0;
	std::vector<std::string> registers;
	bool reached = false;                 // some explored path came by
	bool operator==(const AbiWrite&) const = default;
};

struct AbiImage {
	std::string name, isa, g, hash;
	uint32_t size = 0;
	std::string data;                     // where its data pages are, and how it reads them
	std::string tables;                   // the symbol hash tables that it has
	std::vector<std::string> unexplored;  // exported functions that the lab does not know how to call
	std::vector<std::vector<std::string>> finds;  // by AbiStep::finds, then by version: where it takes g from
	std::vector<AbiPath> paths;
	std::vector<AbiWrite> writes;         // ascending
	Code code;                            // of what was reached or writes
	bool operator==(const AbiImage&) const = default;

	[[nodiscard]] const AbiPath* find(const AbiPath& like) const;
};

struct AbiRecord {
	std::vector<std::string> versions;
	std::vector<AbiImage> images;
	bool operator==(const AbiRecord&) const = default;
};

// ok if every path is good; deviation otherwise.
Exit verdict_of(const AbiRecord& record);

std::string print_abi_record(const AbiRecord& record);

}  // namespace siglab
