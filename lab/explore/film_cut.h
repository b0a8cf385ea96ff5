// The cut: reels as the texts of their steps, each text kept once; and handler runs that go the same way told in the same words.
//
// Words     what handlers do at two boundaries differs in the registers that they find. So each value is written, where that is true of all
//           runs of one way, as the same text: the number, the register of the interrupted code that holds it, or what its PC makes with
//           another register. Only where no text is true of all, some runs get another one.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "explore/film_raw.h"

namespace siglab {

class StepTable {
   public:
	explicit StepTable(const Isa& isa) : isa_(isa), names_(names_by_place(isa)) {}

	// The numbers of its steps, with numbers for values.
	std::vector<uint32_t> plain(const Raw& raw);

	// A handler's run, and the registers that it interrupted and was entered with.
	struct Run {
		const Raw* raw;
		Registers interrupted;
	};
	// The numbers of each run's steps.
	std::vector<std::vector<uint32_t>> alike(const std::vector<Run>& runs);

	[[nodiscard]] std::vector<std::string> take() { return std::move(steps_); }
	[[nodiscard]] const Isa& isa() const { return isa_; }
	[[nodiscard]] const std::string& name(Place place) const { return names_[place]; }

	uint32_t number(std::string text);

   private:
	const Isa& isa_;
	const std::vector<std::string> names_;
	std::unordered_map<std::string, uint32_t> known_;
	std::vector<std::string> steps_;
};

}  // namespace siglab
