// The work of derive(): a breadth-first search with nothing clever in it. Two files share it: derive.cc goes from boundary to boundary,
// events.cc tries what may happen at one.
#pragma once

#include <deque>
#include <map>

#include "verify/derive.h"
#include "verify/handler.h"
#include "verify/memory.h"

namespace siglab::verify {

// A handler under way whose boundaries are states: what its return will be judged by.
struct Opened {
	Signal signal;
	uint32_t state;       // the one that it interrupted, and the way that led out of it
	size_t way;
	State interrupted;
	Thread entered;
	Observed noted;
};
using OpenHandlers = std::vector<std::shared_ptr<const Opened>>;

// A state to go on from.
struct Start {
	State state;
	OpenHandlers open;
	uint32_t boundary = 0, signals = 0;
	uint32_t from = 0;
	size_t over = 0;
};

class Deriver {
   public:
	Deriver(World world, const Claim& claim, Machine& machine, const Guide& guide);
	Result<Derivation> run();

   private:
	// What is known while one run goes on.
	struct Now {
		const Start& start;
		uint32_t state = 0;
		Thread thread;
		Ghost ghost;
	};

	[[nodiscard]] const World& world() const { return all_.world; }
	[[nodiscard]] Derived& state(uint32_t id) { return all_.states[id]; }
	[[nodiscard]] uint32_t count() const { return static_cast<uint32_t>(all_.states.size()); }
	[[nodiscard]] State capture(const Thread& thread, const Ghost& ghost, const OpenHandlers& open) const;
	[[nodiscard]] Hash128 hash_of(const State& now, const OpenHandlers& open);

	Status go_on_from(const Start& start);
	Result<bool> goes_on(Now& now, Course& course, uint32_t first);
	bool arrive(Now& now, uint32_t first);
	void add_state(const Now& now, const Hash128& hash, uint32_t from, size_t over, bool begins);
	void lead(uint32_t from, size_t over, uint32_t to, bool found);
	void broke(uint32_t at, std::optional<size_t> way, Violations violations, std::vector<Broke>& into);
	void finish();
	[[nodiscard]] Status limits() const;

	void end(const Now& now, uint32_t first, const Course& course, const End& how, const Thread& after);
	void end_walk(const Now& now, bool undisturbed, const End& how);
	void end_handler(const Now& now, const Course& course, const End& how, const Thread& after);

	Status try_events(const Now& now);
	bool out_of_reach(const Now& now);
	Status try_signal(const Now& now, size_t way, const Snapshot& before);
	bool states_inside(const Now& now, Signal signal);
	bool enter(const Now& now, Signal signal, size_t way);
	Status pass_through(const Now& now, Signal signal, size_t way, const Snapshot& before, bool may_enter);
	[[nodiscard]] bool below_stack(const Thread& thread) const;
	Start after_jump(const Now& now, const Thread& to, uint32_t signals, size_t way);
	[[nodiscard]] bool ticks_left(const Thread& thread) const;
	void tick(const Now& now);

	const Claim& claim_;
	const Guide& guide_;
	Machine& machine_;
	Memory& memory_;
	const Snapshot base_;
	const size_t columns_;
	Derivation all_;
	std::map<Hash128, uint32_t> known_;
	std::deque<Start> starts_;
	std::vector<Start> found_;        // by the events of the run under way
	std::vector<Broke> at_events_;    //   and what they broke: a search tries them when the run is over
};

}  // namespace siglab::verify
