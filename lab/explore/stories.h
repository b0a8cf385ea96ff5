// Stories: each exhibit's shortest schedule on the side that fails, and the same signals at the same places on the other, as films.
#pragma once

#include "explore/film.h"
#include "explore/machines.h"
#include "record/record.h"

namespace siglab {

class Storyteller {
   public:
	Storyteller(const Record& record, ImageStore& store, Machines& machines)
		: record_(record), store_(store), machines_(machines), listings_(store.places().sources) {}

	// `holds` is the scenario of the side that holds. Without a finding to show there is no story.
	// Errors    usage: the finding's token. environment: an engine.
	Status tell(uint32_t exhibit, Scenario holds);
	FilmRecord take() { return cutter_.take(listings_); }

   private:
	[[nodiscard]] std::vector<std::string> texts(uint32_t run) const;
	Status film(uint32_t exhibit, uint32_t run, const Scenario& scenario, const Schedule& schedule);

	const Record& record_;
	ImageStore& store_;
	Machines& machines_;
	ListingStore listings_;
	FilmCutter cutter_;
};

}  // namespace siglab
