#include "kernel_model/syscall.h"

#include <elf.h>
#include <fmt/format.h>

#include "guest_asm/layout.h"
#include "kernel_model/faults.h"

namespace siglab::kernel {
namespace {

constexpr int64_t kEfault = 14, kEinval = 22, kEsrch = 3, kEbadf = 9;
constexpr uint64_t kSigBlock = 0, kSigUnblock = 1, kSigSetmask = 2;
constexpr uint64_t kSigsetSize = 8;
constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr uint64_t kMaxWrite = 4096;
constexpr uint32_t kFirstStop = 19, kLastStop = 22;  // SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU
constexpr uint64_t kMaxRandom = 256;                 // more than that Linux may give in parts, too

// One system call being served. Each function answers with the call's result, as Linux would put it into x0 / r0.
struct Call {
	const Config& config;
	Thread& thread;
	Memory& memory;
	std::string text{};
	std::string refused{};  // what about this call is not modelled

	[[nodiscard]] const Isa& isa() const { return *config.isa; }
	[[nodiscard]] uint64_t arg(size_t n) const { return thread.cpu.gpr[n]; }
	// An argument that Linux declares as an int: it does not look at the upper half of the register.
	[[nodiscard]] uint32_t int_arg(size_t n) const { return static_cast<uint32_t>(thread.cpu.gpr[n]); }
	[[nodiscard]] uint8_t word() const { return isa().word; }

	// A pointer argument to `n` words of the ISA. False: EFAULT.
	bool get(uint64_t at, std::span<uint64_t> words) const {
		for (size_t i = 0; i < words.size(); ++i) {
			const std::optional<uint64_t> value = memory.load_word({at + i * word()}, word());
			if (!value) return false;
			words[i] = *value;
		}
		return true;
	}
	bool put(uint64_t at, std::span<const uint64_t> words) const {
		for (size_t i = 0; i < words.size(); ++i) {
			if (!memory.store_word({at + i * word()}, words[i], word())) return false;
		}
		return true;
	}
};

// struct sigaction as the kernel has it: handler, flags, restorer, mask.
int64_t sys_rt_sigaction(Call& call) {
	const uint32_t number = call.int_arg(0);
	if (call.arg(3) != kSigsetSize || number < 1 || number > 64) return -kEinval;
	if (number >= call.thread.signals.actions.size()) {
		call.refused = fmt::format("rt_sigaction of the real-time signal {}", number);
		return 0;
	}
	const GuestAddr mask_of{3u * call.word()};
	const Action old = call.thread.signals.actions[number];
	if (call.arg(1) != 0) {
		std::array<uint64_t, 3> words{};
		if (!call.get(call.arg(1), words)) return -kEfault;
		const std::optional<uint64_t> mask = call.memory.load_word({call.arg(1) + mask_of.value}, 8);
		if (!mask) return -kEfault;
		if ((bit(Signal{static_cast<uint8_t>(number)}) & kUnblockable) != 0) return -kEinval;
		const Action action = {words[0], words[1], words[2], *mask & ~kUnblockable};
		call.thread.signals.actions.set(number, action);
		const SignalSet self = SignalSet{1} << (number - 1);
		if (action.handler == kSigIgn || (action.handler == kSigDfl && (kIgnoredByDefault & self) != 0)) {
			call.thread.signals.pending &= ~self;
		}
	}
	if (call.arg(2) != 0) {
		const std::array<uint64_t, 3> words = {old.handler, old.flags, old.restorer};
		if (!call.put(call.arg(2), words) || !call.memory.store_word({call.arg(2) + mask_of.value}, old.mask, 8)) return -kEfault;
	}
	return 0;
}

int64_t sys_rt_sigprocmask(Call& call) {
	Signals& signals = call.thread.signals;
	if (call.arg(3) != kSigsetSize) return -kEinval;
	const SignalSet old = signals.blocked;
	if (call.arg(1) != 0) {
		const std::optional<uint64_t> set = call.memory.load_word({call.arg(1)}, 8);
		if (!set) return -kEfault;
		switch (call.int_arg(0)) {
			case kSigBlock: signals.blocked |= *set & ~kUnblockable; break;
			case kSigUnblock: signals.blocked &= ~*set; break;
			case kSigSetmask: signals.blocked = *set & ~kUnblockable; break;
			default: return -kEinval;
		}
	}
	if (call.arg(2) != 0 && !call.memory.store_word({call.arg(2)}, old, 8)) return -kEfault;
	return 0;
}

// stack_t: ss_sp, ss_flags (an int in a word of its own), ss_size.
int64_t sys_sigaltstack(Call& call) {
	AltStack& stack = call.thread.signals.altstack;
	const uint64_t sp = call.thread.cpu.sp;
	const AltStack old = stack;
	if (call.arg(0) != 0) {
		std::array<uint64_t, 3> words{};
		if (!call.get(call.arg(0), words)) return -kEfault;
		const AltStack wanted = {.sp = words[0], .size = words[2], .flags = static_cast<uint32_t>(words[1])};
		if (const int error = set_altstack(call.isa(), stack, wanted, sp)) return -error;
	}
	if (call.arg(1) != 0) {
		const uint32_t in_use = old.size == 0 ? kSsDisable : on_altstack(old, sp) ? kSsOnstack : 0;
		const std::array<uint64_t, 3> words = {old.sp, in_use | (old.flags & kSsAutodisarm), old.size};
		if (!call.put(call.arg(1), words)) return -kEfault;
	}
	return 0;
}

int64_t send_to_self(Call& call, uint32_t number) {
	if (number > 64) return -kEinval;
	if (number >= kFirstStop && number <= kLastStop) {
		call.refused = fmt::format("signal {}, which stops the process,", number);
	} else if (number != 0) {
		send_in_place(call.thread, Signal{static_cast<uint8_t>(number)});
	}
	return 0;
}

int64_t sys_kill(Call& call) { return call.int_arg(0) == kPid ? send_to_self(call, call.int_arg(1)) : -kEsrch; }

int64_t sys_tgkill(Call& call) {
	return call.int_arg(0) == kPid && call.int_arg(1) == kPid ? send_to_self(call, call.int_arg(2)) : -kEsrch;
}

// Words of `width` bytes, as a struct of two of them: a timespec, a timeval.
int64_t put_pair(Call& call, uint64_t at, uint64_t first, uint64_t second, uint8_t width) {
	const bool done = call.memory.store_word({at}, first, width) && call.memory.store_word({at + width}, second, width);
	return done ? 0 : -kEfault;
}

int64_t put_time(Call& call, uint8_t width) {
	const uint32_t id = call.int_arg(0);
	if (!is_clock(id)) return -kEinval;
	const std::optional<int64_t> now = clock_ns(call.thread.signals.clock, id);
	if (!now) call.refused = fmt::format("clock_gettime of clock {}", id);
	const int64_t ns = now.value_or(0);
	return put_pair(call, call.arg(1), static_cast<uint64_t>(ns / kNsPerSecond), static_cast<uint64_t>(ns % kNsPerSecond), width);
}

int64_t put_resolution(Call& call, uint8_t width) {
	const uint32_t id = call.int_arg(0);
	if (!is_clock(id)) return -kEinval;
	return call.arg(1) == 0 ? 0 : put_pair(call, call.arg(1), 0, is_coarse(id) ? kCoarseNs : 1, width);
}

int64_t sys_clock_gettime(Call& call) { return put_time(call, call.isa().timespec_word); }
int64_t sys_clock_gettime64(Call& call) { return put_time(call, 8); }
int64_t sys_clock_getres(Call& call) { return put_resolution(call, call.isa().timespec_word); }
int64_t sys_clock_getres_time64(Call& call) { return put_resolution(call, 8); }

// The kernel's time zone is UTC.
int64_t sys_gettimeofday(Call& call) {
	const auto ns = static_cast<uint64_t>(call.thread.signals.clock.realtime_ns);
	const int64_t done = call.arg(0) == 0 ? 0 : put_pair(call, call.arg(0), ns / kNsPerSecond, ns % kNsPerSecond / 1000, call.isa().timespec_word);
	return done != 0 || call.arg(1) == 0 ? done : put_pair(call, call.arg(1), 0, 0, 4);
}

// Never the same byte twice in a row, always the same bytes: two runs must be alike.
int64_t sys_getrandom(Call& call) {
	const uint64_t size = std::min(call.arg(1), kMaxRandom);
	for (uint64_t i = 0; i < size; ++i) {
		if (!call.memory.store_word({call.arg(0) + i}, (0x5d + 0x9d * i) & 0xff, 1)) return -kEfault;
	}
	return static_cast<int64_t>(size);
}

int64_t sys_nanosleep(Call& call) {
	std::array<uint64_t, 2> timespec{};
	if (!call.get(call.arg(0), timespec)) return -kEfault;
	const bool negative = (timespec[0] >> (8 * call.word() - 1)) != 0;
	return !negative && timespec[1] < static_cast<uint64_t>(kNsPerSecond) ? 0 : -kEinval;
}

int64_t sys_write(Call& call) {
	if (call.int_arg(0) != 1 && call.int_arg(0) != 2) return -kEbadf;
	std::string bytes(std::min(call.arg(2), kMaxWrite), '\0');
	if (!call.memory.read({call.arg(1)}, std::as_writable_bytes(std::span{bytes}))) return -kEfault;
	call.text = std::move(bytes);
	return static_cast<int64_t>(call.text.size());
}

int64_t sys_getpid(Call&) { return kPid; }

struct Entry {
	uint32_t SyscallNumbers::*number;
	int64_t (*serve)(Call&);
};

constexpr Entry kCalls[] = {
	{&SyscallNumbers::rt_sigaction, sys_rt_sigaction}, {&SyscallNumbers::rt_sigprocmask, sys_rt_sigprocmask},
	{&SyscallNumbers::sigaltstack, sys_sigaltstack},   {&SyscallNumbers::tgkill, sys_tgkill},
	{&SyscallNumbers::kill, sys_kill},                 {&SyscallNumbers::getpid, sys_getpid},
	{&SyscallNumbers::gettid, sys_getpid},             {&SyscallNumbers::clock_gettime, sys_clock_gettime},
	{&SyscallNumbers::nanosleep, sys_nanosleep},       {&SyscallNumbers::write, sys_write},
	{&SyscallNumbers::clock_getres, sys_clock_getres}, {&SyscallNumbers::gettimeofday, sys_gettimeofday},
	{&SyscallNumbers::getrandom, sys_getrandom},       {&SyscallNumbers::clock_gettime64, sys_clock_gettime64},
	{&SyscallNumbers::clock_getres_time64, sys_clock_getres_time64},
};

Answer resume(const Config& config, Thread& thread, Memory& memory, CallEnd end) {
	const bool takes = (thread.signals.pending & ~thread.signals.blocked) != 0;
	if (!takes && config.faults.none()) return {.end = end};  // a fault may take what is not there
	std::shared_ptr<const Thread> between = takes ? std::make_shared<const Thread>(thread) : nullptr;
	const WayBack way = return_to_user_in_place(config, thread, memory);
	if (way.fate == Fate::killed) return {.end = CallEnd::killed, .frames = way.frames, .code = way.killed_by, .between = std::move(between)};
	return {.end = end, .frames = way.frames, .between = way.frames != 0 ? std::move(between) : nullptr};
}

Answer serve_sigreturn(const Config& config, Thread& thread, Memory& memory) {
	const Status back = sigreturn_in_place(config, thread, memory);
	if (back) return resume(config, thread, memory, CallEnd::returned);
	const WayBack forced = force_segv_in_place(config, thread, memory);
	const CallEnd end = forced.fate == Fate::killed ? CallEnd::killed : CallEnd::resumed;
	return {.end = end, .frames = forced.frames, .code = forced.killed_by, .text = back.error().text};
}

}  // namespace

Answer syscall_in_place(const Config& config, Thread& thread, Memory& memory) {
	const Isa& isa = *config.isa;
	const uint64_t number = thread.cpu.gpr[isa.syscall_register];
	if (number == HYPERCALL_DONE) return {.end = CallEnd::done};
	if (number == isa.sys.rt_sigreturn) return serve_sigreturn(config, thread, memory);
	if (number == isa.sys.exit || number == isa.sys.exit_group) {
		return {.end = CallEnd::exited, .code = static_cast<int>(thread.cpu.gpr[0] & 0xff)};
	}
	for (const Entry& entry : kCalls) {
		if (isa.sys.*entry.number != number || number == 0) continue;
		const std::optional<Thread> was = before(config, thread);
		Call call{config, thread, memory};
		const auto result = static_cast<uint64_t>(entry.serve(call));
		if (!call.refused.empty()) return {.end = CallEnd::refused, .text = call.refused + " is not modelled"};
		thread.cpu.gpr[0] = isa.word == 4 ? static_cast<uint32_t>(result) : result;
		if (was) spoil<&Spoil::answered>(config, isa, *was, thread, memory);
		Answer answer = resume(config, thread, memory, CallEnd::resumed);
		answer.text = std::move(call.text);
		return answer;
	}
	return {.end = CallEnd::refused,
	        .text = fmt::format("system call {} is not modelled on {} (called before {:#x})", number, isa.name, thread.cpu.pc)};
}

CallResult syscall(const Config& config, const Thread& thread, Memory& memory) {
	CallResult result;
	result.thread = thread;
	static_cast<Answer&>(result) = syscall_in_place(config, result.thread, memory);
	return result;
}

std::vector<AuxEntry> auxv(uint64_t vdso) {
	std::vector<AuxEntry> entries = {{AT_PAGESZ, kPageSize}};
	if (vdso != 0) entries.push_back({AT_SYSINFO_EHDR, vdso});
	entries.push_back({AT_NULL, 0});
	return entries;
}

}  // namespace siglab::kernel
