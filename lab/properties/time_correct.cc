#include <fmt/format.h>

#include "guest_asm/layout.h"
#include "properties/checks.h"

namespace siglab {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;

bool within(uint64_t value, int64_t from, int64_t to) {
	return value >= static_cast<uint64_t>(from) && value <= static_cast<uint64_t>(to);
}

void judge(std::string_view what, uint64_t value, int64_t from, int64_t to, Violations& violations) {
	if (within(value, from, to)) return;
	const std::string window = from == to ? fmt::format("{} ns", from) : fmt::format("{} .. {} ns", from, to);
	violations.push_back({{Property::time_correct, Kind::bogus}, fmt::format("{} = {}", what, window), fmt::format("{} ns", value)});
}

}  // namespace

// The caller notes each result and counts it last: at that moment the ghost knows when the calls it came from began and ended.
void time_correct_on_step(const StepView& view, Violations& violations) {
	for (const Write& write : view.writes) {
		if (write.at != GuestAddr{OBSERVER + OBS_RESULT_COUNT}) continue;
		const Observed seen = read_observed(view.memory);
		const TimeWindow& mono = view.ghost.returned[static_cast<size_t>(TimeCall::nanotime)];
		const TimeWindow& real = view.ghost.returned[static_cast<size_t>(TimeCall::walltime)];
		if (mono != TimeWindow{}) judge("nanotime", seen.result_ns, mono.from.monotonic_ns, mono.to.monotonic_ns, violations);
		if (real == TimeWindow{}) continue;
		judge("walltime", seen.result_sec * kNsPerSecond + seen.result_nsec, real.from.realtime_ns, real.to.realtime_ns, violations);
	}
}

// The handler's own call is a call like any other.
void time_correct_on_delivery(const DeliveryView& view, Violations& violations) {
	if (view.observed.time_count == view.observed_before.time_count) return;
	const Clock& from = view.before.signals.clock;
	const bool goes_on = view.end.kind == EndKind::completed || view.end.kind == EndKind::left;
	const Clock& to = goes_on ? view.after.signals.clock : from;
	judge("the handler's nanotime", view.observed.time, from.monotonic_ns, to.monotonic_ns, violations);
}

}  // namespace siglab
