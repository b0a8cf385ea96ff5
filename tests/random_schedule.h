// Schedules made at random, and when two traces are the same.
#pragma once

#include <random>

#include "explorer_fixture.h"

namespace siglab::test {

inline const std::vector<Signal> kAllSignals = {Signal::prof, Signal::usr1, Signal::urg};

inline bool same_line(const TraceLine& a, const TraceLine& b) {
	const auto tie = [](const TraceLine& l) {
		return std::tie(l.told, l.depth, l.boundary, l.signal, l.pc, l.g_register, l.owner, l.slot, l.tls, l.in_vdso, l.state);
	};
	return tie(a) == tie(b);
}

inline bool same_finding(const Finding& a, const Finding& b) {
	return std::tie(a.verdict, a.boundary, a.at, a.pc, a.expected, a.observed, a.cause) ==
	       std::tie(b.verdict, b.boundary, b.at, b.pc, b.expected, b.observed, b.cause);
}

// Events at rising boundaries, some of them inside handlers and some again at the same place: the raw material, valid or not.
inline Schedule random_schedule(std::mt19937& random, bool nests) {
	const auto up_to = [&](uint32_t most) { return static_cast<uint32_t>(random() % (most + 1)); };
	Schedule schedule;
	uint32_t boundary = 0;
	const uint32_t events = 1 + up_to(3);
	for (uint32_t i = 0; i < events; ++i) {
		boundary += up_to(i == 0 ? 60 : 20) * up_to(1);
		schedule.push_back({.signal = up_to(5) == 0 ? std::nullopt : std::optional{kAllSignals[up_to(2)]}, .boundary = boundary});
		if (schedule.back().signal && up_to(1) == 0) {
			const auto inside = up_to(2) == 0 ? std::nullopt : std::optional{kAllSignals[up_to(2)]};
			schedule.push_back({.signal = inside, .depth = 1, .boundary = up_to(nests ? 20 : 90)});
		}
	}
	return counted(std::move(schedule));
}

}  // namespace siglab::test
