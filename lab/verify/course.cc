#include "verify/course.h"

#include <fmt/format.h>

namespace siglab::verify {

End runs_for_ever(const World& world, GuestAddr pc) {
	return {EndKind::livelock, pc, fmt::format("{} runs for ever: the whole state comes again", world.describe(pc))};
}

End too_many_calls(GuestAddr pc) {
	return {EndKind::refused, pc, fmt::format("more than {} calls of the clock are open at once: that is not followed", Ghost::kMaxDepth)};
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

// What is not a boundary's stop ends the run of the engine: a system call, or something worse.
Step Course::last(const Thread& thread, const Stop& stop) {
	if (stop.reason == StopReason::syscall) return answer(thread);
	const GuestAddr pc{thread.cpu.pc};
	const EndKind kind = stop.reason == StopReason::undefined ? EndKind::undefined : EndKind::fault;
	return {.over = true, .end = {kind, pc, fmt::format("{} {}", world_.describe(pc), stop.text)}, .thread = thread, .writes = {}};
}

// Asked at each boundary: whether the engine must go on without a stop. An exclusive store that never comes is not waited for.
bool Course::goes_on(const Cpu& cpu) {
	constexpr uint32_t kWait = 16;
	constexpr size_t kMost = 256;
	const bool waits = exclusive_ > 0;
	const bool loads = world_.isa().may_load_exclusively(machine_.memory().view({cpu.pc}, sizeof(uint32_t)));
	exclusive_ = loads ? kWait : exclusive_ - (waits ? 1 : 0);
	return waits && ahead_.size() < kMost;
}

Status Course::run_on(const Thread& thread) {
	bool started = false, cannot_stop = false;
	exclusive_ = 0;
	const auto at_boundary = [&](const Cpu& cpu, std::span<const Write> writes) {
		cannot_stop = cannot_stop || ((cpu.flags & world_.isa().it_bits) != 0 && !stops_anywhere(machine_.recorder_kind()));
		const bool more = goes_on(cpu);
		if (!std::exchange(started, true)) return true;
		ahead_.push_back({{.thread = {cpu, thread.signals}, .writes = {writes.begin(), writes.end()}}, std::nullopt});
		if (more) ahead_.back().memory.emplace(machine_.memory());
		return more;
	};
	Cpu cpu = thread.cpu;
	Result<Stop> stop = machine_.recorder().run(cpu, at_boundary);
	if (!stop) return stop.error();
	if (cannot_stop) return Error{Exit::environment, "the run goes through an IT block, where Unicorn cannot stop: give --engine dynarmic"};
	if (stop->reason != StopReason::told_to) ahead_.push_back({last({cpu, thread.signals}, *stop), std::nullopt});
	if (ahead_.size() > 1) ahead_.back().memory.emplace(machine_.memory());
	return Done{};
}

Step Course::take() {
	Ahead first = std::move(ahead_.front());
	ahead_.erase(ahead_.begin());
	if (first.memory) first.memory->restore(machine_.memory());
	return std::move(first.step);
}

Result<Step> Course::step(const Thread& thread) {
	if (ahead_.empty()) {
		if (Status done = run_on(thread); !done) return done.error();
	}
	Step step = take();
	if (handler_ && !step.over && world_.truth.landmarks.has({thread.cpu.pc}, Mark::leaves)) {
		step.over = true;
		step.end = {EndKind::left, {step.thread.cpu.pc}, {}};
		ahead_.clear();
	}
	return step;
}

}  // namespace siglab::verify
