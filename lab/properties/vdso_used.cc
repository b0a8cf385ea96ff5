#include "properties/checks.h"

namespace siglab {

// go#62309: nothing fails when the symbol is not found. The calls are system calls, and a test of the vDSO tests nothing.
void vdso_used_on_end(const WalkView& view, Violations& violations) {
	const bool must = view.asks_time && view.truth.exports_clock && view.truth.sees_vdso_calls;
	if (view.end.kind != EndKind::completed || !must || view.entered_vdso) return;
	violations.push_back({{Property::vdso_used, Kind::unused}, "the walk goes through the vDSO", "every call was a system call"});
}

}  // namespace siglab
