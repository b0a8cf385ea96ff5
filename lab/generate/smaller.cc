// Smaller programs: what a shrinker tries. A program whose pieces were dropped is a program.
#include <utility>

#include "generate/generate.h"

namespace siglab {
namespace {

// Frames and flags count less than pieces, and numbers less than those.
constexpr uint64_t kPiece = 1 << 20, kFlag = 1 << 14;

uint64_t weight_of(const std::vector<Piece>& pieces) {
	uint64_t sum = 0;
	for (const Piece& piece : pieces) sum += kPiece + piece.amount + weight_of(piece.inside);
	return sum;
}

uint64_t weight_of(const Frame& frame) {
	return kFlag * (uint64_t{frame.frame_pointer} + frame.saved_vec + frame.saved + (frame.shape != 1 ? 1 : 0) + (frame.saves_g ? 0 : 1)) + frame.locals +
	       (frame.order != 0 ? 1 : 0);
}

// Collects programs that differ from one in one place.
class Variations {
   public:
	explicit Variations(const Program& program) : program_(program), now_(program) {}

	std::vector<Program> all() {
		for (auto& phase : now_.phases) drop_all(phase);
		for (auto& phase : now_.phases) vary(phase);
		for (size_t i = now_.helpers.size(); i-- > 0;) {
			if (i + 1 == now_.helpers.size()) without(now_.helpers.back());
			vary(now_.helpers[i].body);
			vary(now_.helpers[i].frame);
		}
		vary(now_.frame);
		for (bool Program::*flag : {&Program::compact, &Program::helpers_first, &Program::second_early, &Program::two_exits, &Program::early_way_out}) {
			try_value(now_.*flag, false);
		}
		try_value(now_.entry_pad, uint16_t{0});
		try_value(now_.helper_pad, uint16_t{0});
		try_value(now_.registers, 0u);
		return std::move(made_);
	}

   private:
	void keep() {
		if (weight(now_) < weight(program_)) made_.push_back(now_);
	}

	template <class T>
	void try_value(T& place, T value) {
		if (place == value) return;
		const T was = std::exchange(place, std::move(value));
		keep();
		place = was;
	}

	void drop_all(std::vector<Piece>& pieces) {
		if (pieces.size() > 1) try_value(pieces, {});
	}

	// The last helper: others keep their numbers.
	void without(const Helper&) {
		Helper last = std::move(now_.helpers.back());
		now_.helpers.pop_back();
		keep();
		now_.helpers.push_back(std::move(last));
	}

	void vary(std::vector<Piece>& pieces) {
		for (size_t i = 0; i < pieces.size(); ++i) {
			Piece was = std::move(pieces[i]);
			pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(i));
			keep();
			// What is inside it, without it.
			if (!was.inside.empty()) {
				pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(i), was.inside.begin(), was.inside.end());
				keep();
				pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(i), pieces.begin() + static_cast<std::ptrdiff_t>(i + was.inside.size()));
			}
			pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(i), std::move(was));
			if (pieces[i].amount > 1) {
				try_value(pieces[i].amount, 1u);
				try_value(pieces[i].amount, pieces[i].amount / 2);
			}
			vary(pieces[i].inside);
		}
	}

	void vary(Frame& frame) {
		try_value(frame, Frame{.shape = 1});
		try_value(frame.saved_vec, uint8_t{0});
		try_value(frame.saved, uint8_t{0});
		if (frame.saved > 1) try_value(frame.saved, static_cast<uint8_t>(frame.saved - 1));
		try_value(frame.locals, uint16_t{0});
		try_value(frame.frame_pointer, false);
		try_value(frame.saves_g, true);
		try_value(frame.shape, uint8_t{1});
		try_value(frame.order, 0u);
	}

	const Program& program_;
	Program now_;
	std::vector<Program> made_;
};

}  // namespace

uint64_t weight(const Program& program) {
	uint64_t sum = weight_of(program.frame) + program.entry_pad + program.helper_pad + (program.registers != 0 ? 1 : 0);
	for (const std::vector<Piece>& phase : program.phases) sum += weight_of(phase);
	for (const Helper& helper : program.helpers) sum += kPiece / 2 + weight_of(helper.frame) + weight_of(helper.body);
	for (const bool flag : {program.compact, program.helpers_first, program.second_early, program.two_exits, program.early_way_out}) sum += flag ? kFlag : 0;
	return sum;
}

std::vector<Program> smaller(const Program& program) { return Variations(program).all(); }

}  // namespace siglab
