// Bounds: what ends a search before it is closed, and what the result then says of it.
#pragma once

#include "explore/explorer.h"

namespace siglab {

class Bounds {
   public:
	// Both outlive it.
	Bounds(const Limits& limits, Exploration& found) : limits_(limits), found_(found) {}

	// Asked before each new state. `waiting`: states to go on from, the one under way among them.
	bool is_over(size_t waiting);
	// Of one run: it was given up.
	void reached(const End& end);

   private:
	void stop_at(std::string_view limit, size_t waiting);

	const Limits& limits_;
	Exploration& found_;
};

}  // namespace siglab
