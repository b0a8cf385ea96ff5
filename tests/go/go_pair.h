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

// Which address of go1.19 is which of v5's: in the trampolines, in the handler, which is the same but for its place, and of globals. Inside
// a difference only the first instruction has a counterpart: that is where the two have done the same so far.
class Correspondence {
   public:
	explicit Correspondence(const Pair& pair) {
		const Image &go = *pair.go.guest, &v5 = *pair.v5.guest;
		for (const std::string_view function : kFunctions) add(listing_of(go, function), listing_of(v5, function));
		for (const Symbol& symbol : v5.symbols()) add_function(symbol, go.find(symbol.name));
		for (const std::string_view global : kGlobals) add_global(go.find(global)->value, v5.find(global)->value);
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

	// Of the harness: code that both have from v5's source.
	void add_function(const Symbol& v5, const Symbol* go) {
		const bool trampoline = std::find(std::begin(kFunctions), std::end(kFunctions), v5.name) != std::end(kFunctions);
		if (go == nullptr || !v5.function || trampoline) return;
		for (uint64_t at = 0; at < v5.size; at += 4) v5_of_[go->value + at] = v5.value + at;
	}

	// An address, and the page that arm64 makes it from.
	void add_global(uint64_t go, uint64_t v5) {
		v5_of_[round_down(go, kPageSize)] = round_down(v5, kPageSize);
		v5_of_[go] = v5;
	}

	std::map<uint64_t, uint64_t> v5_of_;
	std::set<uint64_t> alone_;
};

}  // namespace siglab::go
