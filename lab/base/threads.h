// Threads that share work out among themselves.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace siglab {

using Progress = std::function<void(size_t done, size_t total)>;

// work(), on that many threads at once, of which the caller's is one. Returns when all are through.
template <class Work>
void on_threads(unsigned threads, const Work& work) {
	std::vector<std::thread> others;
	for (unsigned i = 1; i < threads; ++i) others.emplace_back(std::cref(work));
	work();
	for (std::thread& other : others) other.join();
}

// Each number below count goes to one worker. Every thread has a worker of its own, make_worker(); worker(i) says whether to go on: behind a
// "no" nobody takes another number.
// progress   told behind each number by the thread that had it, by one at a time; the last that it hears is (count, count), unless it was a "no".
template <class MakeWorker>
void share_out(size_t count, unsigned threads, const MakeWorker& make_worker, const Progress& progress = {}) {
	std::atomic<size_t> next{0};
	std::mutex telling;
	size_t done = 0;
	on_threads(threads, [&] {
		auto worker = make_worker();
		for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
			if (!worker(i)) {
				next = count;
				return;
			}
			const std::lock_guard lock(telling);
			++done;
			if (progress) progress(done, count);
		}
	});
}

}  // namespace siglab
