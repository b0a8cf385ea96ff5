// What a property is given to judge, and the list of all of them. One file each; a new one is its file and its line in properties.cc.
//
// A property compares what the guest did with the ghost's truth. It sees values only: no machine, no scenario.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "properties/observed.h"
#include "state/state.h"
#include "state/verdict.h"

namespace siglab {

// How a walk or a handler's run ended. left: the handler jumped out, and nobody will return to what it interrupted.
enum class EndKind : uint8_t { completed, fault, undefined, exited, killed, livelock, refused, bound, left };
struct End {
	EndKind kind = EndKind::completed;
	GuestAddr pc;      // the instruction that faulted, ...
	std::string text;  // in words, unless completed
};

// One step of a walk: the state before an instruction (or system call) and after it.
struct StepView {
	const Isa& isa;
	const Truth& truth;
	GuestAddr retired;                // where the instruction stood; 0: none has, this is the first moment
	const Cpu& after;
	const Ghost& ghost_before;
	const Ghost& ghost;               // after
	std::span<const Write> writes;
	const Memory& memory;             // after
};

// A word of live memory that a handler's run changed.
struct Change {
	GuestAddr at;
	uint64_t before = 0;
	uint64_t after = 0;
};

// One delivery, from the interrupted boundary to what came of it.
struct DeliveryView {
	const Isa& isa;
	const Truth& truth;
	Signal signal;
	const Ghost& ghost;               // of the interrupted boundary
	const Thread& before;             // the interrupted boundary
	const Thread& entered;            // at the handler's first instruction
	const Thread& leaving;            // just before rt_sigreturn; only if completed
	const Thread& after;              // resumed; only if completed. If left: where it jumped to
	const End& end;
	const Observed& observed_before;
	const Observed& observed;
	std::span<const Change> changes;  // live memory, without the observer page
};

// A whole walk from the start to its end.
struct WalkView {
	const Truth& truth;
	const End& end;
	bool entered_vdso = false;
	bool asks_time = false;           // the scenario's function is one that should call the vDSO
};

struct Violation {
	Verdict verdict;
	std::string expected;
	std::string observed;
};
using Violations = std::vector<Violation>;

struct PropertyChecks {
	Property property;
	void (*on_step)(const StepView&, Violations&) = nullptr;
	void (*on_delivery)(const DeliveryView&, Violations&) = nullptr;
	void (*on_end)(const WalkView&, Violations&) = nullptr;
};

// In the order in which they are judged: of two that break at once, the first is named first.
std::span<const PropertyChecks> all_properties();

void check_step(const StepView& view, Violations& violations);
void check_delivery(const DeliveryView& view, Violations& violations);
void check_end(const WalkView& view, Violations& violations);

// What nothing can be said of, because the guest does not declare what it takes, a line each: "slot-discipline: no .slot_store label".
// Empty for versions of the catalogue.
std::vector<std::string> not_applicable(const Truth& truth);

// Whether a violation of `later` follows from one of `earlier` in the same schedule: a wrong g breaks what is done with it.
bool follows(Verdict earlier, Verdict later);

}  // namespace siglab
