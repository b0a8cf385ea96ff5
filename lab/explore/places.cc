#include "explore/places.h"

#include <algorithm>

namespace siglab {

std::vector<uint32_t> same_places(const std::vector<std::string>& from, const std::vector<std::string>& to) {
	// common[i][j]: how much from[i ..] and to[j ..] have in common.
	std::vector<std::vector<uint32_t>> common(from.size() + 1, std::vector<uint32_t>(to.size() + 1));
	for (size_t i = from.size(); i-- > 0;) {
		for (size_t j = to.size(); j-- > 0;) {
			common[i][j] = from[i] == to[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
		}
	}
	std::vector<uint32_t> places;
	const auto last = static_cast<uint32_t>(to.empty() ? 0 : to.size() - 1);
	for (size_t i = 0, j = 0; i < from.size();) {
		const bool same = j < to.size() && from[i] == to[j];
		if (!same && j < to.size() && common[i][j + 1] > common[i + 1][j]) {
			++j;
			continue;
		}
		places.push_back(std::min(static_cast<uint32_t>(j), last));
		++i;
		if (same) ++j;
	}
	return places;
}

std::vector<std::string> instructions(const Record& record, const WalkRecord& walk) {
	std::vector<std::string> texts;
	const auto code = record.code.find(walk.code);
	for (const uint64_t pc : walk.pc) {
		const bool known = code != record.code.end() && code->second.contains(pc);
		texts.push_back(known ? code->second.at(pc).text : std::string{});
	}
	return texts;
}

Schedule moved(Schedule schedule, const std::vector<uint32_t>& places) {
	for (Event& event : schedule) {
		if (event.depth == 0 && event.boundary < places.size()) event.boundary = places[event.boundary];
	}
	return counted(std::move(schedule));
}

}  // namespace siglab
