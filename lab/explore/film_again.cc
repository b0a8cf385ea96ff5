#include "explore/film_again.h"

#include <fmt/format.h>

#include <algorithm>

#include "explore/stories.h"

namespace siglab {
namespace {

class Again {
   public:
	Again(const Record& record, std::span<const Swept> walks, ImageStore& store, const FilmAgain& how)
		: record_(record), walks_(walks), store_(store), how_(how), chosen_(how.engine), unicorn_(EngineKind::unicorn),
		  listings_(store.places().sources) {}

	// A record's films are of its walks, or its stories.
	Result<FilmRecord> run() {
		Storyteller teller(record_, store_, chosen_);
		for (uint32_t i = 0; i < record_.exhibits.size() && !record_.film.stories.empty(); ++i) {
			if (is_interrupted()) return Error{Exit::interrupted, "interrupted"};
			const Swept& holds = walks_[record_.runs[record_.exhibits[i].holds].walk];
			if (Status told = teller.tell(i, holds.scenario); !told) return told.error();
		}
		if (record_.film.walks.empty()) return teller.take();
		for (const WalkFilmRecord& film : record_.film.walks) {
			if (is_interrupted()) return Error{Exit::interrupted, "interrupted"};
			if (Status filmed = walk(film.walk); !filmed) return filmed.error();
		}
		return cutter_.take(listings_);
	}

   private:
	[[nodiscard]] bool is_interrupted() const { return how_.interrupted != nullptr && how_.interrupted->load(); }

	Status walk(uint32_t number) {
		const WalkRecord& record = record_.walks[number];
		const bool stops_nowhere_inside = !record.inside_it.empty() && record.inside_it_by.empty();
		Result<World> world = build_world(walks_[number].scenario, store_);
		if (!world) return world.error();
		Result<Machine*> machine = (stops_nowhere_inside ? unicorn_ : chosen_).of(*world);
		if (!machine) return machine.error();
		Result<FilmRecord> film = film_walk(*world, **machine, walks_[number].signals, listings_);
		if (!film) return film.error();
		cutter_.add_walk(std::move(*film), number);
		return Done{};
	}

	const Record& record_;
	const std::span<const Swept> walks_;
	ImageStore& store_;
	const FilmAgain& how_;
	Machines chosen_, unicorn_;
	ListingStore listings_;
	FilmCutter cutter_;
};

// The first element that is not the same, by its number or name.
template <class T>
std::string first_of(std::string_view list, const std::vector<T>& is, const std::vector<T>& should) {
	const size_t both = std::min(is.size(), should.size());
	for (size_t i = 0; i < both; ++i) {
		if (!(is[i] == should[i])) return fmt::format("film.{}[{}] is another one when filmed again", list, i);
	}
	if (is.size() == should.size()) return {};
	return fmt::format("film.{} has {} entries, and {} when filmed again", list, is.size(), should.size());
}

template <class T>
std::string first_of(std::string_view list, const std::map<std::string, T>& is, const std::map<std::string, T>& should) {
	for (const auto& [name, value] : is) {
		const auto at = should.find(name);
		if (at == should.end() || !(at->second == value)) return fmt::format("film.{}['{}'] is another one when filmed again", list, name);
	}
	return is.size() == should.size() ? "" : fmt::format("film.{} lacks what it has when filmed again", list);
}

std::string first_difference(const FilmRecord& is, const FilmRecord& should) {
	std::string why = first_of("machines", is.machines, should.machines);
	if (why.empty()) why = first_of("stages", is.stages, should.stages);
	if (why.empty()) why = first_of("listings", is.listings, should.listings);
	if (why.empty()) why = first_of("steps", is.steps, should.steps);
	if (why.empty()) why = first_of("reels", is.reels, should.reels);
	if (why.empty()) why = first_of("walks", is.walks, should.walks);
	if (why.empty()) why = first_of("stories", is.stories, should.stories);
	return why;
}

}  // namespace

Result<std::string> film_difference(const Record& record, std::span<const Swept> walks, ImageStore& store, const FilmAgain& how) {
	Result<FilmRecord> again = Again(record, walks, store, how).run();
	if (!again) return again.error();
	return first_difference(record.film, *again);
}

}  // namespace siglab
