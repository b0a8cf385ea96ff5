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
	if (!view.truth.landmarks.has({view.before.pc}, Mark::slot_store)) return;
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

}  // namespace

void slot_discipline_on_step(const StepView& view, Violations& violations) {
	if (!view.truth.checks_slot) return;
	the_store(view, violations);
	if (!view.truth.slot) return;
	const uint64_t expected = expected_in_slot(view.ghost);
	const std::optional<uint64_t> value = view.memory.load_word(*view.truth.slot, view.isa.word);
	if (!value || *value == expected) return;
	violations.push_back({{Property::slot_discipline, Kind::value},
	                      expected == 0 ? "an empty slot" : fmt::format("{:#x} in the slot", expected),
	                      fmt::format("{:#x}", *value)});
}

}  // namespace siglab
