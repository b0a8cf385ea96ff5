// A small record by hand: one ISA, two versions, two vDSOs, a walk of six boundaries whose third and fourth are dirty.
#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "record/closed_rules.h"

namespace siglab::test {

inline ViolationRecord broken(Property property, Kind kind, std::optional<uint32_t> boundary, bool cause = true) {
	const uint32_t at = boundary.value_or(5);
	return {.verdict = {property, kind}, .boundary = boundary, .at = at, .pc = 0x1000 + 4 * at,
	        .symbol = fmt::format("clock_gettime+{:#x}", 4 * at), .expected = "g = 0xc000001000", .observed = "g = 0x2a, \"dirty\"",
	        .cause = cause,
	        .token = fmt::format("siglab2:0123456789abcdef.00000000:arm64:{}", boundary ? fmt::format("USR1@{}", *boundary) : "-")};
}

inline RunRecord run_of(std::string variant, std::string vdso, uint32_t walk) {
	return {.isa = "arm64", .variant = std::move(variant), .function = "nanotime1", .caller = "curg", .vdso = std::move(vdso),
	        .world = "go", .signal = "USR1", .walk = walk, .boundaries = 6, .injections = 6, .fired = 6, .outcome = "exhausted"};
}

inline WalkRecord walk_of(std::string code, bool dirty) {
	return {.code = std::move(code), .pc = {0x1000, 0x1004, 0x1008, 0x100c, 0x1010, 0x1014},
	        .dirty = dirty ? std::vector<uint32_t>{2, 3} : std::vector<uint32_t>{}};
}

inline Code small_code() {
	Code code;
	for (uint32_t i = 0; i < 6; ++i) {
		code[0x1000 + 4 * i] = {.symbol = fmt::format("clock_gettime+{:#x}", 4 * i), .text = fmt::format("mov\tx{}, x28", i),
		                        .line = 10 + i, .source = fmt::format("mov\tx{}, x28  // step {}", i, i)};
	}
	code[0x1014] = {.symbol = "lab.call+0x8", .text = "svc\t#0"};
	return code;
}

// A set whose every state leads to the next, and every delivery back to where it came; `more` states behind those of the walk. Deliveries
// come at the first `injections` states, and of these the guest sees `fired`; at all others they are masked.
inline ClosedSet closed_of(const RunRecord& run, uint32_t more = 0) {
	ClosedSet set{.search = search_of(run), .images = 0x1234, .start = {.high = 5, .low = 6}, .signals = run.signal};
	const auto signals = static_cast<uint32_t>(1 + std::count(run.signal.begin(), run.signal.end(), '+'));
	uint32_t made = 0;
	for (uint32_t i = 0; i < run.boundaries + more; ++i) {
		ClosedState& state = set.states.emplace_back(ClosedState{{.high = i, .low = ~uint64_t{i}}, {}});
		const bool last = i + 1 == run.boundaries + more;
		state.ways.push_back(last ? Way{.leads = Leads::ends} : Way{.leads = Leads::to, .to = i + 1, .found = true});
		for (uint32_t signal = 0; signal < signals; ++signal, ++made) {
			if (made >= run.injections) state.ways.push_back({.leads = Leads::masked});
			if (made < run.injections) state.ways.push_back({.leads = Leads::to, .to = i, .missed = made >= run.fired});
		}
		if (run.ticks != 0) state.ways.emplace_back();
	}
	set.digest = digest_of(set);
	return set;
}

// Their closed sets, made to fit the runs.
inline void close(Record& record) {
	record.closed.assign(record.walks.size(), {});
	for (const RunRecord& run : record.runs) record.closed[run.walk] = closed_of(run, run.states == 0 ? 0 : run.states - run.boundaries);
}

// v0 loses g where clobber-g is dirty; v1 holds.
inline Record small_record() {
	Record record;
	record.code["clobber-g"] = small_code();
	record.code["clean"] = small_code();
	uint32_t walk = 0;
	for (const char* variant : {"v0", "v1"}) {
		for (const char* vdso : {"clean", "clobber-g"}) {
			record.walks.push_back(walk_of(vdso, std::string_view{vdso} == "clobber-g"));
			record.runs.push_back(run_of(variant, vdso, walk++));
		}
	}
	for (const uint32_t boundary : {2u, 3u}) {
		record.runs[1].violations.push_back(broken(Property::recovers_g, Kind::wrong, boundary));
		record.runs[1].violations.push_back(broken(Property::alive, Kind::fault, boundary, false));
	}
	close(record);
	return record;
}

}  // namespace siglab::test
