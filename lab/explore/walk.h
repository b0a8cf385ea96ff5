// Walk: the undisturbed run, remembered boundary by boundary.
//
// Boundary i is the state after i retired instructions (a system call is one); its PC is the next instruction. There is one before the
// first instruction and one after each.
#pragma once

#include "explore/course.h"
#include "record/finding.h"

namespace siglab {

class Walk {
   public:
	[[nodiscard]] uint32_t boundaries() const { return static_cast<uint32_t>(steps_.size()); }
	[[nodiscard]] const Cpu& cpu(uint32_t i) const { return steps_[i].cpu; }
	[[nodiscard]] const Ghost& ghost(uint32_t i) const { return ghosts_[steps_[i].ghost]; }
	[[nodiscard]] const Signals& signals(uint32_t i) const { return signals_[steps_[i].signals]; }
	[[nodiscard]] Thread thread(uint32_t i) const { return {cpu(i), signals(i)}; }
	// What the step that led to boundary i wrote.
	[[nodiscard]] std::span<const Write> writes(uint32_t i) const {
		const uint32_t from = i == 0 ? 0 : steps_[i - 1].writes_end;
		return std::span{writes_}.subspan(from, steps_[i].writes_end - from);
	}

	void add(const Moment& moment);

	End end;
	bool entered_vdso = false;

   private:
	struct Step {
		Cpu cpu;
		uint32_t ghost;       // ghosts and kernel state change rarely: kept once for each change
		uint32_t signals;
		uint32_t writes_end;
	};
	std::vector<Step> steps_;
	std::vector<Ghost> ghosts_;
	std::vector<Signals> signals_;
	std::vector<Write> writes_;
};

// Records the walk from the machine's present memory on, judging every step. `findings` gets each verdict once, where it first shows;
// `first` is the boundary number that the walk starts with.
Result<Walk> record_walk(const World& world, Machine& machine, const Thread& thread, const Ghost& ghost, uint32_t first,
                         std::vector<Finding>& findings);

// Appends what the violations say, each verdict once, and marks what follows from an earlier one.
void add_findings(const Violations& violations, uint32_t at, GuestAddr pc, std::optional<uint32_t> boundary,
                  std::vector<Finding>& findings);

}  // namespace siglab
