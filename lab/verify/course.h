// Course: a run of the guest, one instruction or system call at a time.
//
// Models    next(State, step): every register goes in and comes out with each step, so nothing is kept in the engine between two.
// But       from an exclusive load the engine is run on for a few instructions, and what came is remembered: a stop would lose its mark, as
//           a signal does. Thumb's IT blocks are refused on Unicorn: told to stop there, it may store more than it should have.
// Does not  judge, or remember where it was.
#pragma once

#include "properties/property.h"
#include "world/world.h"

namespace siglab::verify {

// A run longer than this is given up.
inline constexpr uint32_t kMaxSteps = 400'000;

struct Step {
	bool over = false;
	End end;                     // if it is over
	Thread thread;               // the next boundary's; of a handler that returned: the resumed code's
	std::vector<Write> writes;   // what the instruction, or the kernel, wrote
};

class Course {
   public:
	// `handler`: it ends with its rt_sigreturn, or where it jumps out; else with HYPERCALL_DONE.
	Course(const World& world, Machine& machine, bool handler) : world_(world), machine_(machine), handler_(handler) {}

	// From that boundary to the next. Memory is as the last step left it: whoever has changed it since has put it back. A step that is over
	// leaves `leaving` as the thread was behind its last instruction.
	// Errors    environment: the engine, or one that cannot stop where the run goes.
	Result<Step> step(const Thread& thread);

	Thread leaving;

   private:
	// A step that the engine had to make together with the one before it, and memory as it left it.
	struct Ahead {
		Step step;
		std::optional<Snapshot> memory;
	};
	Status run_on(const Thread& thread);
	[[nodiscard]] bool goes_on(const Cpu& cpu);
	Step take();
	Step last(const Thread& thread, const Stop& stop);
	Step answer(Thread thread);
	[[nodiscard]] End end_of(const kernel::CallResult& call, GuestAddr pc) const;

	const World& world_;
	Machine& machine_;
	const bool handler_;
	std::string last_words_;
	std::vector<Ahead> ahead_;       // in the order in which they came
	uint32_t exclusive_ = 0;         // instructions for which the mark of an exclusive load is still wanted
};

// A whole state that comes again never ends: memory and all. Which of the states of a loop is named is settled so: the one at step 512 is
// remembered, then that at 1024, 2048, ...; the first that equals the remembered one.
class Loop {
   public:
	bool closes(const Thread& thread, const Memory& memory);

   private:
	uint64_t steps_ = 0;
	uint64_t remember_at_ = 512;
	std::optional<std::pair<Thread, Snapshot>> remembered_;
};

End runs_for_ever(const World& world, GuestAddr pc);
End too_many_calls(GuestAddr pc);

}  // namespace siglab::verify
