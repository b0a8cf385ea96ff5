#include "state/signals.h"

#include <utility>

namespace siglab {
namespace {

constexpr std::pair<Signal, std::string_view> kNames[] = {
	{Signal::usr1, "USR1"}, {Signal::prof, "PROF"}, {Signal::urg, "URG"}, {Signal::segv, "SEGV"}};

}  // namespace

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
