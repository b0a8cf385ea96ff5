#include "verify/course.h"

#include <fmt/format.h>

namespace siglab::verify {

End runs_for_ever(const World& world, GuestAddr pc) {
	return {EndKind::livelock, pc, fmt::format("{} runs for ever: the whole state comes again", world.describe(pc))};
}

bool Loop::closes(const Thread& thread, const Memory& memory) {
	if (remembered_ && remembered_->first == thread && remembered_->second == Snapshot(memory)) return true;
	if (++steps_ == remember_at_) {
		remember_at_ *= 2;
		remembered_.emplace(thread, Snapshot(memory));
	}
	return false;
}

End Course::end_of(const kernel::CallResult& call, GuestAddr pc) const {
	const auto because = [](std::string_view why) { return why.empty() ? std::string{} : fmt::format(": {}", why); };
	switch (call.end) {
		case kernel::CallEnd::exited: {
			const std::string_view line = std::string_view{last_words_}.substr(0, last_words_.find('\n'));
			return {EndKind::exited, pc, fmt::format("the process exits with {}{}", call.code, because(line))};
		}
		case kernel::CallEnd::killed: return {EndKind::killed, pc, fmt::format("the process is killed by signal {}{}", call.code, because(call.text))};
		case kernel::CallEnd::refused: return {EndKind::refused, pc, call.text};
		case kernel::CallEnd::done:
			if (handler_) return {EndKind::refused, pc, fmt::format("{} ends the walk from inside a handler", world_.describe(pc))};
			return {EndKind::completed, pc, {}};
		case kernel::CallEnd::returned:
			if (!handler_) return {EndKind::refused, pc, fmt::format("{} returns from a signal that nobody sent", world_.describe(pc))};
			return {EndKind::completed, pc, {}};
		case kernel::CallEnd::resumed: break;
	}
	return {EndKind::completed, pc, {}};
}

// What the kernel does with a system call that has just been made.
Step Course::answer(Thread thread) {
	Step step;
	Memory& memory = machine_.memory();
	memory.log_writes_to(&step.writes);
	kernel::CallResult call = kernel::syscall(world_.kernel, thread, memory);
	memory.log_writes_to(nullptr);
	step.over = call.end != kernel::CallEnd::resumed;
	if (!step.over && !call.text.empty()) last_words_ = call.text;
	if (step.over) step.end = end_of(call, {thread.cpu.pc});
	if (step.over) leaving = std::move(thread);
	step.thread = std::move(call.thread);
	return step;
}

Result<Step> Course::step(const Thread& thread) {
	Step step{.thread = thread};
	bool started = false;
	const auto one_instruction = [&](const Cpu& cpu, std::span<const Write> writes) {
		if (!std::exchange(started, true)) return true;
		step.thread.cpu = cpu;
		step.writes.assign(writes.begin(), writes.end());
		return false;
	};
	Cpu cpu = thread.cpu;
	Result<Stop> stop = machine_.recorder().run(cpu, one_instruction);
	if (!stop) return stop.error();
	if (stop->reason == StopReason::told_to) return step;
	step.thread.cpu = cpu;
	if (stop->reason == StopReason::syscall) return answer(std::move(step.thread));
	step.over = true;
	const EndKind kind = stop->reason == StopReason::undefined ? EndKind::undefined : EndKind::fault;
	step.end = {kind, {cpu.pc}, fmt::format("{} {}", world_.describe({cpu.pc}), stop->text)};
	return step;
}

}  // namespace siglab::verify
