#include "explained.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace siglab::mutants {
namespace {

bool names(const std::vector<std::string>& list, std::string_view name) { return std::find(list.begin(), list.end(), name) != list.end(); }

bool is_of(const Explanation& entry, const Mutant& mutant) {
	return entry.isa == mutant.isa->name && entry.change == mutant.change && names(entry.variants, mutant.variant) && names(entry.functions, mutant.function);
}

std::optional<Explanation> parse_entry(std::string_view line) {
	const size_t colon = line.find(": "), bar = line.rfind(" | ");
	if (colon == std::string_view::npos || bar == std::string_view::npos || bar < colon) return std::nullopt;
	const std::vector<std::string> head = split(line.substr(0, colon), ' ');
	if (head.size() != 3) return std::nullopt;
	return Explanation{.isa = head[0], .variants = split(head[1], ','), .functions = split(head[2], ','),
	                   .change = std::string{line.substr(colon + 2, bar - colon - 2)}, .reason = std::string{line.substr(bar + 3)}};
}

}  // namespace

Result<Explanations> parse_explanations(std::string_view text) {
	constexpr std::string_view kReason = "reason ";
	Explanations result;
	uint32_t number = 0;
	for (const std::string& line : split(text, '\n')) {
		++number;
		if (line.empty() || line[0] == '#') continue;
		if (line.starts_with(kReason)) {
			const size_t colon = line.find(": ");
			if (colon == std::string::npos) return Error{Exit::usage, fmt::format("line {}: a reason is 'reason NAME: why'", number)};
			const bool is_new = result.reasons.emplace(line.substr(kReason.size(), colon - kReason.size()), line.substr(colon + 2)).second;
			if (!is_new) return Error{Exit::usage, fmt::format("line {}: the reason is there twice", number)};
			continue;
		}
		std::optional<Explanation> entry = parse_entry(line);
		if (!entry) return Error{Exit::usage, fmt::format("line {}: an entry is 'ISA VARIANTS FUNCTIONS: CHANGE | REASON'", number)};
		entry->line = number;
		result.entries.push_back(std::move(*entry));
	}
	return result;
}

const Explanation* explanation_of(const Explanations& explanations, const Mutant& survivor) {
	const auto found = std::find_if(explanations.entries.begin(), explanations.entries.end(), [&](const Explanation& entry) { return is_of(entry, survivor); });
	return found == explanations.entries.end() ? nullptr : &*found;
}

std::vector<std::string> complaints(const Explanations& explanations, std::span<const Mutant* const> survivors) {
	std::vector<std::string> lines;
	for (const Mutant* survivor : survivors) {
		if (explanation_of(explanations, *survivor) == nullptr) lines.push_back(fmt::format("survived, and nothing explains it: {}", survivor->name()));
	}
	std::set<std::string> used;
	for (const Explanation& entry : explanations.entries) {
		used.insert(entry.reason);
		if (!explanations.reasons.contains(entry.reason)) lines.push_back(fmt::format("survivors.txt:{}: no reason '{}'", entry.line, entry.reason));
		for (const std::string& variant : entry.variants) {
			for (const std::string& function : entry.functions) {
				const auto survived = [&](const Mutant* mutant) { return is_of(entry, *mutant) && mutant->variant == variant && mutant->function == function; };
				if (std::any_of(survivors.begin(), survivors.end(), survived)) continue;
				lines.push_back(fmt::format("survivors.txt:{}: explains what does not survive: {} {} {}: {}", entry.line, entry.isa, variant, function, entry.change));
			}
		}
	}
	for (const auto& [name, why] : explanations.reasons) {
		if (!used.contains(name)) lines.push_back(fmt::format("survivors.txt: nobody uses the reason '{}'", name));
	}
	return lines;
}

}  // namespace siglab::mutants
