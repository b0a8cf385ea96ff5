#include "explore/walk.h"

namespace siglab {

void Walk::add(const Moment& moment) {
	if (ghosts_.empty() || !(ghosts_.back() == moment.ghost)) ghosts_.push_back(moment.ghost);
	if (signals_.empty() || !(signals_.back() == moment.thread.signals)) signals_.push_back(moment.thread.signals);
	writes_.insert(writes_.end(), moment.step.writes.begin(), moment.step.writes.end());
	entered_vdso = entered_vdso || moment.ghost.in_vdso;
	steps_.push_back({moment.thread.cpu, static_cast<uint32_t>(ghosts_.size() - 1), static_cast<uint32_t>(signals_.size() - 1),
	                  static_cast<uint32_t>(writes_.size())});
}

void add_findings(const Violations& violations, uint32_t at, GuestAddr pc, std::optional<uint32_t> boundary,
                  std::vector<Finding>& findings) {
	for (const Violation& violation : violations) {
		const auto same = [&](const Finding& known) { return known.verdict == violation.verdict; };
		if (std::any_of(findings.begin(), findings.end(), same)) continue;
		const auto explains = [&](const Finding& known) { return known.cause && follows(known.verdict, violation.verdict); };
		const bool consequence = std::any_of(findings.begin(), findings.end(), explains);
		findings.push_back({violation.verdict, boundary, at, pc, violation.expected, violation.observed, !consequence});
	}
}

Result<Walk> record_walk(const World& world, Machine& machine, const Thread& thread, const Ghost& ghost, uint32_t first,
                         std::vector<Finding>& findings) {
	Walk walk;
	Violations violations;
	const auto judge = [&](const Moment& moment) {
		walk.add(moment);
		violations.clear();
		check_step(moment.step, violations);
		if (!violations.empty()) add_findings(violations, first + moment.boundary, {moment.thread.cpu.pc}, std::nullopt, findings);
		return true;
	};
	Result<Course> course = run_course(world, machine, CourseOf::walk, thread, ghost, judge);
	if (!course) return course.error();
	walk.end = course->end;
	violations.clear();
	// Of a walk that goes on from the middle, nobody can say that it should have gone through the vDSO.
	const bool asks_time = first == 0 && world.scenario.function != Function::native;
	check_end({world.truth, walk.end, walk.entered_vdso, asks_time}, violations);
	const uint32_t last = first + (walk.boundaries() == 0 ? 0 : walk.boundaries() - 1);
	add_findings(violations, last, {walk.boundaries() == 0 ? walk.end.pc.value : walk.cpu(walk.boundaries() - 1).pc}, std::nullopt,
	             findings);
	return walk;
}

}  // namespace siglab
