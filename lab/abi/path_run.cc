#include "abi/path_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "guest_asm/layout.h"
#include "image/operands.h"

namespace siglab {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

template <class T>
uint32_t index_of(std::vector<T>& list, const T& wanted) {
	const auto at = std::find(list.begin(), list.end(), wanted);
	if (at != list.end()) return static_cast<uint32_t>(at - list.begin());
	list.push_back(wanted);
	return static_cast<uint32_t>(list.size() - 1);
}

std::string vec_name(const Isa& isa, uint8_t word) { return fmt::format("d{}", isa.vec_words == 64 ? word / 2 : word); }

// Collects the boundaries of one call.
class Watch {
   public:
	Watch(const SurveyOf& of, AbiPath& path) : of_(of), isa_(of.image.isa()), path_(path) {}

	void boundary(uint32_t i, const Cpu& cpu, const Memory& memory) {
		if (i == 0) entry_ = cpu;
		const uint64_t pc = cpu.pc - VDSO;
		AbiState state{.depth = static_cast<uint32_t>(entry_.sp - cpu.sp), .g_dirty = cpu.gpr[isa_.g] != entry_.gpr[isa_.g]};
		add_away(cpu, memory, state);
		path_.stack = std::max(path_.stack, state.depth);
		path_.dirty += state.g_dirty ? 1 : 0;
		path_.steps.push_back({pc, index_of(path_.states, state), finds(pc, state.g_dirty)});
		path_.inside_it += (cpu.flags & isa_.it_bits) != 0 ? 1 : 0;
		of_.reached.insert(pc);
	}

   private:
	void add_away(const Cpu& cpu, const Memory& memory, AbiState& state) {
		const auto away = [&](std::string name, uint64_t value, uint8_t width) {
			if (std::find(path_.registers.begin(), path_.registers.end(), name) == path_.registers.end()) path_.registers.push_back(name);
			state.away.push_back({std::move(name), where_is(value, width, cpu, memory)});
		};
		for (const uint8_t reg : isa_.callee_saved) {
			if (cpu.gpr[reg] != entry_.gpr[reg]) away(std::string{gpr_name(isa_, reg)}, entry_.gpr[reg], isa_.word);
		}
		for (const uint8_t word : isa_.callee_saved_vec) {
			if (cpu.vec[word] != entry_.vec[word]) away(vec_name(isa_, word), entry_.vec[word], 8);
		}
	}

	// On the stack of the call, or in another register. Each register came in with a value of its own, so what is equal is it.
	[[nodiscard]] std::string where_is(uint64_t value, uint8_t width, const Cpu& cpu, const Memory& memory) const {
		for (uint64_t at = entry_.sp - width; at >= cpu.sp && at < entry_.sp; at -= isa_.word) {
			if (memory.load_word({at}, width) == value) return fmt::format("caller's sp - {}", entry_.sp - at);
		}
		for (uint8_t reg = 0; reg < cpu.gpr.size(); ++reg) {
			if (cpu.gpr[reg] == value && width == isa_.word && !gpr_name(isa_, reg).empty()) return std::string{gpr_name(isa_, reg)};
		}
		for (uint8_t word = 0; word < isa_.vec_words; ++word) {
			if (cpu.vec[word] == value) return vec_name(isa_, word);
		}
		return "nowhere";
	}

	uint32_t finds(uint64_t pc, bool dirty) {
		const std::vector<Beliefs::Belief> beliefs = of_.beliefs.at(pc, dirty);
		path_.lost.resize(beliefs.size());
		std::vector<std::string> texts;
		for (size_t i = 0; i < beliefs.size(); ++i) {
			path_.lost[i] += beliefs[i].lost ? 1 : 0;
			texts.emplace_back(beliefs[i].from);
		}
		return index_of(of_.record.finds, texts);
	}

	const SurveyOf& of_;
	const Isa& isa_;
	AbiPath& path_;
	Cpu entry_;
};

// ---- the end ----

std::vector<std::string> aapcs_breaks(const Isa& isa, const CallEnding& ending) {
	std::vector<std::string> breaks;
	for (const uint8_t reg : isa.callee_saved) {
		if (ending.after.gpr[reg] != ending.before.gpr[reg]) breaks.emplace_back(gpr_name(isa, reg));
	}
	for (const uint8_t word : isa.callee_saved_vec) {
		if (ending.after.vec[word] != ending.before.vec[word]) breaks.push_back(vec_name(isa, word));
	}
	if (ending.after.sp != ending.before.sp) breaks.emplace_back("sp");
	return breaks;
}

uint64_t word_at(std::span<const std::byte> buffer, size_t at, uint8_t width) {
	uint64_t value = 0;
	std::memcpy(&value, buffer.data() + at, width);
	return value;
}

struct Judged {
	bool good = true;
	std::string text;
};

Judged judge_pair(const CallEnding& ending, uint8_t width, int64_t first, int64_t second, std::string_view unit) {
	const auto got_first = static_cast<int64_t>(word_at(ending.buffer, 0, width)), got_second = static_cast<int64_t>(word_at(ending.buffer, width, width));
	const int digits = unit == "us" ? 6 : 9;
	std::string text = fmt::format("{}.{:0{}}", got_first, got_second, digits);
	if (got_first == first && got_second == second) return {true, text};
	return {false, fmt::format("{}, but the kernel's is {}.{:0{}}", text, first, second, digits)};
}

Judged judge_answer(const Isa& isa, const PathPlan& plan, const CallEnding& ending) {
	const int64_t ns = kernel::clock_ns(ending.clock, plan.answer == Answer::timeval ? CLOCK_ID_REALTIME : plan.clock).value_or(0);
	const int64_t unit = kernel::is_coarse(plan.clock) ? kernel::kCoarseNs : 1;
	switch (plan.answer) {
		case Answer::timespec: return judge_pair(ending, 4, ns / kNsPerSecond, ns % kNsPerSecond, "ns");
		case Answer::timespec64: return judge_pair(ending, 8, ns / kNsPerSecond, ns % kNsPerSecond, "ns");
		case Answer::timeval: return judge_pair(ending, isa.timespec_word, ns / kNsPerSecond, ns % kNsPerSecond / 1000, "us");
		case Answer::resolution: return judge_pair(ending, 4, 0, unit, "ns");
		case Answer::resolution64: return judge_pair(ending, 8, 0, unit, "ns");
		case Answer::random: {
			const auto begin = ending.buffer.begin() + static_cast<std::ptrdiff_t>(kRandomAt - kCallBuffer);
			const bool all_zero = std::all_of(begin, begin + static_cast<std::ptrdiff_t>(plan.returns), [](std::byte b) { return b == std::byte{0}; });
			return {!all_zero, all_zero ? "nothing but zeros" : fmt::format("{} bytes", plan.returns)};
		}
		case Answer::none: break;
	}
	return {};
}

void judge(const Isa& isa, const PathPlan& plan, const CallEnding& ending, AbiPath& path) {
	path.syscalls = ending.syscalls;
	if (!ending.returned()) {
		path.end = ending.text;
		return;
	}
	const auto raw = ending.after.gpr[0];
	const int64_t value = isa.word == 4 ? static_cast<int32_t>(raw) : plan.answer == Answer::random ? static_cast<int64_t>(raw) : static_cast<int32_t>(raw);
	path.end = fmt::format("returns {}", value);
	path.breaks = aapcs_breaks(isa, ending);
	const Judged answer = judge_answer(isa, plan, ending);
	path.result = answer.text;
	path.good = path.breaks.empty() && answer.good && value == plan.returns;
	if (value != plan.returns) path.end += fmt::format(", but the kernel would return {}", plan.returns);
}

// The boundary behind the first load from the data pages: if the clock moves there, the sequence number is not the same at the end.
Result<std::optional<uint32_t>> after_first_look(VdsoCaller& caller, const CallPlan& plan) {
	std::optional<uint32_t> at;
	Result<CallEnding> ending = caller.call(plan, [&](uint32_t i, const Cpu& cpu, const Memory&) {
		const std::optional<GuestAddr> touched = at ? std::nullopt : memory_operand(caller.image(), VDSO, cpu);
		if (touched && touched->value < VDSO && touched->value >= FOREIGN_STACK) at = i + 1;
	});
	if (!ending) return ending.error();
	return at;
}

}  // namespace

Result<AbiPath> run_path(const SurveyOf& of, VdsoCaller& caller, const PathPlan& plan, std::vector<std::byte>& buffer) {
	AbiPath path{.function = plan.call.function, .path = plan.name};
	CallPlan call = plan.call;
	if (plan.goes_on) call.buffer = buffer;
	if (plan.retries) {
		Result<std::optional<uint32_t>> at = after_first_look(caller, call);
		if (!at) return at.error();
		call.tick_at = *at;
	}
	Watch watch(of, path);
	Result<CallEnding> ending = caller.call(call, [&](uint32_t i, const Cpu& cpu, const Memory& memory) { watch.boundary(i, cpu, memory); });
	if (!ending) return ending.error();
	judge(of.image.isa(), plan, *ending, path);
	std::sort(path.registers.begin(), path.registers.end(), [](const std::string& a, const std::string& b) { return std::pair(a.size(), a) < std::pair(b.size(), b); });
	buffer = std::move(ending->buffer);
	return path;
}

}  // namespace siglab
