// Watchdog: notices an un-hooked run that does not come back, and stops it.
//
// It decides nothing. What it stopped is run again on the hooked engine, where a livelock is proved by a repeated state; a clock only says
// where to look. So results do not depend on it. The clock counts the running thread's processor time: a busy machine makes nothing suspect.
#pragma once

#include <chrono>
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
		uint64_t serial = 0;
		std::chrono::nanoseconds since{};  // what the running thread had used up when this run was first seen
	};
	static void look_at(Watched& watched);
	void look_around();

	std::mutex mutex_;
	std::condition_variable wake_;
	std::vector<Watched> watched_;
	bool ends_ = false;
	std::thread thread_;
};

}  // namespace siglab
