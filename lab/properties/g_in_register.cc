#include <fmt/format.h>

#include "properties/checks.h"

namespace siglab {

// The latent half of go#35249: a g that was fetched well, while the register that every getg() reads stays bad.
void g_in_register_on_delivery(const DeliveryView& view, Violations& violations) {
	if (!view.truth.checks_setg || !view.truth.checks_fetch || view.observed.setg_count == view.observed_before.setg_count) return;
	if (view.observed.setg_reg == view.observed.fetched_g) return;
	violations.push_back({{Property::g_in_register, Kind::stale},
	                      fmt::format("g register = {:#x} up to setg(gsignal)", view.observed.fetched_g),
	                      fmt::format("g register = {:#x}", view.observed.setg_reg)});
}

}  // namespace siglab
