#include "record/closed_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "state/signals.h"

namespace siglab {
namespace {

constexpr char kNext = '+', kSame = '=', kFound = '>', kKnown = '<', kEnds = '!', kMasked = '-', kUntried = '.', kOutside = '?', kMissed = '~';

// One state has one text: what is the next or the same is not written as a number.
void print_target(const Way& way, uint32_t index, std::string& text) {
	if (way.to == index && !way.found) {
		text += kSame;
	} else if (way.to == index + 1 && way.found) {
		text += kNext;
	} else {
		fmt::format_to(std::back_inserter(text), "{}{}", way.found ? kFound : kKnown, way.to);
	}
}

void print_way(const Way& way, uint32_t index, std::string& text) {
	switch (way.leads) {
		case Leads::to: print_target(way, index, text); break;
		case Leads::ends: text += kEnds; break;
		case Leads::masked: text += kMasked; break;
		case Leads::untried: text += kUntried; break;
		case Leads::outside: text += kOutside; break;
	}
	if (way.missed) text += kMissed;
}

// Takes one way off the front.
bool take_way(std::string_view& text, uint32_t index, Way& way) {
	const char sign = text.front();
	text.remove_prefix(1);
	way = {};
	if (sign == kFound || sign == kKnown) {
		const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), way.to);
		if (error != std::errc{}) return false;
		text.remove_prefix(static_cast<size_t>(end - text.data()));
	}
	switch (sign) {
		case kFound:
		case kKnown: way.leads = Leads::to, way.found = sign == kFound; break;
		case kNext: way = {.leads = Leads::to, .to = index + 1, .found = true}; break;
		case kSame: way = {.leads = Leads::to, .to = index}; break;
		case kEnds: way.leads = Leads::ends; break;
		case kMasked: way.leads = Leads::masked; break;
		case kUntried: way.leads = Leads::untried; break;
		case kOutside: way.leads = Leads::outside; break;
		default: return false;
	}
	way.missed = text.starts_with(kMissed);
	if (way.missed) text.remove_prefix(1);
	return true;
}

bool delivered(const Way& way) { return way.leads == Leads::to || way.leads == Leads::ends || way.leads == Leads::outside; }

std::string unknown_signal(const std::vector<std::string>& names) {
	for (const std::string& name : names) {
		const std::optional<Signal> signal = parse_signal(name);
		if (!signal || signal_name(*signal) != name) return fmt::format("'{}' is no signal", name);
		if (std::count(names.begin(), names.end(), name) != 1) return fmt::format("the signal '{}' stands twice", name);
	}
	return {};
}

std::string wrong_ways(const ClosedSet& set, size_t columns) {
	std::vector<bool> found(set.states.size());
	if (!found.empty()) found[0] = true;
	for (size_t i = 0; i < set.states.size(); ++i) {
		const std::vector<Way>& ways = set.states[i].ways;
		if (ways.size() != columns) return fmt::format("state {} has {} ways, not {}", i, ways.size(), columns);
		if (!found[i]) return fmt::format("state {} is found by no state before it", i);
		if (!delivered(ways[0])) return fmt::format("no instruction leads on from state {}", i);
		for (const Way& way : ways) {
			if (way.missed && (!delivered(way) || &way == &ways.front())) return fmt::format("nothing was there to be missed in state {}", i);
			if (way.leads != Leads::to) continue;
			if (way.to >= set.states.size()) return fmt::format("state {} leads to {}, which is not in the set", i, way.to);
			if (way.found && (way.to <= i || found[way.to])) return fmt::format("state {} is found twice", way.to);
			found[way.to] = found[way.to] || way.found;
		}
	}
	return {};
}

}  // namespace

std::string print_state(const ClosedState& state, uint32_t index) {
	std::string text = print_hash(state.hash) + ' ';
	for (const Way& way : state.ways) print_way(way, index, text);
	return text;
}

bool parse_state(std::string_view text, uint32_t index, ClosedState& state) {
	const std::string_view given = text;
	const size_t blank = text.find(' ');
	const std::optional<Hash128> hash = parse_hash(text.substr(0, blank));
	if (!hash || blank == std::string_view::npos) return false;
	state.hash = *hash;
	text.remove_prefix(blank + 1);
	while (!text.empty()) {
		if (!take_way(text, index, state.ways.emplace_back())) return false;
	}
	return print_state(state, index) == given;
}

std::string digest_of(const ClosedSet& set) {
	std::string text = fmt::format("{}\n{:#x} {} {}\n", set.search, set.images, print_hash(set.start), set.signals);
	for (uint32_t i = 0; i < set.states.size(); ++i) text += print_state(set.states[i], i) + '\n';
	return print_hash(hash_bytes(std::as_bytes(std::span{text})));
}

std::string nonsense(const ClosedSet& set) {
	const std::vector<std::string> signals = split(set.signals, '+');
	if (std::string why = unknown_signal(signals); !why.empty()) return why;
	const size_t ticks = !set.states.empty() && set.states[0].ways.size() == signals.size() + 2 ? 1 : 0;
	if (std::string why = wrong_ways(set, 1 + signals.size() + ticks); !why.empty()) return why;
	std::set<Hash128> hashes;
	for (const ClosedState& state : set.states) {
		if (!hashes.insert(state.hash).second) return fmt::format("the state {} stands twice", print_hash(state.hash));
	}
	return digest_of(set) == set.digest ? std::string{} : "its digest does not fit";
}

Deliveries deliveries(const ClosedSet& set, size_t column) {
	const size_t signals = split(set.signals, '+').size();
	const size_t first = column == 0 ? 1 : column;
	const size_t last = column == 0 ? signals : column;
	Deliveries sum;
	for (const ClosedState& state : set.states) {
		for (size_t i = first; i <= last; ++i) {
			const Way& way = state.ways[i];
			sum.injections += delivered(way) ? 1 : 0;
			sum.fired += delivered(way) && !way.missed ? 1 : 0;
		}
	}
	return sum;
}

}  // namespace siglab
