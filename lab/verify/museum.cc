#include "verify/museum.h"

#include <fmt/format.h>

#include <algorithm>

#include "verify/compare.h"
#include "world/museum.h"

namespace siglab::verify {
namespace {

// The museum as it would be told, with the explorations that it takes.
struct Museum {
	std::vector<ExhibitRecord> exhibits;
	std::vector<Job> jobs;

	uint32_t place(const Job& job) {
		for (uint32_t i = 0; i < jobs.size(); ++i) {
			if (jobs[i].scenario == job.scenario && jobs[i].signals == job.signals && jobs[i].budget == job.budget) return i;
		}
		jobs.push_back(job);
		return static_cast<uint32_t>(jobs.size() - 1);
	}
};

Museum museum_on(std::span<const Isa* const> isas) {
	Museum museum;
	for (const Exhibit& exhibit : all_exhibits()) {
		for (const Isa* isa : isas) {
			if (!exhibit.isas.on(*isa)) continue;
			const uint32_t fails = museum.place(job_of(exhibit, exhibit.fails, *isa));
			const uint32_t holds = museum.place(job_of(exhibit, exhibit.holds, *isa));
			museum.exhibits.push_back({.id = std::string{exhibit.id}, .title = std::string{exhibit.title}, .what = std::string{exhibit.what},
			                           .so = std::string{exhibit.so}, .verdict = exhibit.verdict, .fails = fails, .holds = holds});
		}
	}
	return museum;
}

bool is_job(const Claim& claim, const Job& job) {
	return claim.together && claim.scenario == job.scenario && claim.signals == job.signals && claim.budget == job.budget;
}

// Runs of a museum stand in its order, one for each walk. One that was interrupted has fewer.
std::string differs_from(const Museum& museum, const Record& record, std::span<const Claim> claims) {
	for (size_t i = 0; i < claims.size(); ++i) {
		const bool in_place = i < museum.jobs.size() && claims[i].runs == std::vector<size_t>{i} && is_job(claims[i], museum.jobs[i]);
		if (!in_place) return fmt::format("runs[{}] is not what the museum has there", i);
	}
	const bool whole = claims.size() == museum.jobs.size();
	if (!whole && record.outcome != "interrupted") return fmt::format("the museum has {} runs, and the record {}", museum.jobs.size(), claims.size());
	std::vector<ExhibitRecord> exhibits = museum.exhibits;
	std::erase_if(exhibits, [&](const ExhibitRecord& exhibit) { return std::max(exhibit.fails, exhibit.holds) >= claims.size(); });
	if (exhibits.size() != record.exhibits.size()) {
		return fmt::format("the museum has {} exhibits, and the record {}", exhibits.size(), record.exhibits.size());
	}
	for (size_t i = 0; i < exhibits.size(); ++i) {
		if (std::string line = difference(record.exhibits[i], exhibits[i]); !line.empty()) return fmt::format("exhibits[{}], {}", i, line);
	}
	return {};
}

}  // namespace

std::string museum_difference(const Record& record, std::span<const Claim> claims) {
	if (record.command != "museum") return record.exhibits.empty() ? "" : "only a record of the museum has exhibits";
	std::vector<const Isa*> isas;
	for (const Claim& claim : claims) {
		if (std::find(isas.begin(), isas.end(), claim.scenario.isa) == isas.end()) isas.push_back(claim.scenario.isa);
	}
	std::string line = differs_from(museum_on(isas), record, claims);
	// The first exhibit may be on the ISA that was named last.
	std::reverse(isas.begin(), isas.end());
	return line.empty() || differs_from(museum_on(isas), record, claims).empty() ? std::string{} : line;
}

}  // namespace siglab::verify
