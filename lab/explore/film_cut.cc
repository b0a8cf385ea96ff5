#include "explore/film_cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace siglab {
namespace {

constexpr uint64_t kSmall = 0x10000;  // below: nobody's address

std::string head_of(const RawStep& step, bool resumed) {
	const std::string_view signal = step.signal ? signal_name(*step.signal) : "";
	const std::string pc = resumed ? "$pc" : fmt::format("{:x}", step.pc);
	switch (step.verb) {
		case Verb::none: break;
		case Verb::take: return fmt::format("take {} {}", signal, pc);
		case Verb::pend: return fmt::format("pend {} {}", signal, pc);
		case Verb::tick: return "tick " + pc;
		case Verb::back: return "return " + pc;
		case Verb::leave: return "leave " + pc;
	}
	return pc;
}

// The register that a word of the frame is one of, if it is exactly one.
std::optional<Place> saved_register(const Isa& isa, uint64_t offset) {
	for (const FrameRow& row : isa.frame_rows) {
		if (row.width != isa.word || offset < row.offset || offset >= row.offset + uint64_t{row.width} * row.count) continue;
		const auto index = static_cast<Place>(row.first + (offset - row.offset) / row.width);
		switch (row.field) {
			case FrameField::gpr: return index;
			case FrameField::sp: return kPlaceSp;
			case FrameField::pc: return kPlacePc;
			case FrameField::flags: return kPlaceFlags;
			case FrameField::fpsr: return kPlaceFpsr;
			case FrameField::fpcr: return kPlaceFpcr;
			case FrameField::vec: return kPlaceVec + index;
			case FrameField::record_lr: return isa.lr;
			default: return std::nullopt;
		}
	}
	return std::nullopt;
}

// How a value is written.
enum class Form : uint8_t { number, of_register, pc_xor, pc_minus };
struct Written {
	Form form = Form::number;
	uint64_t what = 0;  // the number, or the register's place
};

// Runs that go the same way: at each step they change the same words of memory, and stand at the same PC.
class Group {
   public:
	Group(StepTable& table, const std::vector<StepTable::Run>& runs, std::vector<size_t> members)
		: table_(table), isa_(table.isa()), runs_(runs), members_(std::move(members)), now_(members_.size()), texts_(members_.size()) {
		for (size_t i = 0; i < members_.size(); ++i) now_[i] = interrupted(i);
	}

	void write(std::vector<std::vector<uint32_t>>& numbers) {
		for (size_t step = 0; step < raw(0).steps.size(); ++step) {
			write_step(step);
			uint32_t number = 0;
			for (size_t i = 0; i < members_.size(); ++i) {
				const bool as_before = i > 0 && (alike_ || texts_[i] == texts_[i - 1]);
				if (!as_before) number = table_.number(texts_[i]);
				numbers[members_[i]].push_back(number);
			}
		}
	}

   private:
	[[nodiscard]] const Raw& raw(size_t i) const { return *runs_[members_[i]].raw; }
	[[nodiscard]] const Registers& interrupted(size_t i) const { return runs_[members_[i]].interrupted; }

	void write_step(size_t step) {
		const RawStep& first = raw(0).steps[step];
		const auto resumes = [&](size_t i) { return first.verb == Verb::back && raw(i).steps[step].pc == interrupted(i)[kPlacePc]; };
		alike_ = true;
		texts_[0] = head_of(first, resumes(0));
		if (first.verb == Verb::back) {
			differ();
			for (size_t i = 0; i < members_.size(); ++i) texts_[i] = head_of(raw(i).steps[step], resumes(i));
		}
		if (first.verb == Verb::back) now_ = as_interrupted();
		changed_.fill(false);
		for (size_t i = 0; i < members_.size(); ++i) apply(raw(i), step, i);
		for (Place place = 0; place < kRegisters; ++place) {
			if (changed_[place]) write_register(place);
		}
		write_kernel(step);
		write_words(step);
	}

	[[nodiscard]] std::vector<Registers> as_interrupted() const {
		std::vector<Registers> all;
		for (size_t i = 0; i < members_.size(); ++i) all.push_back(interrupted(i));
		return all;
	}

	static uint32_t begin_of(const Raw& raw, size_t step, uint32_t RawStep::*end) { return step == 0 ? 0 : raw.steps[step - 1].*end; }

	void apply(const Raw& raw, size_t step, size_t i) {
		for (uint32_t at = begin_of(raw, step, &RawStep::values_end); at < raw.steps[step].values_end; ++at) {
			if (raw.places[at] >= kRegisters) continue;
			now_[i][raw.places[at]] = raw.values[at];
			changed_[raw.places[at]] = true;
		}
	}

	void write_register(Place place) {
		values_.clear();
		for (const Registers& registers : now_) values_.push_back(registers[place]);
		write_value(table_.name(place), place, place < kPlaceSp);
	}

	// The kernel's state and the owner do not depend on the registers.
	void write_kernel(size_t step) {
		const auto tells = [&](const Raw& one) {
			const auto end = one.places.begin() + one.steps[step].values_end;
			return std::any_of(one.places.begin() + begin_of(one, step, &RawStep::values_end), end, [](Place place) { return place >= kRegisters; });
		};
		if (!std::any_of(members_.begin(), members_.end(), [&](size_t member) { return tells(*runs_[member].raw); })) return;
		differ();
		for (size_t i = 0; i < members_.size(); ++i) {
			const Raw& one = raw(i);
			for (uint32_t at = begin_of(one, step, &RawStep::values_end); at < one.steps[step].values_end; ++at) {
				if (one.places[at] < kRegisters) continue;
				fmt::format_to(std::back_inserter(texts_[i]), " {}={:x}", table_.name(one.places[at]), one.values[at]);
			}
		}
	}

	void write_words(size_t step) {
		const uint32_t begin = begin_of(raw(0), step, &RawStep::words_end);
		const bool frame = raw(0).steps[step].verb == Verb::take;
		for (uint32_t at = begin; at < raw(0).steps[step].words_end; ++at) {
			const uint64_t address = raw(0).words[at].at;
			values_.clear();
			for (size_t i = 0; i < members_.size(); ++i) values_.push_back(raw(i).words[at].value);
			write_value(fmt::format("@{:x}", address), frame ? saved_register(isa_, address - now_[0][kPlaceSp]) : std::nullopt, false);
		}
	}

	// `self`: the register that the value would naturally be.
	void write_value(const std::string& name, std::optional<Place> self, bool computed) {
		const bool all_self = self && holds_for_all({Form::of_register, *self});
		const bool constant = std::adjacent_find(values_.begin(), values_.end(), std::not_equal_to<>()) == values_.end();
		if (all_self || constant) {
			const std::string text = text_of(all_self ? Written{Form::of_register, *self} : Written{Form::number, values_[0]});
			for (std::string& line : std::span{texts_}.first(alike_ ? 1 : texts_.size())) append(line, name, text);
			return;
		}
		differ();
		std::vector<bool> done(members_.size());
		for (size_t i = 0; i < members_.size(); ++i) {
			if (done[i]) continue;
			const Written best = best_for(i, self, computed, done);
			const std::string text = text_of(best);
			for (size_t j = i; j < members_.size(); ++j) {
				if (done[j] || !holds(best, j)) continue;
				append(texts_[j], name, text);
				done[j] = true;
			}
		}
	}

	// From here on each run has a text of its own.
	void differ() {
		if (alike_) std::fill(texts_.begin() + 1, texts_.end(), texts_[0]);
		alike_ = false;
	}

	static void append(std::string& line, const std::string& name, const std::string& text) {
		line += ' ';
		line += name;
		line += '=';
		line += text;
	}

	// What is true of run i and of most others that have no text yet; of several the first.
	Written best_for(size_t i, std::optional<Place> self, bool computed, const std::vector<bool>& done) {
		std::vector<Written> candidates;
		if (self) candidates.push_back({Form::of_register, *self});
		candidates.push_back({Form::number, values_[i]});
		for (const Place place : {Place{kPlacePc}, Place{kPlaceSp}, Place{isa_.lr}, Place{isa_.g}}) {
			candidates.push_back({Form::of_register, place});
		}
		for (Place place = 0; place < kRegisters; ++place) candidates.push_back({Form::of_register, place});
		for (const uint64_t other : std::span{now_[i]}.first(computed ? size_t{kPlaceSp} : size_t{0})) {
			if (other < kSmall || other == interrupted(i)[kPlacePc]) continue;
			candidates.push_back({Form::pc_xor, other});
			candidates.push_back({Form::pc_minus, other});
		}
		Written best{Form::number, values_[i]};
		ptrdiff_t most = 0;
		for (const Written& candidate : candidates) {
			if (!holds(candidate, i)) continue;
			ptrdiff_t count = 0;
			for (size_t j = i; j < members_.size(); ++j) count += !done[j] && holds(candidate, j) ? 1 : 0;
			if (count > most) best = candidate, most = count;
		}
		return best;
	}

	[[nodiscard]] bool holds(const Written& written, size_t i) const {
		const uint64_t pc = interrupted(i)[kPlacePc];
		switch (written.form) {
			case Form::number: return values_[i] == written.what;
			case Form::of_register: return values_[i] == interrupted(i)[written.what];
			case Form::pc_xor: return values_[i] == (pc ^ written.what);
			case Form::pc_minus: return values_[i] == ((pc - written.what) & (isa_.word == 4 ? 0xffffffff : ~uint64_t{0}));
		}
		return false;
	}

	[[nodiscard]] bool holds_for_all(const Written& written) const {
		for (size_t i = 0; i < members_.size(); ++i) {
			if (!holds(written, i)) return false;
		}
		return true;
	}

	[[nodiscard]] std::string text_of(const Written& written) const {
		switch (written.form) {
			case Form::number: break;
			case Form::of_register: return "$" + table_.name(static_cast<Place>(written.what));
			case Form::pc_xor: return fmt::format("$pc^{:x}", written.what);
			case Form::pc_minus: return fmt::format("$pc-{:x}", written.what);
		}
		return fmt::format("{:x}", written.what);
	}

	StepTable& table_;
	const Isa& isa_;
	const std::vector<StepTable::Run>& runs_;
	const std::vector<size_t> members_;
	std::vector<Registers> now_;            // of each run: its registers after the step
	std::array<bool, kRegisters> changed_{};
	std::vector<uint64_t> values_;          // of each run: of what is being written
	std::vector<std::string> texts_;        // of each run: the step
	bool alike_ = true;                     // all texts are the first
};

// Everything in which runs of one group are the same.
Hash128 way_of(const Raw& raw) {
	std::vector<uint64_t> way;
	for (const RawStep& step : raw.steps) {
		const uint64_t signal = step.signal ? static_cast<uint64_t>(*step.signal) : 0;
		const uint64_t pc = step.verb == Verb::back ? 0 : step.pc;
		way.insert(way.end(), {static_cast<uint64_t>(step.verb), signal, pc, step.words_end});
	}
	for (const Word& word : raw.words) way.push_back(word.at);
	return hash_bytes(std::as_bytes(std::span{way}));
}

}  // namespace

uint32_t StepTable::number(std::string text) {
	const auto [at, fresh] = known_.try_emplace(text, static_cast<uint32_t>(steps_.size()));
	if (fresh) steps_.push_back(std::move(text));
	return at->second;
}

std::vector<uint32_t> StepTable::plain(const Raw& raw) {
	std::vector<uint32_t> numbers;
	uint32_t value = 0, word = 0;
	for (const RawStep& step : raw.steps) {
		std::string text = head_of(step, false);
		for (; value < step.values_end; ++value) {
			const std::string& name = names_[raw.places[value]];
			if (!name.empty()) fmt::format_to(std::back_inserter(text), " {}={:x}", name, raw.values[value]);
		}
		for (; word < step.words_end; ++word) fmt::format_to(std::back_inserter(text), " @{:x}={:x}", raw.words[word].at, raw.words[word].value);
		numbers.push_back(number(std::move(text)));
	}
	return numbers;
}

std::vector<std::vector<uint32_t>> StepTable::alike(const std::vector<Run>& runs) {
	std::vector<std::vector<uint32_t>> numbers(runs.size());
	std::map<Hash128, size_t> known;
	std::vector<std::vector<size_t>> groups;  // in the order of their first runs
	for (size_t i = 0; i < runs.size(); ++i) {
		const auto [at, fresh] = known.try_emplace(way_of(*runs[i].raw), groups.size());
		if (fresh) groups.emplace_back();
		groups[at->second].push_back(i);
	}
	for (std::vector<size_t>& members : groups) Group(*this, runs, std::move(members)).write(numbers);
	return numbers;
}

}  // namespace siglab
