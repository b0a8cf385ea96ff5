// Watchdog: notices an un-hooked run that does not come back, and stops it.
//
// It decides nothing. What it stopped is run again on the hooked engine, where a livelock is proved by a repeated state; the clock on the
// wall only says where to look. So results do not depend on it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "machine/engine.h"

namespace siglab {

class Watchdog {
   public:
	// The process's one. Whoever watches an engine holds on to it: it must outlive them, also when the process ends.
	static std::shared_ptr<Watchdog> shared();
	~Watchdog();

	void watch(Engine& engine);
	void forget(Engine& engine);

   private:
	struct Watched {
		Engine* engine;
		uint64_t serial;
	};
	void look_around();

	std::mutex mutex_;
	std::condition_variable wake_;
	std::vector<Watched> watched_;
	bool ends_ = false;
	std::thread thread_;
};

}  // namespace siglab
