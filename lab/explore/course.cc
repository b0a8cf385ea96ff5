#include "explore/course.h"

#include <fmt/format.h>

#include <cstring>

namespace siglab {

namespace {

// The blocks that may differ from the world's first moment, with what they hold.
void remember(const Memory& memory, std::vector<uint32_t>& numbers, std::vector<std::byte>& bytes) {
	numbers.clear();
	bytes.clear();
	size_t touched = 0;
	memory.each_touched([&](uint32_t, const Block&) { ++touched; });
	numbers.reserve(touched);
	bytes.reserve(touched * kBlockSize);
	memory.each_touched([&](uint32_t number, const Block& block) {
		numbers.push_back(number);
		bytes.insert(bytes.end(), block.host, block.host + kBlockSize);
	});
}

}  // namespace

// A block that was touched since counts as different, whatever it holds: it is remembered the next time.
bool Recurrence::Remembered::equals(const Memory& memory) const {
	size_t i = 0;
	bool equal = true;
	memory.each_touched([&](uint32_t number, const Block& block) {
		equal = equal && i < numbers.size() && numbers[i] == number && std::memcmp(block.host, bytes.data() + i * kBlockSize, kBlockSize) == 0;
		++i;
	});
	return equal;
}

bool Recurrence::again(const Thread& thread, const Memory& memory) {
	if (remembered_ && thread == remembered_->thread && remembered_->equals(memory)) return true;
	if (++count_ < renew_at_) return false;
	renew_at_ *= 2;
	if (!remembered_) remembered_ = std::make_unique<Remembered>();
	remembered_->thread = thread;
	remember(memory, remembered_->numbers, remembered_->bytes);
	return false;
}

End end_of(const World& world, const Stop& stop, const Cpu& cpu) {
	const EndKind kind = stop.reason == StopReason::undefined ? EndKind::undefined : EndKind::fault;
	return {kind, {cpu.pc}, fmt::format("{} {}", world.describe({cpu.pc}), stop.text)};
}

End end_of(const World& world, const kernel::CallResult& call, const Cpu& cpu, std::string_view last_words) {
	const GuestAddr pc{cpu.pc};
	using enum kernel::CallEnd;
	switch (call.end) {
		case exited: {
			const std::string_view words = last_words.substr(0, last_words.find('\n'));
			return {EndKind::exited, pc, fmt::format("the process exits with {}{}{}", call.code, words.empty() ? "" : ": ", words)};
		}
		case killed: {
			const char* colon = call.text.empty() ? "" : ": ";
			return {EndKind::killed, pc, fmt::format("the process is killed by signal {}{}{}", call.code, colon, call.text)};
		}
		case refused: return {EndKind::refused, pc, call.text};
		case done: return {EndKind::refused, pc, fmt::format("{} ends the walk from inside a handler", world.describe(pc))};
		case resumed:
		case returned: break;
	}
	return {EndKind::completed, pc, {}};
}

namespace {

// The state of a course under way, between the engine's boundaries and the kernel's answers.
class Runner {
   public:
	Runner(const World& world, Machine& machine, CourseOf what, const Thread& thread, const Ghost& ghost, const OnMoment& on_moment,
	       const RunBounds& bounds)
		: world_(world), machine_(machine), what_(what), on_moment_(on_moment), longest_(bounds.longest), recurrence_(bounds.patience) {
		course_.thread = thread;
		course_.ghost = ghost;
	}

	Result<Course> run() {
		const auto on_boundary = [this](const Cpu& cpu, std::span<const Write> writes) { return boundary(cpu, writes); };
		for (;;) {
			Result<Stop> stop = machine_.recorder().run(course_.thread.cpu, on_boundary);
			if (!stop) return stop.error();
			if (stop->reason == StopReason::told_to) return std::move(course_);
			if (stop->reason != StopReason::syscall) {
				course_.end = end_of(world_, *stop, course_.thread.cpu);
				return std::move(course_);
			}
			if (ends_with_call()) return std::move(course_);
		}
	}

   private:
	// Called by the engine before each instruction. `writes` are the last instruction's; the kernel's own were logged.
	bool boundary(const Cpu& cpu, std::span<const Write> writes) {
		if (!kernel_writes_.empty()) writes = kernel_writes_;
		Thread& now = course_.thread;
		if (&now.cpu != &cpu) now.cpu = cpu;  // an engine may have read its registers to where it was told to start from
		const bool moved = started_ && moves(world_.truth, course_.ghost, retired_, cpu);
		if (moved) {
			was_ = course_.ghost;
			course_.ghost = advance(world_.isa(), world_.truth, was_, retired_, cpu, now.signals.clock);
		}
		if (moved && what_ == CourseOf::handler && world_.truth.landmarks.has(retired_, Mark::leaves)) {
			return give_up(EndKind::left, fmt::format("{} leaves the handler without rt_sigreturn", world_.describe(retired_)));
		}
		if (course_.ghost.depth > Ghost::kMaxDepth) {
			return give_up(EndKind::refused, fmt::format("more than {} calls of the clock are open at once: that is not followed",
			                                             Ghost::kMaxDepth));
		}
		const Moment moment{now, course_.ghost, {world_.isa(), world_.truth, retired_, cpu, moved ? was_ : course_.ghost, course_.ghost,
		                    writes, machine_.memory()}, course_.boundaries};
		const bool go_on = on_moment_(moment);
		kernel_writes_.clear();
		retired_ = {cpu.pc};
		started_ = true;
		if (!go_on) return stop_here();
		if (++course_.boundaries >= longest_) {
			return give_up(EndKind::bound, fmt::format("still running after {} boundaries", longest_));
		}
		if (recurrence_.again(now, machine_.memory())) {
			return give_up(EndKind::livelock, fmt::format("{} runs for ever: the whole state comes again", world_.describe({cpu.pc})));
		}
		return true;
	}

	bool stop_here() {
		course_.stopped = true;
		return false;
	}

	bool give_up(EndKind kind, std::string text) {
		course_.end = {kind, {course_.thread.cpu.pc}, std::move(text)};
		return false;
	}

	// The svc has retired; the kernel answers. True when the course is over.
	bool ends_with_call() {
		Memory& memory = machine_.memory();
		memory.log_writes_to(&kernel_writes_);
		kernel::CallResult call = kernel::syscall(world_.kernel, course_.thread, memory);
		memory.log_writes_to(nullptr);
		const Cpu at = course_.thread.cpu;
		if (call.end == kernel::CallEnd::resumed) {
			if (call.frames != 0) return lets_in(call);
			if (!call.text.empty()) last_words_ = call.text;
			course_.thread = std::move(call.thread);
			return false;
		}
		const bool handler = what_ == CourseOf::handler;
		const bool completed = handler ? call.end == kernel::CallEnd::returned : call.end == kernel::CallEnd::done;
		if (handler && completed) course_.between = std::move(call.between);
		course_.leaving = std::move(course_.thread);
		course_.thread = std::move(call.thread);
		course_.end = completed ? End{EndKind::completed, {at.pc}, {}} : end_of(world_, call, at, last_words_);
		if (!completed && course_.end.kind == EndKind::completed) {
			course_.end = {EndKind::refused, {at.pc}, fmt::format("{} returns from a signal that nobody sent", world_.describe({at.pc}))};
		}
		return true;
	}

	// A call that is no return, and has let signals in.
	bool lets_in(kernel::CallResult& call) {
		const GuestAddr at{course_.thread.cpu.pc};
		const std::string_view what = call.between ? "lets pending signals in" : "has a signal forced on it";
		course_.end = {EndKind::refused, at, fmt::format("{} {}: that is not followed here", world_.describe(at), what)};
		if (!call.between) return true;
		course_.between = std::move(call.between);
		course_.thread = *course_.between;
		course_.ghost = advance(world_.isa(), world_.truth, course_.ghost, retired_, course_.thread.cpu, course_.thread.signals.clock);
		return true;
	}

	const World& world_;
	Machine& machine_;
	const CourseOf what_;
	const OnMoment& on_moment_;
	const uint32_t longest_;
	Course course_;
	GuestAddr retired_;          // the last instruction; none has yet: 0
	Ghost was_;                  // before the last step that moved the ghost
	bool started_ = false;
	std::vector<Write> kernel_writes_;
	std::string last_words_;
	Recurrence recurrence_;
};

}  // namespace

Result<Course> run_course(const World& world, Machine& machine, CourseOf what, const Thread& thread, const Ghost& ghost,
                          const OnMoment& on_moment, const RunBounds& bounds) {
	return Runner(world, machine, what, thread, ghost, on_moment, bounds).run();
}

}  // namespace siglab
