#include "reached.h"

#include "explore/delivery.h"

namespace siglab::mutants {

void Reached::merge(const Reached& other) {
	executed.insert(other.executed.begin(), other.executed.end());
	injected.insert(other.injected.begin(), other.injected.end());
	complete = complete && other.complete;
}

Result<Reached> reached_by(const World& world, Machine& machine, const Exploration& found, std::span<const Signal> signals) {
	if (Status loaded = machine.load(world.plan); !loaded) return loaded.error();
	Reached reached{.executed = {}, .injected = {}, .complete = found.nodes.size() == found.walk.boundaries() && !found.nested};
	for (const Node& node : found.nodes) reached.executed.insert(node.pc);
	for (const Edge& edge : found.edges) {
		if (edge.signal && edge.fired) reached.injected.insert(found.nodes[edge.from].pc);
	}
	Memory& memory = machine.memory();
	Snapshot shadow(memory);
	const auto note = [&](const Moment& moment) {
		reached.executed.insert(moment.thread.cpu.pc);
		return true;
	};
	for (uint32_t i = 0; i < found.walk.boundaries(); ++i) {
		for (const Write& write : found.walk.writes(i)) {
			(void)memory.place(write.at, write.data());
			shadow.apply(write);
		}
		const Thread thread = found.walk.thread(i);
		for (const Signal signal : signals) {
			if (!kernel::deliverable(thread.signals, signal)) continue;
			const kernel::Resumed entered = kernel::return_to_user(world.kernel, kernel::send(thread, signal), memory);
			if (entered.fate == kernel::Fate::runs) {
				Result<Course> course = run_course(world, machine, CourseOf::handler, entered.thread, handler_ghost(found.walk.ghost(i)), note);
				if (!course) return course.error();
			}
			shadow.restore(memory);
		}
	}
	return reached;
}

}  // namespace siglab::mutants
