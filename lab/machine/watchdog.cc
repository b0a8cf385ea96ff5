#include "machine/watchdog.h"

#include <algorithm>
#include <chrono>

namespace siglab {
namespace {

// A handler's run takes microseconds. One that is seen under way twice in a row, this far apart, is looked at more closely.
constexpr std::chrono::milliseconds kPatience{600};

}  // namespace

std::shared_ptr<Watchdog> Watchdog::shared() {
	static const auto kInstance = std::make_shared<Watchdog>();
	return kInstance;
}

Watchdog::~Watchdog() {
	{
		const std::lock_guard lock(mutex_);
		ends_ = true;
	}
	wake_.notify_all();
	if (thread_.joinable()) thread_.join();
}

void Watchdog::watch(Engine& engine) {
	const std::lock_guard lock(mutex_);
	watched_.push_back({&engine, 0});
	if (!thread_.joinable()) thread_ = std::thread([this] { look_around(); });
}

void Watchdog::forget(Engine& engine) {
	const std::lock_guard lock(mutex_);
	std::erase_if(watched_, [&](const Watched& watched) { return watched.engine == &engine; });
}

void Watchdog::look_around() {
	std::unique_lock lock(mutex_);
	while (!ends_) {
		wake_.wait_for(lock, kPatience);
		for (Watched& watched : watched_) {
			const uint64_t serial = watched.engine->serial();
			const bool under_way = serial % 2 == 1;
			if (under_way && serial == watched.serial) watched.engine->interrupt();
			watched.serial = serial;
		}
	}
}

}  // namespace siglab
