#include "mutants.h"

#include <fmt/format.h>

#include <array>
#include <set>

namespace siglab::mutants {
namespace {

constexpr std::array<std::string_view, 7> kFunctions = {"nanotime1", "walltime1", "vdsoCall", "sigtramp", "sigtrampgo", "sigFetchG", "adjustSignalStack"};

std::string texts(const Image& guest, const std::vector<Line>& lines) {
	std::string text;
	for (const Line& line : lines) text += (text.empty() ? "" : "; ") + shown(guest, line);
	return text;
}

bool is_note(const Image& guest, const Line& line) {
	const SourceLine* source = guest.line(line.at);
	return source != nullptr && (source->text.starts_with("note\t") || source->text.starts_with("count\t"));
}

// The mutants of one function, with the bytes still to come.
void add_function(const Image& guest, const Mutant& base, const std::vector<Line>& lines, std::vector<Mutant>& mutants) {
	const auto add = [&](Operator which, size_t i, std::vector<Line> was, std::vector<Line> is) {
		Mutant mutant = base;
		mutant.at = lines[i].at;
		mutant.offset = lines[i].at - lines[0].at;
		mutant.which = which;
		mutant.was = std::move(was);
		mutant.is = std::move(is);
		mutants.push_back(std::move(mutant));
	};
	for (size_t i = 0; i < lines.size(); ++i) {
		const Line& line = lines[i];
		if (is_note(guest, line)) continue;
		std::set<std::string> seen;
		for (const Change& change : changes_of(*base.isa, line)) {
			if (seen.insert(change.text).second) add(change.which, i, {line}, {{line.at, 0, change.text}});
		}
		if (i + 1 == lines.size() || line.word == lines[i + 1].word || is_note(guest, lines[i + 1])) continue;
		const Line& next = lines[i + 1];
		add(Operator::swap, i, {line, next}, {{line.at, 0, moved(next, line.at)}, {next.at, 0, moved(line, next.at)}});
	}
}

// Fills in the bytes; what is no instruction is dropped.
Status encode_all(const Isa& isa, std::vector<Mutant>& mutants) {
	std::vector<Wanted> wanted;
	for (const Mutant& mutant : mutants) {
		for (const Line& line : mutant.was) wanted.push_back({line.at, line.text});
		for (const Line& line : mutant.is) wanted.push_back({line.at, line.text});
	}
	Result<std::vector<std::optional<uint32_t>>> words = encode(isa, wanted);
	if (!words) return words.error();
	size_t next = 0;
	const auto fill = [&](Mutant& mutant) {
		for (const Line& line : mutant.was) {
			// What the text says of an unchanged instruction is what its bytes say: else no text could be trusted.
			if ((*words)[next++] != line.word) return std::optional<bool>{};
		}
		bool all = true;
		for (Line& line : mutant.is) {
			const std::optional<uint32_t> word = (*words)[next++];
			all = all && word.has_value();
			line.word = word.value_or(0);
		}
		return std::optional{all};
	};
	std::vector<Mutant> kept;
	for (Mutant& mutant : mutants) {
		const std::optional<bool> exists = fill(mutant);
		if (!exists) return Error{Exit::environment, fmt::format("{}: the assembler makes other bytes of it", mutant.was[0].text)};
		if (*exists) kept.push_back(std::move(mutant));
	}
	mutants = std::move(kept);
	return Done{};
}

}  // namespace

std::string Mutant::name() const {
	return fmt::format("{} {} {}+{:#x}: {}", isa->name, variant, function, offset, change);
}

std::span<const std::string_view> mutated_functions() { return kFunctions; }

Result<std::vector<Mutant>> mutants_of(const Image& guest, const std::string& variant) {
	std::vector<Mutant> mutants;
	for (const std::string_view function : kFunctions) {
		Mutant base;
		base.isa = &guest.isa();
		base.variant = variant;
		base.function = function;
		add_function(guest, base, lines_of(guest, fmt::format("runtime.{}", function)), mutants);
	}
	if (Status done = encode_all(guest.isa(), mutants); !done) return done.error();
	for (Mutant& mutant : mutants) mutant.change = fmt::format("{} -> {}", texts(guest, mutant.was), texts(guest, mutant.is));
	return mutants;
}

}  // namespace siglab::mutants
