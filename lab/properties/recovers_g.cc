#include <fmt/format.h>

#include "properties/checks.h"

namespace siglab {

// The handler's own note of the g it goes on with, against the ghost's owner of the interrupted code.
void recovers_g_on_delivery(const DeliveryView& view, Violations& violations) {
	if (!view.truth.checks_fetch || view.observed.fetch_count == view.observed_before.fetch_count) return;
	const uint64_t fetched = view.observed.fetched_g;
	if (fetched == view.ghost.owner) return;
	violations.push_back({{Property::recovers_g, fetched == 0 ? Kind::nil : Kind::wrong},
	                      fmt::format("g = {:#x}", view.ghost.owner),
	                      fetched == 0 ? "g = nil" : fmt::format("g = {:#x}", fetched)});
}

}  // namespace siglab
