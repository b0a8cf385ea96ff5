// Film: walks, deliveries and schedules, run on the hooked engine and written down step by step.
//
// Models    the undisturbed walk, and each signal delivered at each of its boundaries, from the kernel's entry to the return. Or one schedule.
// Does not  judge anything: sweeps do.
#pragma once

#include <unordered_map>

#include "explore/film_listing.h"
#include "explore/trace.h"
#include "record/film.h"

namespace siglab {

// As one record of its own, whose walk has the number 0; its code goes to `listings`.
// Errors    as Machine::load; environment: an engine.
Result<FilmRecord> film_walk(const World& world, Machine& machine, std::span<const Signal> signals, ListingStore& listings);

// One schedule, as a story whose exhibit and run have the number 0. Errors  as trace.
Result<FilmRecord> film_story(const World& world, Machine& machine, const Schedule& schedule, ListingStore& listings);

// Joins films; what they share is kept once. The order in which they come decides the numbers.
class FilmCutter {
   public:
	// `walk`, `exhibit` and `run` are what the film's 0 means.
	void add_walk(FilmRecord film, uint32_t walk);
	void add_story(FilmRecord film, uint32_t exhibit, uint32_t run);
	FilmRecord take(ListingStore& listings);

   private:
	struct Moved;
	Moved add(FilmRecord& film);
	uint32_t step(std::string text);
	uint32_t reel(ReelRecord reel);
	uint32_t stage(StageRecord stage);

	FilmRecord all_;
	std::unordered_map<std::string, uint32_t> steps_, reels_;
};

}  // namespace siglab
