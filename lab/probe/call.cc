#include "probe/call.h"

#include <fmt/format.h>

#include <algorithm>

#include "guest_asm/layout.h"
#include "image/vdso_lookup.h"
#include "state/schedule.h"

namespace siglab {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr Perm kVvar = Perm::read | Perm::kernel_writes;

constexpr GuestRange kBuffer{{kCallBuffer}, {kCallBuffer + 0x2000}};
constexpr GuestRange kStack{{CURG_STACK}, {CURG_STACK + CURG_STACK_SIZE}};
constexpr GuestRange kReturn{{GUEST_TEXT}, {GUEST_TEXT + kPageSize}};  // nothing of it is ever executed

Perm perm_of(const Segment& segment) { return segment.executable ? Perm::read | Perm::exec : Perm::read; }

// One region for each PT_LOAD, whole pages.
void add_segments(std::vector<RegionPlan>& plan, const Image& image) {
	for (const Segment& segment : image.segments()) {
		const uint64_t first = VDSO + segment.range.begin.value;
		const GuestRange range{{round_down(first, kPageSize)}, {round_up(VDSO + segment.range.end.value, kPageSize)}};
		RegionPlan region{"vdso", range, perm_of(segment), {}};
		region.contents.resize(range.size());
		const std::span<const std::byte> file = image.bytes().subspan(segment.file_offset, segment.file_size);
		std::copy(file.begin(), file.end(), region.contents.begin() + static_cast<std::ptrdiff_t>(first - range.begin.value));
		plan.push_back(std::move(region));
	}
}

Status add_data_page(std::vector<RegionPlan>& plan, const Image& image, uint64_t in_front) {
	constexpr uint64_t kRoom = VDSO - (FOREIGN_STACK + FOREIGN_STACK_SIZE);
	if (in_front > kRoom) {
		return Error{Exit::usage, fmt::format("{}: its data lie {} KiB in front of it; the lab has room for {}", image.name(), in_front / 1024, kRoom / 1024)};
	}
	const uint64_t page = round_down(VDSO - in_front, kPageSize);
	const GuestRange range{{page}, {page + kPageSize}};
	const bool there = std::any_of(plan.begin(), plan.end(), [&](const RegionPlan& region) { return region.range == range; });
	if (!there) plan.push_back({"vvar", range, kVvar, {}});
	return Done{};
}

}  // namespace

const Clock kStartClock{.realtime_ns = 1'571'845'303 * kNsPerSecond + 123'456'789, .monotonic_ns = 86'399 * kNsPerSecond + 987'654'321};

void fill_registers(const Isa& isa, Cpu& cpu) {
	for (size_t i = 0; i < isa.gpr_names.size(); ++i) {
		if (isa.gpr_names[i].empty()) continue;
		const uint64_t pattern = 0xa1b2'0000'c3d4'0000 | uint64_t{i} << 32 | i;
		cpu.gpr[i] = isa.word == 4 ? static_cast<uint32_t>(pattern) : pattern;
	}
	for (uint8_t i = 0; i < isa.vec_words; ++i) cpu.vec[i] = 0xf00d'0000'beef'0000 | uint64_t{i} << 32 | i;
	cpu.flags = isa.user_flags | 0x60000000;
	cpu.tls = TLS_BLOCK;
	cpu.counter = kernel::counter_at(kStartClock);
}

Result<std::vector<RegionPlan>> map_vdso(const Image& image, const DataPages& pages, kernel::Config& kernel) {
	if (!image.position_independent()) return Error{Exit::usage, fmt::format("{}: a vDSO is a shared object (ET_DYN), not an executable", image.name())};
	if (wants_relocation(image)) return Error{Exit::usage, fmt::format("{}: has dynamic relocations, and a kernel maps a vDSO without any", image.name())};
	for (const Segment& segment : image.segments()) {
		if (segment.writable) return Error{Exit::usage, fmt::format("{}: a vDSO has no writable segment", image.name())};
		if (segment.range.end.value > VDSO_MAX_SIZE) return Error{Exit::usage, fmt::format("{}: larger than {} KiB", image.name(), VDSO_MAX_SIZE / 1024)};
	}
	std::vector<RegionPlan> plan;
	const uint64_t time = pages.time.value_or(VVAR_SIZE);
	if (Status added = add_data_page(plan, image, time); !added) return added.error();
	kernel.vvar = {VDSO - time};
	kernel.has_vvar = true;
	kernel.layout = pages.layout;
	if (pages.rng) {
		if (Status added = add_data_page(plan, image, *pages.rng); !added) return added.error();
		kernel.rng = GuestAddr{VDSO - *pages.rng};
	}
	add_segments(plan, image);
	return plan;
}

namespace {

// A call under way, between the engine's boundaries and the kernel's answers.
class Running {
   public:
	Running(Machine& machine, const kernel::Config& kernel, const CallPlan& plan, const OnCallBoundary& on_boundary, Thread start)
		: machine_(machine), kernel_(kernel), plan_(plan), on_boundary_(on_boundary), now_(std::move(start)) {
		ending_.before = now_.cpu;
	}

	Result<CallEnding> run() {
		Memory& memory = machine_.memory();
		for (;;) {
			const auto watcher = [this](const Cpu& cpu, std::span<const Write> writes) { return boundary(cpu, writes); };
			Result<Stop> stop = machine_.recorder().run(now_.cpu, watcher);
			if (!stop) return stop.error();
			if (stop->reason == StopReason::told_to && ticked_) {
				now_.cpu.counter = kernel::counter_at(now_.signals.clock);
				continue;
			}
			if (stop->reason != StopReason::syscall) {
				if (stop->reason != StopReason::told_to) ends(stop->reason == StopReason::fault ? CallOutcome::fault : CallOutcome::undefined, stop->text);
				ending_.address = stop->address;
				break;
			}
			ending_.syscalls.push_back(static_cast<uint32_t>(now_.cpu.gpr[kernel_.isa->syscall_register]));
			kernel::CallResult answer = kernel::syscall(kernel_, now_, memory);
			if (answer.end != kernel::CallEnd::resumed) {
				ends(CallOutcome::refused, answer.text.empty() ? "makes a system call that does not come back" : answer.text);
				break;
			}
			now_ = answer.thread;
			wrote_ = true;
		}
		ending_.after = now_.cpu;
		ending_.clock = now_.signals.clock;
		ending_.buffer.resize(kBuffer.size());
		(void)memory.read(kBuffer.begin, ending_.buffer);
		return std::move(ending_);
	}

   private:
	bool boundary(const Cpu& cpu, std::span<const Write> writes) {
		if (std::exchange(ticked_, false)) return true;  // this boundary was seen before the tick
		if (cpu.pc == kReturn.begin.value) return false;
		if (ending_.boundaries >= kMaxCallBoundaries) return ends(CallOutcome::bound, fmt::format("is still running after {} instructions", kMaxCallBoundaries));
		now_.cpu = cpu;
		wrote_ = wrote_ || !writes.empty();
		if (again(cpu)) return ends(CallOutcome::loops, fmt::format("runs for ever at +{:#x}: the whole state comes again", cpu.pc - VDSO));
		if (on_boundary_) on_boundary_(ending_.boundaries, cpu, machine_.memory());
		return !kernel_acts();
	}

	// True: the clock has moved, and the run must begin anew, for the engine has the counter as it was.
	bool kernel_acts() {
		const uint32_t i = ending_.boundaries++;
		if (plan_.odd_until == i) {
			kernel::step_sequence(kernel_, machine_.memory());
			wrote_ = true;
		}
		if (plan_.tick_at != i) return false;
		now_ = kernel::tick(kernel_, now_, kTickNs, machine_.memory());
		return wrote_ = ticked_ = true;
	}

	// Brent's: one remembered CPU, renewed at powers of two. Nothing was written since, so memory is the same too.
	bool again(const Cpu& cpu) {
		if (std::exchange(wrote_, false)) {
			remembered_.reset();
			renew_at_ = 64;
			since_ = 0;
		}
		if (remembered_ && *remembered_ == cpu) return true;
		if (++since_ < renew_at_) return false;
		renew_at_ *= 2;
		remembered_ = cpu;
		return false;
	}

	bool ends(CallOutcome outcome, std::string text) {
		ending_.outcome = outcome;
		ending_.text = std::move(text);
		return false;
	}

	Machine& machine_;
	const kernel::Config& kernel_;
	const CallPlan& plan_;
	const OnCallBoundary& on_boundary_;
	Thread now_;
	CallEnding ending_;
	bool wrote_ = false, ticked_ = false;
	std::optional<Cpu> remembered_;
	uint64_t renew_at_ = 64, since_ = 0;
};

}  // namespace

Result<VdsoCaller> VdsoCaller::open(const Image& image, const DataPages& pages, Machine& machine) {
	VdsoCaller caller(image, pages, machine);
	caller.kernel_.isa = &image.isa();
	Result<std::vector<RegionPlan>> plan = map_vdso(image, pages, caller.kernel_);
	if (!plan) return plan.error();
	caller.plan_ = *std::move(plan);
	caller.plan_.push_back({"return", kReturn, Perm::read | Perm::exec, {}});
	caller.plan_.push_back({"stack", kStack, Perm::read | Perm::write, {}});
	caller.plan_.push_back({"buffer", kBuffer, Perm::read | Perm::write, {}});
	return caller;
}

Result<CallEnding> VdsoCaller::call(const CallPlan& plan, const OnCallBoundary& on_boundary) {
	const Isa& isa = image_->isa();
	const Symbol* function = image_->find(plan.function);
	if (function == nullptr) return Error{Exit::usage, fmt::format("{}: has no {}", image_->name(), plan.function)};
	plan_.back().contents = plan.buffer;
	if (Status loaded = machine_->load(plan_); !loaded) return loaded.error();
	kernel::write_vvar(kernel_, kStartClock, plan.mode, machine_->memory());
	if (plan.odd_until) kernel::step_sequence(kernel_, machine_->memory());

	Thread start;
	start.signals.clock = kStartClock;
	fill_registers(isa, start.cpu);
	const size_t in_registers = isa.argument_registers;
	start.cpu.sp = kStack.end.value - 256;
	for (size_t i = 0; i < plan.arguments.size(); ++i) {
		const uint64_t value = isa.word == 4 ? static_cast<uint32_t>(plan.arguments[i]) : plan.arguments[i];
		if (i < in_registers) {
			start.cpu.gpr[i] = value;
		} else {
			(void)machine_->memory().place_word({start.cpu.sp + (i - in_registers) * isa.word}, value, isa.word);
		}
	}
	start.cpu.gpr[isa.lr] = kReturn.begin.value;
	isa.enter(start.cpu, VDSO + function->value);
	return Running(*machine_, kernel_, plan, on_boundary, std::move(start)).run();
}

}  // namespace siglab
