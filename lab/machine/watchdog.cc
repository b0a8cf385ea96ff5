#include "machine/watchdog.h"

#include <algorithm>
#include <chrono>

namespace siglab {
namespace {

// A handler's run takes microseconds. One that has used this much since it was first seen is looked at more closely.
constexpr std::chrono::milliseconds kPatience{150};
// In its first run an emulator builds its tables: dynarmic's take half a second where a sanitizer watches.
constexpr std::chrono::milliseconds kFirstPatience{1500};
constexpr std::chrono::milliseconds kInterval{50};

// Zero where the thread is gone, and its run with it.
std::chrono::nanoseconds used_up(clockid_t clock) {
	timespec now{};
	clock_gettime(clock, &now);
	return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

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
	watched_.push_back({&engine});
	if (!thread_.joinable()) thread_ = std::thread([this] { look_around(); });
}

void Watchdog::forget(Engine& engine) {
	const std::lock_guard lock(mutex_);
	std::erase_if(watched_, [&](const Watched& watched) { return watched.engine == &engine; });
}

void Watchdog::look_at(Watched& watched) {
	const uint64_t serial = watched.engine->serial();
	if (serial % 2 == 0) return;
	const std::chrono::nanoseconds now = used_up(watched.engine->clock());
	if (serial != watched.serial) {
		watched.serial = serial;
		watched.since = now;
	} else if (now - watched.since >= (serial == 1 ? kFirstPatience : kPatience)) {
		watched.engine->interrupt();
	}
}

void Watchdog::look_around() {
	std::unique_lock lock(mutex_);
	while (!ends_) {
		wake_.wait_for(lock, kInterval);
		for (Watched& watched : watched_) look_at(watched);
	}
}

}  // namespace siglab
