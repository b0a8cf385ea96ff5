// What the kernel keeps for one thread's signals, and its clock: the part of a State that user code cannot reach but by system calls.
//
// Models    blocked and pending sets, sigaction, sigaltstack, the two clocks that Go reads.
// Does not  model per-process against per-thread pending sets (there is one thread), queued real-time signals, timers.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/types.h"

namespace siglab {

enum class Signal : uint8_t { segv = 11, usr1 = 10, urg = 23, prof = 27 };

// "USR1". A number that has no name here has an empty one.
std::string_view signal_name(Signal signal);
std::optional<Signal> parse_signal(std::string_view name);

using SignalSet = uint64_t;  // bit n - 1 is signal n, as in the kernel's sigset_t
constexpr SignalSet bit(Signal signal) { return SignalSet{1} << (static_cast<uint8_t>(signal) - 1); }
constexpr SignalSet kUnblockable = (SignalSet{1} << (9 - 1)) | (SignalSet{1} << (19 - 1));  // SIGKILL, SIGSTOP

inline constexpr uint64_t kSaSiginfo = 4, kSaOnstack = 0x08000000, kSaRestart = 0x10000000, kSaNodefer = 0x40000000;
inline constexpr uint64_t kSaRestorer = 0x04000000, kSaResethand = 0x80000000;
inline constexpr uint32_t kSsOnstack = 1, kSsDisable = 2, kSsAutodisarm = 0x80000000;
inline constexpr uint64_t kSigDfl = 0, kSigIgn = 1;

struct Action {
	uint64_t handler = kSigDfl;
	uint64_t flags = 0;
	uint64_t restorer = 0;
	SignalSet mask = 0;
	auto operator<=>(const Action&) const = default;
};

// What the process does on each signal, by its number. It nearly never changes and every state has one, so equal ones are one table, kept
// for good: to copy or to compare them costs a word.
class Actions {
   public:
	using Table = std::array<Action, 32>;

	Actions();  // all SIG_DFL
	[[nodiscard]] size_t size() const { return table_->size(); }
	[[nodiscard]] const Action& operator[](size_t number) const { return (*table_)[number]; }
	[[nodiscard]] const Table& all() const { return *table_; }
	void set(size_t number, const Action& action);
	bool operator==(const Actions&) const = default;

   private:
	const Table* table_;
};

// flags: 0 or kSsDisable, and kSsAutodisarm. Whether it is in use is asked of SP, as the kernel does.
struct AltStack {
	uint64_t sp = 0;
	uint64_t size = 0;
	uint32_t flags = kSsDisable;
	bool operator==(const AltStack&) const = default;
};

// CLOCK_REALTIME and CLOCK_MONOTONIC in nanoseconds. They move only by `tick`.
struct Clock {
	int64_t realtime_ns = 0;
	int64_t monotonic_ns = 0;
	bool operator==(const Clock&) const = default;
};

struct Signals {
	SignalSet blocked = 0;
	SignalSet pending = 0;
	AltStack altstack;
	Actions actions;
	Clock clock;
	bool operator==(const Signals&) const = default;
};

}  // namespace siglab
