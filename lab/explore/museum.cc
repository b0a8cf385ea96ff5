#include "world/museum.h"

#include <algorithm>

#include "explore/campaign.h"
#include "explore/film.h"
#include "explore/places.h"

namespace siglab {
namespace {

bool same(const Job& a, const Job& b) { return a.scenario == b.scenario && a.signals == b.signals && a.budget == b.budget; }

// Several exhibits share a side. Each job becomes one run, at the same place.
uint32_t place_of(const Job& job, std::vector<Job>& jobs) {
	const auto known = std::find_if(jobs.begin(), jobs.end(), [&](const Job& other) { return same(job, other); });
	const auto place = static_cast<uint32_t>(known - jobs.begin());
	if (known == jobs.end()) jobs.push_back(job);
	return place;
}

// The stories of a museum: each exhibit's shortest schedule on the side that fails, and the same signals at the same places on the other.
class Storyteller {
   public:
	Storyteller(Record& record, ImageStore& store, EngineChoice engine)
		: record_(record), store_(store), listings_(store.places().sources), machines_(engine) {}

	Status tell(const std::vector<Job>& jobs) {
		for (uint32_t i = 0; i < record_.exhibits.size(); ++i) {
			const ExhibitRecord& exhibit = record_.exhibits[i];
			const std::vector<ViolationRecord>& broken = record_.runs[exhibit.fails].violations;
			const auto shown = std::find_if(broken.begin(), broken.end(), [&](const ViolationRecord& v) { return v.verdict == exhibit.verdict; });
			if (shown == broken.end()) continue;
			Result<Token> token = parse_token(shown->token);
			if (!token) return token.error();
			if (Status told = film(i, exhibit.fails, token->scenario, token->schedule); !told) return told;
			Scenario mended = jobs[exhibit.holds].scenario;
			mended.signal = token->scenario.signal;
			if (Status told = film(i, exhibit.holds, mended, moved(token->schedule, same_places(texts(exhibit.fails), texts(exhibit.holds)))); !told) {
				// On the other side the same signals may not find the same way: then there is no story of it.
				if (told.error().exit != Exit::usage) return told;
			}
		}
		record_.film = cutter_.take(listings_);
		return Done{};
	}

   private:
	[[nodiscard]] std::vector<std::string> texts(uint32_t run) const { return instructions(record_, record_.walks[record_.runs[run].walk]); }

	Status film(uint32_t exhibit, uint32_t run, const Scenario& scenario, const Schedule& schedule) {
		Result<World> world = build_world(scenario, store_);
		if (!world) return world.error();
		Result<Machine*> machine = machines_.of(*world);
		if (!machine) return machine.error();
		Result<FilmRecord> story = film_story(*world, **machine, schedule, listings_);
		if (!story) return story.error();
		cutter_.add_story(std::move(*story), exhibit, run);
		return Done{};
	}

	Record& record_;
	ImageStore& store_;
	ListingStore listings_;
	FilmCutter cutter_;
	Machines machines_;
};

}  // namespace

Result<Record> run_museum(std::span<const Isa* const> isas, ImageStore& store, const CampaignOptions& options) {
	std::vector<Job> jobs;
	std::vector<ExhibitRecord> exhibits;
	for (const Exhibit& exhibit : all_exhibits()) {
		for (const Isa* isa : isas) {
			if (!exhibit.isas.on(*isa)) continue;
			exhibits.push_back({.id = std::string{exhibit.id}, .title = std::string{exhibit.title}, .what = std::string{exhibit.what},
			                    .so = std::string{exhibit.so}, .verdict = exhibit.verdict,
			                    .fails = place_of(job_of(exhibit, exhibit.fails, *isa), jobs),
			                    .holds = place_of(job_of(exhibit, exhibit.holds, *isa), jobs)});
		}
	}
	Result<Record> record = run_campaign(jobs, store, options);
	if (!record) return record;
	record->command = "museum";
	// Of a museum that was left early only the pairs that are whole are shown.
	std::erase_if(exhibits, [&](const ExhibitRecord& exhibit) { return std::max(exhibit.fails, exhibit.holds) >= record->runs.size(); });
	record->exhibits = std::move(exhibits);
	if (!options.film) return record;
	if (Status told = Storyteller(*record, store, options.engine).tell(jobs); !told) return told.error();
	return record;
}

}  // namespace siglab
