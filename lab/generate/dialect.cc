#include "generate/dialect.h"

#include <algorithm>

#include "generate/random.h"

namespace siglab::gen {

const Dialect& dialect_of(const Isa& isa) {
	static const Dialect* const kAll[] = {&kArm64Dialect, &kArmDialect};
	return *kAll[static_cast<size_t>(isa.id)];
}

std::vector<Reg> chosen(std::span<const Reg> registers, size_t count, uint32_t order, std::span<const Reg> not_these) {
	std::vector<Reg> all;
	for (const Reg reg : registers) {
		if (std::find(not_these.begin(), not_these.end(), reg) == not_these.end()) all.push_back(reg);
	}
	Random random(order);
	for (size_t i = 0; i + 1 < all.size(); ++i) std::swap(all[i], all[i + random.below(static_cast<uint32_t>(all.size() - i))]);
	all.resize(std::min(count, all.size()));
	return all;
}

std::string_view reg_name(const Isa& isa, Reg reg) { return isa.gpr_names[reg]; }

}  // namespace siglab::gen
