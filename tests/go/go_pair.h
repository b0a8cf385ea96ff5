// What is compared: the guest go1.19, with Go's own trampolines, and v5, which retells them, in the same scenario.
#pragma once

#include <set>

#include "lab_fixture.h"
#include "listing.h"

namespace siglab::go {

constexpr std::string_view kFunctions[] = {"runtime.nanotime1", "runtime.walltime1"};

// go1.19 must behave as v5 is declared to. It is not in the catalogue: a build without Go has no image of it.
inline const Variant& go_variant() {
	static const Variant variant = [] {
		Variant v5 = *find_variant("v5");
		v5.id = "go1.19";
		return v5;
	}();
	return variant;
}

struct Pair {
	World go;
	World v5;
};

// Requires  a scenario of v5's.
inline Pair pair_of(const std::string& text) {
	Scenario scenario = test::scenario(text);
	scenario.guest = {.variant = &go_variant()};
	Result<World> go = build_world(scenario, test::store());
	if (!go) ADD_FAILURE() << go.error().text;
	return {go ? *std::move(go) : World{}, test::world(text)};
}

inline Listing listing_of(const Image& image, std::string_view function) {
	Result<Listing> listing = list_function(image, function);
	if (!listing) ADD_FAILURE() << listing.error().text;
	return listing ? *listing : Listing{};
}

// Which address in Go's trampolines is which in v5's. Inside a difference only its first instruction has a counterpart: that is where the
// two have done the same so far.
class Correspondence {
   public:
	explicit Correspondence(const Pair& pair) {
		for (const std::string_view function : kFunctions) add(listing_of(*pair.go.guest, function), listing_of(*pair.v5.guest, function));
		for (const std::string_view global : kGlobals) v5_of_[pair.go.guest->find(global)->value] = pair.v5.guest->find(global)->value;
	}

	// A PC or any other word of go1.19, as v5 has it: code addresses and those of the globals are not the same.
	[[nodiscard]] uint64_t as_v5(uint64_t value) const {
		const auto at = v5_of_.find(value);
		return at == v5_of_.end() ? value : at->second;
	}
	// Boundaries of the walk that the other walk has too.
	[[nodiscard]] std::vector<uint32_t> common(const Walk& walk) const {
		std::vector<uint32_t> boundaries;
		for (uint32_t i = 0; i < walk.boundaries(); ++i) {
			if (!alone_.contains(walk.cpu(i).pc)) boundaries.push_back(i);
		}
		return boundaries;
	}

   private:
	void add(const Listing& go, const Listing& v5) {
		size_t i = 0, j = 0;
		const auto same_until = [&](size_t end) {
			for (; i < end; ++i, ++j) v5_of_[go[i].address] = v5[j].address;
		};
		for (const Difference& difference : differences(go, v5)) {
			same_until(difference.first_begin);
			if (difference.first_begin < difference.first_end && difference.second_begin < difference.second_end) {
				v5_of_[go[i].address] = v5[j].address;
				++i, ++j;
			}
			for (; i < difference.first_end; ++i) alone_.insert(go[i].address);
			for (; j < difference.second_end; ++j) alone_.insert(v5[j].address);
		}
		same_until(go.size());
	}

	std::map<uint64_t, uint64_t> v5_of_;
	std::set<uint64_t> alone_;
};

}  // namespace siglab::go
