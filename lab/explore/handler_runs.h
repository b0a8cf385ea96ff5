// Handler runs: each delivery on the un-hooked engine, and one of each class on the hooked one, judged step by step for all of the class.
#pragma once

#include <map>

#include "explore/watched.h"

namespace siglab {

class HandlerRuns {
   public:
	// `watch_all`: no classes, every run is watched. So they are where a handler may jump out: the un-hooked engine would not see that.
	HandlerRuns(const World& world, Machine& machine, std::span<const Signal> signals, bool watch_all,
	            uint32_t longest = kMaxBoundaries)
		: world_(world), machine_(machine), signals_(signals), longest_(longest),
		  watch_all_(watch_all || world.truth.landmarks.any(Mark::leaves)) {}

	// As watch_delivery. `before`: what the guest had noted by then. What comes back stands until the next run.
	Result<const Watched*> run(const Snapshot& shadow, const Thread& thread, const Ghost& ghost, Signal signal, const Observed& before);

   private:
	using HandlerClass = std::vector<uint64_t>;
	static void classify(const Delivery& delivery, const Observed& before, const Ghost& ghost, Signal signal, HandlerClass& key);

	const World& world_;
	Machine& machine_;
	std::span<const Signal> signals_;
	const uint32_t longest_;
	const bool watch_all_;
	std::map<HandlerClass, Watched> classes_;
	std::map<HandlerClass, Watched>::iterator last_ = classes_.end();  // the last run's: most are of the same class as the one before
	Watched now_;        // kilobytes, and one for each boundary
	HandlerClass key_;
};

}  // namespace siglab
