// What sub-commands that make a record share: threads, limits, where the record goes, and how it is shown.
#pragma once

#include "cli/cli.h"
#include "explore/campaign.h"

namespace siglab::cli {

// One line that is written over, on a terminal only; gone when all is done.
void show_progress(size_t done, size_t total);

struct RecordOptions {
	std::string out;
	std::string format = "text";
	std::string engine;
	unsigned threads = 0;
	bool film = false;
	uint32_t max_states = 10'000'000, max_memory = 1024, time_limit = 0;

	void add_to(CLI::App& app);
	// With a progress bar on a terminal. Catches SIGINT from here on.
	// Errors    environment: this build does not have the engine.
	[[nodiscard]] Result<CampaignOptions> campaign() const;
	// Not to find out after a long run that there is no place for the record.
	[[nodiscard]] Status has_place() const;
	// Saves it, prints it, and says what it means.
	Result<Exit> deliver(const Record& record) const;
};

}  // namespace siglab::cli
