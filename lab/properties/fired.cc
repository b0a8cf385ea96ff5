#include <fmt/format.h>

#include "properties/checks.h"

namespace siglab {
namespace {

// Where g was fetched, and is nil or may not be used, the signal is dealt with without it.
bool goes_without_g(const DeliveryView& view) {
	const Observed& was = view.observed_before;
	const Observed& is = view.observed;
	if (is.fetch_count != was.fetch_count) return is.fetched_g == 0 || view.truth.out_in_c;
	return is.nog_samples != was.nog_samples || is.badsignals != was.badsignals || is.quiet != was.quiet;
}

// One signal is one sample, one badsignal, or quietly nothing: each its own way, and once. Empty: so it was.
std::optional<std::string> handled_otherwise(const DeliveryView& view, bool with_g) {
	const Observed& was = view.observed_before;
	const Observed& is = view.observed;
	const uint64_t samples = is.prof_count - was.prof_count, blind = is.nog_samples - was.nog_samples;
	const uint64_t bad = is.badsignals - was.badsignals, quiet = is.quiet - was.quiet;
	const bool prof = view.signal == Signal::prof;
	const bool right = with_g ? blind + bad + quiet == 0 && (view.truth.trace.empty() || samples == (prof ? 1u : 0u))
	                          : samples == 0 && blind == (prof ? 1u : 0u) && bad + quiet == (prof ? 0u : 1u) &&
	                                (quiet == 0 || view.signal == Signal::urg);
	if (right) return std::nullopt;
	return fmt::format("{} samples, {} without g, {} badsignals, {} quietly dropped", samples, blind, bad, quiet);
}

}  // namespace

// A check that injects nothing passes for ever: so sigtramp and the handler each note that they ran, and for which PC.
void fired_on_delivery(const DeliveryView& view, Violations& violations) {
	const Observed& was = view.observed_before;
	const Observed& is = view.observed;
	const uint64_t pc = view.before.cpu.pc;
	const auto broke = [&](Kind kind, std::string_view expected, std::string observed) {
		std::string in_full = fmt::format("{} {} at {:#x}", expected, signal_name(view.signal), pc);
		violations.push_back({{Property::fired, kind}, std::move(in_full), std::move(observed)});
	};
	const uint64_t entered = is.tramp_count - was.tramp_count;
	// The kernel could not set up a frame and ended the process: that is what a signal does then, and `alive` says so.
	if (entered == 0 && view.end.kind == EndKind::killed) return;
	if (entered != 1) return broke(Kind::missed, "sigtramp sees", fmt::format("entered {} times", entered));
	if (is.tramp_pc != pc || is.tramp_signo != static_cast<uint64_t>(view.signal)) {
		return broke(Kind::elsewhere, "sigtramp sees", fmt::format("signal {} at {:#x}", is.tramp_signo, is.tramp_pc));
	}
	if (view.end.kind != EndKind::completed && view.end.kind != EndKind::left) return;
	const bool with_g = !goes_without_g(view);
	const uint64_t handled = is.handler_count - was.handler_count;
	if (handled != (with_g ? 1u : 0u)) {
		return broke(Kind::missed, with_g ? "the handler sees" : "without g no handler sees", fmt::format("entered {} times", handled));
	}
	if (with_g && is.handler_pc != pc) return broke(Kind::elsewhere, "the handler sees", fmt::format("{:#x}", is.handler_pc));
	if (std::optional<std::string> other = handled_otherwise(view, with_g)) broke(Kind::missed, "one thing is done about", std::move(*other));
}

}  // namespace siglab
