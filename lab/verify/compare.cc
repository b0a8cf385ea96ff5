#include "verify/compare.h"

#include <fmt/format.h>

#include "record/members.h"
#include "verify/findings.h"

namespace siglab::verify {
namespace {

// ---- any members ----

std::string text_of(bool truth) { return truth ? "true" : "false"; }
std::string text_of(uint32_t number) { return fmt::to_string(number); }
std::string text_of(uint64_t address) { return fmt::format("{:#x}", address); }
std::string text_of(const std::string& text) { return fmt::format("'{}'", text); }
std::string text_of(Property property) { return std::string{property_name(property)}; }
std::string text_of(Verdict verdict) { return std::string{kind_name(verdict.kind)}; }
std::string text_of(const std::optional<uint32_t>& number) { return number ? text_of(*number) : "none"; }

template <class T>
std::string differ(const std::string& where, const T& was, const T& is) {
	return was == is ? std::string{} : fmt::format("{} is {}, and {} when made again", where, text_of(was), text_of(is));
}

template <Members T>
std::string differ(const std::string& where, const T& was, const T& is);

template <class T>
std::string differ(const std::string& where, const std::vector<T>& was, const std::vector<T>& is) {
	for (size_t i = 0; i < std::min(was.size(), is.size()); ++i) {
		if (std::string line = differ(fmt::format("{}[{}]", where, i), was[i], is[i]); !line.empty()) return line;
	}
	if (was.size() == is.size()) return {};
	return fmt::format("{} has {} entries, and {} when made again", where, was.size(), is.size());
}

// Both lists of members stand in one order: the n-th of one is the n-th of the other.
template <Members T>
std::string differ(const std::string& where, const T& was, const T& is) {
	std::string line;
	size_t n = 0;
	list_members(was, [&](std::string_view name, const auto& mine) {
		size_t m = 0;
		list_members(is, [&](std::string_view, const auto& other) {
			if constexpr (std::same_as<decltype(mine), decltype(other)>) {
				if (m == n && line.empty()) line = differ(where.empty() ? std::string{name} : fmt::format("{}.{}", where, name), mine, other);
			}
			++m;
		});
		++n;
	});
	return line;
}

// ---- states ----

std::string event_name(const Claim& claim, size_t way) {
	if (way == 0) return "the next instruction";
	return way <= claim.signals.size() ? std::string{signal_name(claim.signals[way - 1])} : "a tick";
}

std::string told(const Way& way, uint32_t state) {
	const std::string_view seen = way.missed ? ", unseen by the guest" : "";
	switch (way.leads) {
		case Leads::to:
			if (way.to == state) return fmt::format("leads back to the same state{}", seen);
			return fmt::format("leads to state {}{}{}", way.to, way.found ? ", first met there" : "", seen);
		case Leads::ends: return fmt::format("ends the run{}", seen);
		case Leads::masked: return "is masked";
		case Leads::untried: return "is not tried";
		case Leads::outside: break;
	}
	return fmt::format("leads out of the set{}", seen);
}

// A search that was cut short may not know where a way leads, or not have tried it.
bool agrees(const Way& was, const Way& is, bool exhausted) {
	if (was == is) return true;
	if (exhausted) return false;
	return was.leads == Leads::untried || (was.leads == Leads::outside && delivered(is) && was.missed == is.missed);
}

std::string differing_state(const Derivation& all, const Claim& claim, uint32_t id, const ClosedState& was, const ClosedState& is) {
	const std::string where = fmt::format("state {} ({})", id, all.world.describe({all.states[id].pc}));
	for (size_t way = 0; way < is.ways.size(); ++way) {
		if (way < was.ways.size() && agrees(was.ways[way], is.ways[way], claim.exhausted)) continue;
		if (way >= was.ways.size()) return fmt::format("{} has too few ways", where);
		return fmt::format("{}: {} {}, and when made again it {}", where, event_name(claim, way), told(was.ways[way], id), told(is.ways[way], id));
	}
	if (was.hash == is.hash) return {};
	return fmt::format("{} has the hash {}, and {} when made again", where, print_hash(was.hash), print_hash(is.hash));
}

std::string differing_states(const Derivation& all, const Claim& claim, const ClosedSet& was, const ClosedSet& is) {
	for (uint32_t id = 0; id < is.states.size() && id < was.states.size(); ++id) {
		if (std::string line = differing_state(all, claim, id, was.states[id], is.states[id]); !line.empty()) return line;
	}
	if (was.states.size() == is.states.size()) return {};
	return fmt::format("the closed set has {} states, and {} when made again", was.states.size(), is.states.size());
}

std::string nothing_is_left(const Claim& claim, const ClosedSet& was) {
	if (claim.exhausted) return {};
	for (const ClosedState& state : was.states) {
		for (const Way& way : state.ways) {
			if (way.leads == Leads::outside || way.leads == Leads::untried) return {};
		}
	}
	return was.states.empty() ? "" : "the search was not exhausted, it says, and yet nothing is left";
}

}  // namespace

std::string difference(const RunRecord& was, const RunRecord& is) { return differ("", was, is); }
std::string difference(const CodeLine& was, const CodeLine& is) { return differ("", was, is); }
std::string difference(const ExhibitRecord& was, const ExhibitRecord& is) { return differ("", was, is); }

std::string first_difference(const Derivation& all, const Claim& claim, const Retold& retold, const Record& record) {
	const std::string name = name_of(record.runs[claim.runs.front()]);
	const ClosedSet& closed = record.closed[claim.walk];
	const auto in = [&](const std::string& line) { return fmt::format("{}, {}", name, line); };
	if (std::string line = differing_states(all, claim, closed, retold.closed); !line.empty()) return in(line);
	if (std::string line = nothing_is_left(claim, closed); !line.empty()) return in(line);
	if (std::string line = differ("walk", record.walks[claim.walk], retold.walk); !line.empty()) return in(line);
	for (size_t i = 0; i < std::min(claim.runs.size(), retold.runs.size()); ++i) {
		const RunRecord& run = record.runs[claim.runs[i]];
		if (std::string line = difference(run, retold.runs[i]); !line.empty()) return fmt::format("{}, {}", name_of(run), line);
	}
	if (claim.runs.size() != retold.runs.size()) return in(fmt::format("its walk has {} runs, and {} when made again", claim.runs.size(), retold.runs.size()));
	const Code& code = record.code.at(record.walks[claim.walk].code);
	for (const auto& [pc, line] : retold.code) {
		const auto there = code.find(pc);
		const std::string what = there == code.end() ? "is missing" : difference(there->second, line);
		if (!what.empty()) return in(fmt::format("instruction {:#x}: {}", pc, what));
	}
	return {};
}

}  // namespace siglab::verify
