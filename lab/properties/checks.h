// The checks of this room, one pair or triple for each property file.
#pragma once

#include "properties/property.h"

namespace siglab {

void recovers_g_on_delivery(const DeliveryView&, Violations&);
void g_in_register_on_delivery(const DeliveryView&, Violations&);
void traceback_on_delivery(const DeliveryView&, Violations&);
void time_correct_on_step(const StepView&, Violations&);
void time_correct_on_delivery(const DeliveryView&, Violations&);
void abi_on_step(const StepView&, Violations&);
void abi_on_delivery(const DeliveryView&, Violations&);
void slot_discipline_on_step(const StepView&, Violations&);
void slot_discipline_on_delivery(const DeliveryView&, Violations&);
void transparent_return_on_delivery(const DeliveryView&, Violations&);
void alive_on_delivery(const DeliveryView&, Violations&);
void alive_on_end(const WalkView&, Violations&);
void fired_on_delivery(const DeliveryView&, Violations&);
void vdso_used_on_end(const WalkView&, Violations&);

}  // namespace siglab
