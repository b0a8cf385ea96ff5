// Translated: which code an emulator may have translated, to find out what it must forget.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "state/memory.h"

namespace siglab {

class Translated {
   public:
	// Executable regions that are not as they were at the last call: changed by the host, or new. With `gone`, also those that are no more.
	std::vector<GuestRange> changes(std::span<const Region> regions, bool gone) {
		std::vector<Code> now;
		std::vector<GuestRange> changed;
		for (const Region& region : regions) {
			if (!allows(region.perm, Perm::exec)) continue;
			const Code* known = find(code_, region.range);
			const std::span<const std::byte> bytes = region.bytes();
			if (known == nullptr || std::memcmp(bytes.data(), known->bytes.data(), bytes.size()) != 0) changed.push_back(region.range);
			now.push_back({region.range, {bytes.begin(), bytes.end()}});
		}
		for (const Code& then : code_) {
			if (gone && find(now, then.range) == nullptr) changed.push_back(then.range);
		}
		code_ = std::move(now);
		return changed;
	}

	void forget() { code_.clear(); }

   private:
	struct Code {
		GuestRange range;
		std::vector<std::byte> bytes;
	};
	static const Code* find(const std::vector<Code>& in, const GuestRange& range) {
		const auto known = std::find_if(in.begin(), in.end(), [&](const Code& one) { return one.range == range; });
		return known == in.end() ? nullptr : &*known;
	}

	std::vector<Code> code_;
};

}  // namespace siglab
