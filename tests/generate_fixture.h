// What tests of generated vDSOs share: their images, and the tasks they are drawn for.
#pragma once

#include "fuzz/fuzz.h"
#include "lab_fixture.h"

namespace siglab::test {

inline Judge& judge() {
	static Judge shared(store(), nullptr);
	return shared;
}

inline std::vector<ImagePtr> assembled(const Isa& isa, const std::vector<Program>& programs) {
	Result<std::vector<ImagePtr>> images = judge().assemble(isa, programs);
	if (!images) ADD_FAILURE() << images.error().text;
	return images ? *images : std::vector<ImagePtr>(programs.size());
}

inline std::vector<Program> programs(const Isa& isa, uint64_t seed, uint64_t count, Breakage breakage = Breakage::none) {
	std::vector<Program> all;
	for (uint64_t i = 0; i < count; ++i) all.push_back(generate(seed, i, isa, breakage));
	return all;
}

// Everything by the generator's own choice.
inline Draw draw(uint64_t seed, const Selection& selection = {}) {
	Result<Draw> drawn = draw_of(selection);
	if (!drawn) ADD_FAILURE() << drawn.error().text;
	Draw made = drawn ? *drawn : Draw{};
	made.seed = seed;
	return made;
}

inline Selection only(const Isa& isa, std::initializer_list<std::string_view> variants) {
	Selection selection{.isas = {&isa}};
	for (const std::string_view id : variants) selection.guests.push_back({.variant = find_variant(id)});
	return selection;
}

inline FuzzRecord fuzzed(const Draw& draw, uint64_t from, uint64_t count, uint32_t shard = 1, uint32_t of = 1, unsigned threads = 1) {
	Result<FuzzRecord> record = run_fuzz(new_task(draw, from, count, shard, of), {.draw = draw, .threads = threads}, store());
	if (!record) ADD_FAILURE() << record.error().text;
	return record ? *record : FuzzRecord{};
}

}  // namespace siglab::test
