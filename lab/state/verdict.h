// The properties and the ways in which each can break: names that catalogues, checks, records and reports share.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace siglab {

enum class Property : uint8_t {
	recovers_g,          // the g that the handler goes on with is the owner of the interrupted code
	transparent_return,  // after rt_sigreturn everything but the observer page and dead stack is as before
	slot_discipline,     // the slot holds g from the store to the clear, 0 elsewhere, and only its owner writes it
	time_correct,        // a call returns a time that the clock held between its entry and its return
	abi,                 // vDSO functions keep AAPCS at their return, trampolines Go's ABI0, sigtramp what its version says
	traceback,           // the profiler is told the return address and SP of the trampoline's caller, or nothing outside a call
	alive,               // no fault, no undefined instruction, no exit, no livelock
	fired,               // every delivery counted was seen by the guest where it claims
	g_in_register,       // from sigFetchG to setg(gsignal) the register holds the fetched g
	vdso_used,           // where the image exports the symbol, the walk goes through it
};
inline constexpr size_t kPropertyCount = 10;

enum class Kind : uint8_t {
	wrong, nil,                         // recovers-g
	registers, memory, slot, vdso_sp, vdso_pc, kernel,  // transparent-return
	value, overwrite, place,            // slot-discipline
	zero, own_sp, pair, no_pc,          // traceback
	bogus,                              // time-correct
	vdso_registers, vdso_memory, trampoline, sigtramp, stack,  // abi
	fault, undefined, exit, killed, livelock, refused,  // alive
	missed, elsewhere,                  // fired
	stale,                              // g-in-register
	unused,                             // vdso-used
};

struct Verdict {
	Property property = Property::alive;
	Kind kind = Kind::fault;
	constexpr auto operator<=>(const Verdict&) const = default;
};

// "recovers-g".
std::string_view property_name(Property property);
// "own-SP".
std::string_view kind_name(Kind kind);
// The letter of the tables: R P S M B T A F G U.
char property_letter(Property property);
// One line in plain words.
std::string_view property_meaning(Property property);

std::optional<Property> parse_property(std::string_view name);

}  // namespace siglab
