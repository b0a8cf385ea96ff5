#include "isa/isa.h"

#include <array>
#include <cassert>

#include "isa/isa_set.h"

namespace siglab {

std::span<const Isa* const> all_isas() {
	static constexpr std::array<const Isa*, kIsaCount> kAll = {&kArm64, &kArm};
	static_assert(kAll.back() != nullptr);
	return kAll;
}

const Isa* find_isa(std::string_view name) {
	for (const Isa* isa : all_isas()) {
		if (isa->name == name) return isa;
	}
	return nullptr;
}

uint16_t frame_offset(const Isa& isa, FrameField field, uint8_t reg) {
	for (const FrameRow& row : isa.frame_rows) {
		const bool covers = reg >= row.first && reg < row.first + row.count;
		if (row.field == field && (covers || (row.count == 1 && reg == 0))) {
			return static_cast<uint16_t>(row.offset + (reg > row.first ? (reg - row.first) * row.width : 0));
		}
	}
	assert(false && "no such row");
	return 0;
}

std::vector<std::string> isa_names(IsaSet set) {
	std::vector<std::string> names;
	for (const Isa* isa : all_isas()) {
		if (set.on(*isa)) names.emplace_back(isa->name);
	}
	return names;
}

std::string_view gpr_name(const Isa& isa, uint8_t number) { return number < isa.gpr_names.size() ? isa.gpr_names[number] : "?"; }

}  // namespace siglab
