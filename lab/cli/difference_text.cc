#include "cli/difference_text.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "explore/difference.h"

namespace siglab::cli {
namespace {

// The last time that the walk stood at each boundary, as its next instruction finds it.
std::map<uint32_t, const TraceLine*> by_boundary(const Trace& trace) {
	std::map<uint32_t, const TraceLine*> lines;
	for (const TraceLine& line : trace.lines) {
		if (line.told == Told::boundary && line.depth == 0) lines[line.boundary] = &line;
	}
	return lines;
}

std::string text_of(const std::vector<Difference>& all) {
	constexpr size_t kMost = 6;
	std::vector<std::string> pieces;
	for (const Difference& one : all) {
		if (pieces.size() == kMost) break;
		pieces.push_back(fmt::format("{} {:#x} -> {:#x}", one.name, one.first, one.second));
	}
	if (all.size() > kMost) pieces.push_back(fmt::format("and {} more", all.size() - kMost));
	return join(pieces, ", ");
}

}  // namespace

std::string difference_text(const World& world, const Trace& undisturbed, const Trace& traced, const Terminal& terminal) {
	const std::map<uint32_t, const TraceLine*> before = by_boundary(undisturbed), after = by_boundary(traced);
	std::string out = terminal.in(Ink::bold, "What differs from the undisturbed walk (undisturbed -> here), where it changes") + "\n";
	std::vector<Difference> last;
	bool ever = false;
	for (const auto& [boundary, line] : after) {
		const auto same = before.find(boundary);
		if (same == before.end()) {
			out += fmt::format("{:>5}  {}: the undisturbed walk has ended\n", boundary, world.describe({line->pc}));
			break;
		}
		const std::vector<Difference> now = differences(world, traced.base, same->second->state, line->state);
		if (now == last) continue;
		last = now;
		ever = true;
		out += fmt::format("{:>5}  {}: {}\n", boundary, world.describe({line->pc}), now.empty() ? "nothing any more" : text_of(now));
	}
	if (!ever) out += "  nothing, at any boundary\n";
	if (after.size() < before.size()) out += fmt::format("  the run ends at boundary {}, the undisturbed walk at {}\n", after.empty() ? 0 : after.rbegin()->first, before.rbegin()->first);
	return out;
}

}  // namespace siglab::cli
