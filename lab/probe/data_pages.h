// Where a vDSO image looks for what the kernel tells it: found by running it.
//
// Models    the page with the clocks' data: what clock_gettime(CLOCK_MONOTONIC) reads first, the sequence number at a page's start. Where
//           in it the raw clock's data and the resolution are; the data of getrandom; whether the counter is read. All that the image's own
//           loads tell, so no table of kernel versions is needed.
// Does not  model time namespaces' pages: they stay unmapped, and the lab's clock mode never sends anybody there.
#pragma once

#include "probe/call.h"

namespace siglab {

// An image that reads nothing in front of itself gets the lab's own layout, a page in front (lab/guest_asm/layout.h).
// One that faults elsewhere is no error here: whoever runs it sees that.
// Errors    usage: what it reads in front is no page's beginning, or more than the clocks' page, or its data cannot be told apart: in one line.
//           environment: the engine.
Result<DataPages> find_data_pages(const Image& image, Machine& machine);

// The first function of the image with one of these names.
const Symbol* first_function(const Image& image, std::initializer_list<std::string_view> names);

}  // namespace siglab
