// A reel before it is cut: what each step of one run changed, as numbers.
//
// Models    registers, the kernel's state and the true g as differences; memory as the words that were written, aligned, as they are now.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "world/world.h"

namespace siglab {

// Places: general registers by number, then these, then FP/SIMD; behind all registers the kernel's state and the ghost's.
using Place = uint32_t;
enum : Place { kPlaceSp = 31, kPlacePc, kPlaceFlags, kPlaceTls, kPlaceFpsr, kPlaceFpcr, kPlaceVec, kRegisters = kPlaceVec + 64 };
inline constexpr Place kPlaceOwner = kRegisters + 7;
inline constexpr Place kPlaces = kPlaceOwner + 1;

// The names by place; where there is nothing the name is empty.
std::vector<std::string> names_by_place(const Isa& isa);
// All registers as a film lists them.
std::vector<std::string> film_registers(const Isa& isa);

using Registers = std::array<uint64_t, kRegisters>;
Registers registers_of(const Cpu& cpu);

enum class Verb : uint8_t { none, take, pend, tick, back, leave };

struct RawStep {
	Verb verb = Verb::none;
	std::optional<Signal> signal;   // take, pend
	uint64_t pc = 0;                // the next instruction
	uint32_t values_end = 0;        // in Raw::places, values
	uint32_t words_end = 0;         // in Raw::words
};

struct Word {
	uint64_t at = 0;
	uint64_t value = 0;
};

// What is told beside the registers: the kernel's state, and the ghost's owner.
using Besides = std::array<uint64_t, kPlaces - kRegisters>;
Besides besides_of(const Signals& signals, uint64_t owner);

// One step. `writes` name words of `memory`, which is as it is afterwards. At a return `before` is the code that was interrupted: only
// what it does not get back is told.
struct ShownStep {
	Verb verb = Verb::none;
	std::optional<Signal> signal;
	const Cpu& before;
	const Cpu& after;
	const Besides& was;
	const Besides& is;
	std::span<const Write> writes;
	const Memory& memory;
};

struct Raw {
	std::vector<RawStep> steps;
	std::vector<Place> places;      // what changed, with `values`, rising within a step
	std::vector<uint64_t> values;
	std::vector<Word> words;

	void add(uint8_t word, const ShownStep& shown);
	// Everything, as a first step.
	void start(const Cpu& cpu, const Besides& is);
};

}  // namespace siglab
