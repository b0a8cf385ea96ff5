#include "properties/checks.h"

namespace siglab {
namespace {

std::optional<Kind> kind_of(EndKind end) {
	switch (end) {
		case EndKind::fault: return Kind::fault;
		case EndKind::undefined: return Kind::undefined;
		case EndKind::exited: return Kind::exit;
		case EndKind::killed: return Kind::killed;
		case EndKind::livelock: return Kind::livelock;
		case EndKind::refused: return Kind::refused;
		case EndKind::completed:
		case EndKind::left:           // alive, somewhere else
		case EndKind::bound: break;  // a bound proves nothing; the exploration says "inconclusive"
	}
	return std::nullopt;
}

void judge(const End& end, std::string_view expected, Violations& violations) {
	if (const std::optional<Kind> kind = kind_of(end.kind)) violations.push_back({{Property::alive, *kind}, std::string{expected}, end.text});
}

}  // namespace

void alive_on_delivery(const DeliveryView& view, Violations& violations) { judge(view.end, "the handler returns", violations); }
void alive_on_end(const WalkView& view, Violations& violations) { judge(view.end, "the walk reaches its end", violations); }

}  // namespace siglab
