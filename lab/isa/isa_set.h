// IsaSet: on which ISAs something holds. The catalogues say it so, and shared rooms ask it with an Isa instead of asking which one it is.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "isa/isa.h"

namespace siglab {

class IsaSet {
   public:
	constexpr IsaSet() = default;  // on none
	constexpr IsaSet(std::initializer_list<IsaId> ids) {
		for (const IsaId id : ids) bits_ |= 1u << static_cast<unsigned>(id);
	}
	static constexpr IsaSet all() {
		IsaSet set;
		set.bits_ = (1u << kIsaCount) - 1;
		return set;
	}
	[[nodiscard]] bool on(const Isa& isa) const { return (bits_ >> static_cast<unsigned>(isa.id) & 1u) != 0; }
	bool operator==(const IsaSet&) const = default;

   private:
	uint32_t bits_ = 0;
};

std::vector<std::string> isa_names(IsaSet set = IsaSet::all());

}  // namespace siglab
