#include "explore/bounds.h"

#include <fmt/format.h>

namespace siglab {

bool Bounds::is_over(size_t waiting) {
	if (limits_.interrupted != nullptr && limits_.interrupted->load()) {
		found_.outcome = Outcome::interrupted;
	} else if (found_.nodes.size() >= limits_.max_states) {
		stop_at("--max-states", waiting);
	} else if (found_.bytes > limits_.max_bytes) {
		stop_at("--max-memory", waiting);
	} else if (limits_.deadline && found_.nodes.size() % 64 == 0 && std::chrono::steady_clock::now() > *limits_.deadline) {
		stop_at("--time-limit", waiting);
	}
	return found_.outcome != Outcome::exhausted;
}

void Bounds::stop_at(std::string_view limit, size_t waiting) {
	found_.outcome = Outcome::bound_reached;
	found_.left = fmt::format("{} was reached after {} states, with {} more to go on from", limit, found_.nodes.size(), waiting);
}

void Bounds::reached(const End& end) {
	if (end.kind != EndKind::bound) return;
	found_.outcome = Outcome::bound_reached;
	found_.left = end.text;
}

}  // namespace siglab
