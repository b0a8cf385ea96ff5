// Where each version of Go takes g from, when a signal comes in a function of some vDSO: by the version's declared behaviour, in Go's own
// world, without cgo. What a sweep shows by running the versions must agree with it; a test holds that.
#pragma once

#include "guest_asm/catalogue.h"
#include "image/image.h"

namespace siglab {

class Beliefs {
   public:
	explicit Beliefs(const Image& image);

	[[nodiscard]] static std::vector<std::string> versions(const Isa& isa);

	struct Belief {
		std::string_view from;   // "register", "wrong register", "slot", "nil", "TLS"; "no vDSO": it does not find its clock_gettime, and never calls it
		bool lost = false;
		bool operator==(const Belief&) const = default;
	};
	// By version, at a PC as linked.
	[[nodiscard]] std::vector<Belief> at(uint64_t pc, bool dirty) const;

   private:
	struct Version {
		const Variant* variant;
		bool finds = false;      // the function
		GuestRange range;        // what it takes for the vDSO
	};
	std::vector<Version> versions_;
};

}  // namespace siglab
