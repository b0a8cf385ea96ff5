// Deliberate faults of the kernel model, for tests that must catch them. A run of the lab has none.
//
// How       the model calls spoil<&Spoil::SEAM>() at a few seams, each with what it has just worked out. A fault is one entry of a table:
//           its name, and a function at one seam that makes the result wrong. So the model reads as if there were no faults, and without one
//           a seam costs a test of a bit set.
// Caught    docs/mutants.md has the table: each fault, and what catches it.
#pragma once

#include <string_view>

#include "kernel_model/deliver.h"
#include "kernel_model/frame.h"

namespace siglab::kernel {

// The seams. Every function may be null; it is called after the fact, with what was before where that is needed.
struct Spoil {
	Fault fault;
	std::string_view name;
	std::string_view meaning;            // what the kernel then does wrong
	bool (*exists)(const Isa& isa) = [](const Isa&) { return true; };

	void (*chosen)(const Signals& signals, uint8_t& number) = nullptr;                       // the next signal
	void (*taken)(Signals& signals, uint8_t number) = nullptr;                               // it is not pending any more
	void (*settled)(const Cpu& before, Cpu& cpu) = nullptr;                                  // an interrupted call, made again or not
	void (*placed)(const Isa& isa, const Thread& thread, GuestAddr& at) = nullptr;           // the frame
	void (*framed)(const Isa& isa, Cpu& cpu, Frame& frame) = nullptr;                        // before it is written
	void (*written)(const Isa& isa, GuestAddr at, Memory& memory) = nullptr;                 // to memory
	void (*entered)(const Isa& isa, const Cpu& interrupted, Cpu& cpu) = nullptr;             // the handler
	void (*delivered)(const Signals& before, uint8_t number, const Action& action, Signals& signals) = nullptr;  // masks and stacks, for the handler
	void (*returning)(const Isa& isa, uint64_t& sp) = nullptr;                               // rt_sigreturn, before any check
	void (*read)(const Isa& isa, uint64_t& flags) = nullptr;                                 // its frame's, before they are looked at
	void (*returned)(const Isa& isa, const Thread& before, Thread& thread) = nullptr;        // before pending signals are looked at
	void (*answered)(const Isa& isa, const Thread& before, Thread& thread, Memory& memory) = nullptr;  // any other system call
	void (*ticked)(const Config& config, const Clock& before, Memory& memory) = nullptr;
};

std::span<const Spoil> all_faults();
inline const Spoil& spoil_of(Fault fault) { return all_faults()[static_cast<size_t>(fault)]; }

template <auto Seam, class... Arguments>
void spoil(const Config& config, Arguments&&... arguments) {
	if (config.faults.none()) return;
	for (const Spoil& row : all_faults()) {
		if (row.*Seam != nullptr && config.faults.test(static_cast<size_t>(row.fault))) (row.*Seam)(arguments...);
	}
}

// What was before, for a seam that wants it; nothing is copied where there is no fault.
template <class T>
std::optional<T> before(const Config& config, const T& value) {
	return config.faults.any() ? std::optional{value} : std::nullopt;
}

}  // namespace siglab::kernel
