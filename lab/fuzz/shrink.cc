#include "fuzz/shrink.h"

namespace siglab {
namespace {

// As many as one run of the assembler is worth: most of the first ones fail or succeed quickly.
constexpr size_t kAtOnce = 12;

class Shrinker {
   public:
	Shrinker(Judge& judge, const Draw& draw, const Program& program, Judgement first, uint32_t most)
		: judge_(judge), draw_(draw), most_(most), same_(sameness(first)), scenario_(first.scenario), small_{program, std::move(first)} {}

	Result<Small> run() {
		for (;;) {
			Result<bool> smaller = step();
			if (!smaller) return smaller.error();
			if (!*smaller) return std::move(small_);
		}
	}

   private:
	// Replaces the program by a smaller one. False: there is none.
	Result<bool> step() {
		const std::vector<Program> candidates = smaller(small_.program);
		for (size_t from = 0; from < candidates.size() && small_.tried < most_; from += kAtOnce) {
			const std::span<const Program> some = std::span{candidates}.subspan(from, std::min(kAtOnce, candidates.size() - from));
			Result<bool> found = first_of(some);
			if (!found || *found) return found;
		}
		return false;
	}

	Result<bool> first_of(std::span<const Program> candidates) {
		Result<std::vector<ImagePtr>> images = judge_.assemble(*scenario_.isa, candidates);
		if (!images) return images.error();
		for (size_t i = 0; i < candidates.size(); ++i) {
			++small_.tried;
			Result<Judgement> judgement = judge_.judge(draw_, scenario_, (*images)[i], std::array{same_.found_by});
			if (!judgement) return judgement.error();
			if (!same_.shown_by(*judgement)) continue;
			small_.program = candidates[i];
			small_.judgement = *std::move(judgement);
			return true;
		}
		return false;
	}

	Judge& judge_;
	const Draw& draw_;
	const uint32_t most_;
	const Sameness same_;
	const Scenario scenario_;
	Small small_;
};

}  // namespace

bool Sameness::shown_by(const Judgement& judgement) const {
	const auto same = [&](const Deviation& deviation) { return deviation.what == what && deviation.verdict == verdict; };
	return judgement.found_by == found_by && std::any_of(judgement.deviations.begin(), judgement.deviations.end(), same);
}

Sameness sameness(const Judgement& judgement) {
	const Deviation& first = judgement.deviations.front();
	return {first.what, first.verdict, judgement.found_by};
}

Result<Small> shrink(Judge& judge, const Draw& draw, const Program& program, Judgement first, uint32_t most) {
	return Shrinker(judge, draw, program, std::move(first), most).run();
}

}  // namespace siglab
