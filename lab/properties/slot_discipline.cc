#include <fmt/format.h>

#include "properties/checks.h"

namespace siglab {
namespace {

// The g that the slot must hold: of the innermost open call that has filled it and not cleared it.
uint64_t expected_in_slot(const Ghost& ghost) {
	for (size_t i = std::min<size_t>(ghost.depth, Ghost::kMaxDepth); i > 0; --i) {
		if (ghost.calls[i - 1].slot_set) return ghost.calls[i - 1].owner;
	}
	return 0;
}

size_t fillers(const Ghost& ghost) {
	size_t count = 0;
	for (size_t i = 0; i < std::min<size_t>(ghost.depth, Ghost::kMaxDepth); ++i) count += ghost.calls[i].slot_set ? 1 : 0;
	return count;
}

void the_store(const StepView& view, Violations& violations) {
	if (!view.truth.landmarks.has(view.retired, Mark::slot_store)) return;
	bool into_the_slot = false;
	for (const Write& write : view.writes) {
		into_the_slot = into_the_slot || write.at == view.truth.slot;
		if (write.at == view.truth.slot) continue;
		violations.push_back({{Property::slot_discipline, Kind::place}, "g is stored at the bottom of this m's live Go signal stack",
		                      fmt::format("stored at {:#x}", write.at.value)});
	}
	if (!into_the_slot || fillers(view.ghost) < 2 || fillers(view.ghost_before) == fillers(view.ghost)) return;
	violations.push_back({{Property::slot_discipline, Kind::overwrite},
	                      fmt::format("the slot is kept for g = {:#x}", expected_in_slot(view.ghost_before)),
	                      fmt::format("g = {:#x} stores its own", view.ghost.owner)});
}

// From `begin` to `end` lies something that is not the slot, and reaches it.
bool reaches_slot(const Truth& truth, const Isa& isa, uint64_t begin, uint64_t end) {
	return begin < truth.slot->value + isa.word && end > truth.slot->value;
}

void overwritten(const Truth& truth, std::string observed, Violations& violations) {
	violations.push_back({{Property::slot_discipline, Kind::overwrite},
	                      fmt::format("every frame on the signal stack ends above the slot at {:#x}", truth.slot->value),
	                      std::move(observed)});
}

// A store that is neither a trampoline's own nor its clear, and still gets there: the stack has run down to the slot.
void runs_over(const StepView& view, Violations& violations) {
	const Landmarks::Set* marks = view.truth.landmarks.at(view.retired);
	const auto marked = [&](Mark mark) { return marks != nullptr && marks->test(static_cast<size_t>(mark)); };
	if (marked(Mark::slot_store) || marked(Mark::slot_clear)) return;
	for (const Write& write : view.writes) {
		const uint64_t begin = write.at.value, end = begin + write.size;
		if (!reaches_slot(view.truth, view.isa, begin, end)) continue;
		std::string observed = fmt::format("{} bytes are stored at {:#x}, through the slot, with sp {:#x}", write.size, begin, view.after.sp);
		overwritten(view.truth, std::move(observed), violations);
	}
}

}  // namespace

void slot_discipline_on_step(const StepView& view, Violations& violations) {
	if (!view.truth.checks_slot) return;
	the_store(view, violations);
	if (!view.truth.slot) return;
	runs_over(view, violations);
	const uint64_t expected = expected_in_slot(view.ghost);
	const std::optional<uint64_t> value = view.memory.load_word(*view.truth.slot, view.isa.word);
	if (!value || *value == expected) return;
	violations.push_back({{Property::slot_discipline, Kind::value},
	                      expected == 0 ? "an empty slot" : fmt::format("{:#x} in the slot", expected),
	                      fmt::format("{:#x}", *value)});
}

// The kernel does not ask what lies where it puts a frame.
void slot_discipline_on_delivery(const DeliveryView& view, Violations& violations) {
	if (!view.truth.checks_slot || !view.truth.slot || view.entered.cpu.sp == view.before.cpu.sp) return;
	const uint64_t begin = view.entered.cpu.sp;
	const uint64_t end = begin + view.isa.frame_size + view.isa.frame_record_size;
	if (!reaches_slot(view.truth, view.isa, begin, end)) return;
	const uint64_t below = view.truth.slot->value - std::min(begin, view.truth.slot->value);
	overwritten(view.truth, fmt::format("SIG{}'s frame is at {:#x} .. {:#x}: through the slot, and {} bytes below it",
	                                    signal_name(view.signal), begin, end - 1, below), violations);
}

}  // namespace siglab
