#include "explore/stories.h"

#include <algorithm>

#include "explore/places.h"

namespace siglab {

Status Storyteller::tell(uint32_t number, Scenario holds) {
	const ExhibitRecord& exhibit = record_.exhibits[number];
	const std::vector<ViolationRecord>& broken = record_.runs[exhibit.fails].violations;
	const auto shown = std::find_if(broken.begin(), broken.end(), [&](const ViolationRecord& v) { return v.verdict == exhibit.verdict; });
	if (shown == broken.end()) return Done{};
	Result<Token> token = parse_token(shown->token);
	if (!token) return token.error();
	if (Status told = film(number, exhibit.fails, token->scenario, token->schedule); !told) return told;
	holds.signal = token->scenario.signal;
	const Schedule there = moved(token->schedule, same_places(texts(exhibit.fails), texts(exhibit.holds)));
	Status told = film(number, exhibit.holds, holds, there);
	// On the other side the same signals may not find the same way: then there is no story of it.
	if (!told && told.error().exit != Exit::usage) return told;
	return Done{};
}

std::vector<std::string> Storyteller::texts(uint32_t run) const { return instructions(record_, record_.walks[record_.runs[run].walk]); }

Status Storyteller::film(uint32_t exhibit, uint32_t run, const Scenario& scenario, const Schedule& schedule) {
	Result<World> world = build_world(scenario, store_);
	if (!world) return world.error();
	Result<Machine*> machine = machines_.of(*world);
	if (!machine) return machine.error();
	Result<FilmRecord> story = film_story(*world, **machine, schedule, listings_);
	if (!story) return story.error();
	cutter_.add_story(std::move(*story), exhibit, run);
	return Done{};
}

}  // namespace siglab
