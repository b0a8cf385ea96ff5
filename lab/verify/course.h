// Course: a run of the guest, one instruction or system call at a time.
//
// Models    next(State, step): every register goes in and comes out with each step, so nothing is kept in the engine between two.
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
	// `handler`: it ends with its rt_sigreturn, else with HYPERCALL_DONE.
	Course(const World& world, Machine& machine, bool handler) : world_(world), machine_(machine), handler_(handler) {}

	// From that boundary to the next, over what the machine's memory holds now. A step that is over leaves `leaving` as the thread was
	// behind its last instruction.
	// Errors    environment: the engine.
	Result<Step> step(const Thread& thread);

	Thread leaving;

   private:
	Step answer(Thread thread);
	[[nodiscard]] End end_of(const kernel::CallResult& call, GuestAddr pc) const;

	const World& world_;
	Machine& machine_;
	const bool handler_;
	std::string last_words_;
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

}  // namespace siglab::verify
