#include "state/schedule.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace siglab {
namespace {

constexpr std::string_view kEmpty = "-";
constexpr std::string_view kTick = "tick";
constexpr uint32_t kMaxBoundary = 100'000'000;
constexpr uint8_t kMaxDepth = kUntilOverflow;
constexpr size_t kMaxEvents = 10'000;

std::string print_event(const Event& event) {
	return fmt::format("{}@{}{}{}", event.signal ? signal_name(*event.signal) : kTick, std::string(event.depth, 'h'), event.boundary,
	                   std::string(event.again, '\''));
}

Result<Event> parse_event(std::string_view text) {
	const Error wrong{Exit::usage, fmt::format("'{}' is not an event of a schedule; write SIGNAL@BOUNDARY, such as PROF@17", text)};
	const size_t at = text.find('@');
	if (at == std::string_view::npos) return wrong;
	Event event;
	const std::string_view name = text.substr(0, at);
	if (name != kTick) {
		event.signal = parse_signal(name);
		if (!event.signal || signal_name(*event.signal) != name) return wrong;
	}
	std::string_view where = text.substr(at + 1);
	while (where.starts_with('h') && event.depth < kMaxDepth) {
		++event.depth;
		where.remove_prefix(1);
	}
	while (where.ends_with('\'')) {
		++event.again;
		where.remove_suffix(1);
	}
	const std::optional<uint64_t> boundary = parse_number(where);
	if (!boundary || *boundary > kMaxBoundary) return wrong;
	event.boundary = static_cast<uint32_t>(*boundary);
	if (fmt::format_int(event.boundary).str() != where) return wrong;
	return event;
}

}  // namespace

// A handler's walk is another one each time: counting starts anew in it.
Schedule counted(Schedule schedule) {
	struct Last {
		std::optional<uint32_t> boundary;
		uint32_t deliveries = 0;
	};
	std::vector<Last> last;
	for (Event& event : schedule) {
		last.resize(event.depth + 1u);
		Last& here = last[event.depth];
		if (here.boundary != event.boundary) here = {event.boundary, 0};
		event.again = here.deliveries;
		here.deliveries += event.signal ? 1 : 0;
	}
	return schedule;
}

std::string print_schedule(const Schedule& schedule) {
	if (schedule.empty()) return std::string{kEmpty};
	std::vector<std::string> events;
	for (const Event& event : schedule) events.push_back(print_event(event));
	return join(events, " ");
}

Result<Schedule> parse_schedule(std::string_view text) {
	Schedule schedule;
	if (text == kEmpty) return schedule;
	// What is wrong is quoted, and an error is one line for a terminal.
	const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
	if (!std::all_of(text.begin(), text.end(), printable)) return Error{Exit::usage, "a schedule is written in printable ASCII"};
	const std::vector<std::string> pieces = split(text, ' ');
	if (pieces.empty()) return Error{Exit::usage, "the schedule is empty; the undisturbed walk is written '-'"};
	if (pieces.size() > kMaxEvents) return Error{Exit::usage, fmt::format("the schedule has more than {} events", kMaxEvents)};
	for (const std::string& piece : pieces) {
		Result<Event> event = parse_event(piece);
		if (!event) return event.error();
		schedule.push_back(*event);
	}
	return schedule;
}

}  // namespace siglab
