#include "verify/findings.h"

#include <algorithm>
#include <map>
#include <set>

namespace siglab::verify {
namespace {

using Place = std::pair<uint32_t, std::optional<size_t>>;

class Teller {
   public:
	explicit Teller(const Derivation& all) : all_(all) {
		for (const Broke& broke : all.broken) broken_[{broke.state, broke.way}].push_back(broke.violation);
	}

	// What broke in a handler shows at the boundary that it interrupts.
	[[nodiscard]] const Derived& on_walk(uint32_t id) const {
		while (all_.states[id].depth > 0) id = all_.states[id].from;
		return all_.states[id];
	}

	// Each verdict once, where it first shows.
	void add(const Violations& violations, const Derived& at, std::vector<Finding>& findings) const {
		for (const Violation& violation : violations) {
			bool known = false;
			bool follows_from_one = false;
			for (const Finding& earlier : findings) {
				known = known || earlier.verdict == violation.verdict;
				follows_from_one = follows_from_one || (earlier.cause && follows(earlier.verdict, violation.verdict));
			}
			if (known) continue;
			findings.push_back({.verdict = violation.verdict, .boundary = std::nullopt, .at = at.boundary, .pc = {at.pc}, .expected = violation.expected,
			                    .observed = violation.observed, .cause = !follows_from_one, .schedule = {}, .window = {}});
		}
	}

	// What one instruction breaks shows where it leads to.
	void add_step(uint32_t id, std::vector<Finding>& findings) const { add_place({id, 0}, next(id).value_or(id), findings); }
	void add_event(uint32_t id, size_t way, std::vector<Finding>& findings) const { add_place({id, way}, id, findings); }
	void add_state(uint32_t id, std::vector<Finding>& findings) const { add_place({id, std::nullopt}, id, findings); }

	// From a state to the end of its run, with no more events; a run without an end goes round once.
	void add_rest(uint32_t id, std::vector<Finding>& findings) const {
		add_state(id, findings);
		std::set<uint32_t> been;
		for (std::optional<uint32_t> at = id; at && been.insert(*at).second; at = next(*at)) add_step(*at, findings);
	}

	// The way on which a search met that state.
	void add_way_to(uint32_t id, std::vector<Finding>& findings) const {
		std::vector<uint32_t> way;
		for (; id != 0; id = all_.states[id].from) way.push_back(id);
		add_state(0, findings);
		for (; !way.empty(); way.pop_back()) {
			const Derived& state = all_.states[way.back()];
			if (state.over == 0) {
				add_step(state.from, findings);
			} else {
				add_event(state.from, state.over, findings);
				add_state(way.back(), findings);
			}
		}
	}

	[[nodiscard]] std::optional<uint32_t> next(uint32_t id) const {
		const Way& way = all_.states[id].closed.ways[0];
		return way.leads == Leads::to ? std::optional{way.to} : std::nullopt;
	}

   private:
	void add_place(const Place& place, uint32_t at, std::vector<Finding>& findings) const {
		const auto there = broken_.find(place);
		if (there != broken_.end()) add(there->second, on_walk(at), findings);
	}

	const Derivation& all_;
	std::map<Place, Violations> broken_;
};

Event event_at(const Derivation& all, const Claim& claim, uint32_t state, size_t way) {
	const Derived& from = all.states[state];
	const std::optional<Signal> signal = way <= claim.signals.size() ? std::optional{claim.signals[way - 1]} : std::nullopt;
	return {.signal = signal, .depth = from.depth, .boundary = from.boundary};
}

Schedule schedule_to(const Derivation& all, const Claim& claim, uint32_t id) {
	Schedule schedule;
	for (; id != 0; id = all.states[id].from) {
		if (all.states[id].over != 0) schedule.insert(schedule.begin(), event_at(all, claim, all.states[id].from, all.states[id].over));
	}
	return schedule;
}

// One delivery's: what the walk had broken by then is not its own, and what the walk breaks later anyway is no news.
std::vector<Finding> findings_of_delivery(const Derivation& all, const Teller& teller, const std::vector<Finding>& of_the_walk, uint32_t id, size_t way) {
	const Derived& state = all.states[id];
	std::vector<Finding> findings;
	for (const Finding& finding : of_the_walk) {
		if (finding.at <= state.boundary) findings.push_back(finding);
	}
	const auto others = static_cast<std::ptrdiff_t>(findings.size());
	teller.add_event(id, way, findings);
	const Way& led = state.closed.ways[way];
	if (led.leads == Leads::to && led.to != id) {
		std::vector<Finding> rest = findings;
		for (Finding finding : of_the_walk) {
			finding.cause = false;
			if (finding.at > state.boundary) rest.push_back(finding);
		}
		const auto known = static_cast<std::ptrdiff_t>(rest.size());
		teller.add_rest(led.to, rest);
		findings.insert(findings.end(), rest.begin() + known, rest.end());
	}
	findings.erase(findings.begin(), findings.begin() + others);
	return findings;
}

}  // namespace

Schedule schedule_over(const Derivation& all, const Claim& claim, uint32_t state, size_t way) {
	Schedule schedule = schedule_to(all, claim, state);
	schedule.push_back(event_at(all, claim, state, way));
	return counted(std::move(schedule));
}

std::vector<Finding> findings_of_signal(const Derivation& all, const Claim& claim, size_t way) {
	const Teller teller(all);
	std::vector<Finding> of_the_walk;
	if (!all.states.empty()) teller.add_rest(0, of_the_walk);
	std::vector<Finding> findings = of_the_walk;
	for (uint32_t id = 0; id < all.states.size(); ++id) {
		if (!delivered(all.states[id].closed.ways[way])) continue;
		for (Finding& finding : findings_of_delivery(all, teller, of_the_walk, id, way)) {
			finding.boundary = all.states[id].boundary;
			finding.schedule = {event_at(all, claim, id, way)};
			findings.push_back(std::move(finding));
		}
	}
	return findings;
}

namespace {

// All that one verdict showed.
struct Seen {
	const Broke* shortest = nullptr;
	size_t events = 0;
	std::set<uint32_t> window;
};

bool at_event(const Broke& broke) { return broke.way && *broke.way != 0; }

// The boundary of the walk at which the last event before it came.
std::optional<uint32_t> last_event(const Derivation& all, const Teller& teller, const Broke& broke) {
	if (at_event(broke)) return teller.on_walk(broke.state).boundary;
	for (uint32_t id = broke.state; id != 0; id = all.states[id].from) {
		if (all.states[id].over != 0) return teller.on_walk(all.states[id].from).boundary;
	}
	return std::nullopt;
}

Finding finding_of(const Derivation& all, const Claim& claim, const Teller& teller, const Seen& seen) {
	const Broke& broke = *seen.shortest;
	std::vector<Finding> way;
	teller.add_way_to(broke.state, way);
	if (at_event(broke)) teller.add_event(broke.state, *broke.way, way);
	if (broke.way == 0u) teller.add({broke.violation}, teller.on_walk(teller.next(broke.state).value_or(broke.state)), way);
	const auto same = [&](const Finding& finding) { return finding.verdict == broke.violation.verdict; };
	Finding finding = *std::find_if(way.begin(), way.end(), same);
	finding.schedule = at_event(broke) ? schedule_over(all, claim, broke.state, *broke.way) : counted(schedule_to(all, claim, broke.state));
	if (finding.schedule.empty()) return finding;
	if (finding.schedule.back().depth == 0) finding.boundary = finding.schedule.back().boundary;
	finding.window.assign(seen.window.begin(), seen.window.end());
	return finding;
}

}  // namespace

std::vector<Finding> findings_of_all(const Derivation& all, const Claim& claim) {
	const Teller teller(all);
	std::map<Verdict, Seen> by_verdict;
	for (const Broke& broke : all.broken) {
		Seen& seen = by_verdict[broke.violation.verdict];
		const size_t events = schedule_to(all, claim, broke.state).size() + (at_event(broke) ? 1 : 0);
		if (seen.shortest == nullptr || events < seen.events) {
			seen.shortest = &broke;
			seen.events = events;
		}
		if (const std::optional<uint32_t> boundary = last_event(all, teller, broke)) seen.window.insert(*boundary);
	}
	std::vector<Finding> findings;
	for (const auto& [verdict, seen] : by_verdict) findings.push_back(finding_of(all, claim, teller, seen));
	std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) { return a.schedule.size() < b.schedule.size(); });
	return findings;
}

}  // namespace siglab::verify
