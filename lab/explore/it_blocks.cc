#include "explore/it_blocks.h"

#include <fmt/format.h>

namespace siglab {

void ItBlocks::tell(Exploration& found) const {
	if (passed_ == 0 || found.outcome != Outcome::exhausted) return;
	found.outcome = Outcome::bound_reached;
	found.left = fmt::format("nothing was delivered at {} boundaries inside Thumb IT blocks: this engine cannot stop there", passed_);
}

}  // namespace siglab
