#include "state/signals.h"

#include <mutex>
#include <set>
#include <utility>

namespace siglab {
namespace {

constexpr std::pair<Signal, std::string_view> kNames[] = {
	{Signal::usr1, "USR1"}, {Signal::prof, "PROF"}, {Signal::urg, "URG"}, {Signal::segv, "SEGV"}};

// The one table that equals this one. Good for ever: a set's elements stay where they are.
const Actions::Table* the_one(const Actions::Table& table) {
	static std::mutex mutex;
	static std::set<Actions::Table> all;
	const std::lock_guard lock(mutex);
	return &*all.insert(table).first;
}

}  // namespace

Actions::Actions() {
	static const Table* const kDefault = the_one({});
	table_ = kDefault;
}

void Actions::set(size_t number, const Action& action) {
	Table table = *table_;
	table.at(number) = action;
	table_ = the_one(table);
}

std::string_view signal_name(Signal signal) {
	for (const auto& [known, name] : kNames) {
		if (known == signal) return name;
	}
	return {};
}

std::optional<Signal> parse_signal(std::string_view name) {
	if (name.starts_with("SIG")) name.remove_prefix(3);
	for (const auto& [signal, known] : kNames) {
		if (known == name) return signal;
	}
	return std::nullopt;
}

}  // namespace siglab
