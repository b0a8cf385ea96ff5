#include "properties/checks.h"

namespace siglab {
namespace {

constexpr PropertyChecks kProperties[] = {
	{.property = Property::fired, .on_delivery = fired_on_delivery},
	{.property = Property::recovers_g, .on_delivery = recovers_g_on_delivery},
	{.property = Property::g_in_register, .on_delivery = g_in_register_on_delivery},
	{.property = Property::traceback, .on_delivery = traceback_on_delivery},
	{.property = Property::abi, .on_step = abi_on_step, .on_delivery = abi_on_delivery},
	{.property = Property::slot_discipline, .on_step = slot_discipline_on_step, .on_delivery = slot_discipline_on_delivery},
	{.property = Property::time_correct, .on_step = time_correct_on_step, .on_delivery = time_correct_on_delivery},
	{.property = Property::alive, .on_delivery = alive_on_delivery, .on_end = alive_on_end},
	{.property = Property::transparent_return, .on_delivery = transparent_return_on_delivery},
	{.property = Property::vdso_used, .on_end = vdso_used_on_end},
};
static_assert(std::size(kProperties) == kPropertyCount);

}  // namespace

std::span<const PropertyChecks> all_properties() { return kProperties; }

void check_step(const StepView& view, Violations& violations) {
	for (const PropertyChecks& checks : kProperties) {
		if (checks.on_step != nullptr) checks.on_step(view, violations);
	}
}

void check_delivery(const DeliveryView& view, Violations& violations) {
	for (const PropertyChecks& checks : kProperties) {
		if (checks.on_delivery != nullptr) checks.on_delivery(view, violations);
	}
}

void check_end(const WalkView& view, Violations& violations) {
	for (const PropertyChecks& checks : kProperties) {
		if (checks.on_end != nullptr) checks.on_end(view, violations);
	}
}

bool follows(Verdict earlier, Verdict later) {
	switch (earlier.property) {
		// A vDSO that breaks its contract, a handler that goes on with a wrong g, a process that is dead: nothing after it means anything.
		case Property::abi:
		case Property::recovers_g:
		case Property::alive: return true;
		// What the handler wrote over is found missing later, by the return and at each boundary after it.
		case Property::slot_discipline:
			return later.property == Property::slot_discipline || later == Verdict{Property::transparent_return, Kind::slot} ||
			       later == Verdict{Property::transparent_return, Kind::memory};
		case Property::transparent_return: return later.property == Property::slot_discipline || later.property == Property::transparent_return;
		default: return false;
	}
}

}  // namespace siglab
