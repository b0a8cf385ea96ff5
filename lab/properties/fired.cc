#include <fmt/format.h>

#include "properties/checks.h"

namespace siglab {

// A check that injects nothing passes for ever: so sigtramp and the handler each note that they ran, and for which PC.
void fired_on_delivery(const DeliveryView& view, Violations& violations) {
	const Observed& was = view.observed_before;
	const Observed& is = view.observed;
	const uint64_t pc = view.before.cpu.pc;
	const auto missed = [&](Kind kind, std::string_view where, std::string observed) {
		std::string expected = fmt::format("{} sees {} at {:#x}", where, signal_name(view.signal), pc);
		violations.push_back({{Property::fired, kind}, std::move(expected), std::move(observed)});
	};
	const uint64_t entered = is.tramp_count - was.tramp_count;
	// The kernel could not set up a frame and ended the process: that is what a signal does then, and `alive` says so.
	if (entered == 0 && view.end.kind == EndKind::killed) return;
	if (entered != 1) return missed(Kind::missed, "sigtramp", fmt::format("entered {} times", entered));
	if (is.tramp_pc != pc || is.tramp_signo != static_cast<uint64_t>(view.signal)) {
		return missed(Kind::elsewhere, "sigtramp", fmt::format("signal {} at {:#x}", is.tramp_signo, is.tramp_pc));
	}
	if (view.end.kind != EndKind::completed && view.end.kind != EndKind::left) return;
	const bool without_g = is.nog_samples != was.nog_samples || is.badsignals != was.badsignals || is.quiet != was.quiet;
	if (without_g) return;
	if (is.handler_count == was.handler_count) return missed(Kind::missed, "the handler", "never entered");
	if (is.handler_pc != pc) missed(Kind::elsewhere, "the handler", fmt::format("{:#x}", is.handler_pc));
}

}  // namespace siglab
