#include "world/museum.h"

#include <algorithm>

#include "explore/campaign.h"
#include "explore/stories.h"

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
	Machines machines(options.engine);
	Storyteller teller(*record, store, machines);
	for (uint32_t i = 0; i < record->exhibits.size(); ++i) {
		if (Status told = teller.tell(i, jobs[record->exhibits[i].holds].scenario); !told) return told.error();
	}
	record->film = teller.take();
	return record;
}

}  // namespace siglab
