#include "abi/paths.h"

#include <fmt/format.h>

namespace siglab {
namespace {

constexpr uint32_t kMonotonic = 1, kNoClock = 99;
constexpr std::pair<uint32_t, std::string_view> kClocks[] = {
	{kMonotonic, "CLOCK_MONOTONIC"}, {0, "CLOCK_REALTIME"}, {4, "CLOCK_MONOTONIC_RAW"}, {5, "CLOCK_REALTIME_COARSE"},
	{6, "CLOCK_MONOTONIC_COARSE"},   {7, "CLOCK_BOOTTIME"}, {11, "CLOCK_TAI"}};
constexpr int64_t kEinval = 22;
constexpr uint32_t kWritesUntil = 40;      // boundaries for which the kernel is found writing
constexpr int32_t kNoMode = 0;             // VDSO_CLOCKMODE_NONE: the counter is no use
constexpr uint32_t kFewBytes = 16, kManyBytes = 200;

// The three ways in which a seqlock'd read can go, from one plan of the fast path.
void add_ways(std::vector<PathPlan>& paths, const PathPlan& fast) {
	paths.push_back(fast);
	PathPlan way = fast;
	way.name += ", retry";
	way.retries = true;
	paths.push_back(way);
	way = fast;
	way.name += ", kernel writing";
	way.call.odd_until = kWritesUntil;
	paths.push_back(way);
	way = fast;
	way.name += ", system call";
	way.call.mode = kNoMode;
	paths.push_back(way);
}

std::vector<PathPlan> of_clock_gettime(const std::string& function, Answer answer) {
	std::vector<PathPlan> paths;
	for (const auto& [id, name] : kClocks) {
		const PathPlan fast{.name = std::string{name}, .call = {.function = function, .arguments = {id, kCallBuffer}}, .answer = answer, .clock = id};
		if (id == kMonotonic) {
			add_ways(paths, fast);
		} else {
			paths.push_back(fast);
		}
	}
	paths.push_back({.name = fmt::format("clock {}", kNoClock), .call = {.function = function, .arguments = {kNoClock, kCallBuffer}}, .returns = -kEinval});
	return paths;
}

std::vector<PathPlan> of_clock_getres(const std::string& function, Answer answer) {
	std::vector<PathPlan> paths;
	for (const auto& [id, name] : kClocks) {
		const bool coarse = id == 6;
		if (id != kMonotonic && !coarse) continue;
		paths.push_back({.name = std::string{name}, .call = {.function = function, .arguments = {id, kCallBuffer}}, .answer = answer, .clock = id});
	}
	paths.push_back({.name = fmt::format("clock {}", kNoClock), .call = {.function = function, .arguments = {kNoClock, kCallBuffer}}, .returns = -kEinval});
	return paths;
}

std::vector<PathPlan> of_gettimeofday(const std::string& function) {
	std::vector<PathPlan> paths;
	add_ways(paths, {.name = "time", .call = {.function = function, .arguments = {kCallBuffer, 0}}, .answer = Answer::timeval});
	paths.push_back({.name = "time and zone", .call = {.function = function, .arguments = {kCallBuffer, kZoneAt}}, .answer = Answer::timeval});
	paths.push_back({.name = "zone", .call = {.function = function, .arguments = {0, kZoneAt}}});
	return paths;
}

// The state is new at first: a key is fetched with a system call. After that only the batch is used up.
std::vector<PathPlan> of_getrandom(const std::string& function, uint32_t state) {
	const auto plan = [&](std::string name, uint32_t size, uint32_t state_size, bool goes_on) {
		return PathPlan{.name = std::move(name), .call = {.function = function, .arguments = {kRandomAt, size, 0, kCallBuffer, state_size}},
		                .answer = Answer::random, .returns = size, .goes_on = goes_on};
	};
	std::vector<PathPlan> paths;
	paths.push_back(plan(fmt::format("{} bytes, new state", kFewBytes), kFewBytes, state, false));
	paths.push_back(plan(fmt::format("{} bytes, state in use", kFewBytes), kFewBytes, state, true));
	paths.push_back(plan(fmt::format("{} bytes, state in use", kManyBytes), kManyBytes, state, true));
	paths.push_back(plan(fmt::format("{} bytes, system call", kFewBytes), kFewBytes, state + 1, false));
	paths.push_back({.name = "asks for the state's size", .call = {.function = function, .arguments = {0, 0, 0, kCallBuffer, UINT64_MAX}}});
	return paths;
}

}  // namespace

std::vector<PathPlan> paths_of(const Isa& isa, std::string_view name, uint32_t state) {
	const std::string function{name};
	const bool wide = isa.timespec_word == 8;
	if (name == "__kernel_clock_gettime" || name == "__vdso_clock_gettime") return of_clock_gettime(function, wide ? Answer::timespec64 : Answer::timespec);
	if (name == "__vdso_clock_gettime64") return of_clock_gettime(function, Answer::timespec64);
	if (name == "__kernel_clock_getres" || name == "__vdso_clock_getres") return of_clock_getres(function, wide ? Answer::resolution64 : Answer::resolution);
	if (name == "__vdso_clock_getres_time64") return of_clock_getres(function, Answer::resolution64);
	if (name == "__kernel_gettimeofday" || name == "__vdso_gettimeofday") return of_gettimeofday(function);
	if (name == "__kernel_getrandom" || name == "__vdso_getrandom") return of_getrandom(function, state);
	return {};
}

}  // namespace siglab
