#include "operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <regex>

#include "base/text.h"

namespace siglab::mutants {
namespace {

constexpr std::array<std::string_view, kOperatorCount> kNames = {"nop", "register", "condition", "offset", "swap", "width"};
// Each beside its opposite.
constexpr std::array<std::string_view, 14> kConditions = {"eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le"};
constexpr std::array<std::string_view, 16> kArmRegisters = {"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7",
                                                            "r8", "sb", "sl", "fp", "ip", "sp", "lr", "pc"};
constexpr uint8_t kArmSp = 13, kArmPc = 15;

struct Parts {
	std::string mnemonic;
	std::string operands;
};

Parts parts_of(const std::string& text) {
	const size_t blank = text.find(' ');
	if (blank == std::string::npos) return {text, {}};
	return {text.substr(0, blank), text.substr(blank + 1)};
}

std::string joined(const Parts& parts) { return parts.operands.empty() ? parts.mnemonic : parts.mnemonic + " " + parts.operands; }

std::string with(const std::string& text, size_t at, size_t size, std::string_view by) {
	std::string changed = text;
	return changed.replace(at, size, by);
}

struct Token {
	size_t at = 0;
	std::string text;
};

std::vector<Token> tokens(const std::string& text, const std::regex& pattern) {
	std::vector<Token> found;
	for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
		found.push_back({static_cast<size_t>(at->position(0)), at->str()});
	}
	return found;
}

// ---- registers ----

const std::regex& registers(const Isa& isa) {
	static const std::regex kA64(R"(\b([xwd]\d+|[xw]zr|sp)\b)"), kA32(R"(\b(r\d+|sb|sl|fp|ip|sp|lr|pc)\b)");
	return isa.word == 8 ? kA64 : kA32;
}

bool names(const std::vector<Token>& used, std::string_view name) {
	return std::any_of(used.begin(), used.end(), [&](const Token& token) { return token.text == name || token.text.substr(1) == name.substr(1); });
}

// The same number in another class is the same register: w3 is x3. Of d8..d15 the next is d9..d15, d8.
std::string another_a64(const std::string& name, const std::vector<Token>& used) {
	const bool special = name == "sp" || name.ends_with("zr");
	const char letter = special ? (name == "wzr" ? 'w' : 'x') : name[0];
	const uint64_t number = special ? 0 : *parse_number(name.substr(1));
	for (uint64_t step = 1; step < 31; ++step) {
		const std::string next = fmt::format("{}{}", letter, (number + step) % (letter == 'd' ? 32 : 31));
		if (!names(used, next)) return next;
	}
	return name;
}

std::string another_a32(const std::string& name, const std::vector<Token>& used) {
	const auto number = static_cast<size_t>(std::find(kArmRegisters.begin(), kArmRegisters.end(), name) - kArmRegisters.begin());
	for (size_t step = 1; step < kArmRegisters.size(); ++step) {
		const size_t next = (number + step) % kArmRegisters.size();
		const auto same = [&](const Token& token) { return token.text == kArmRegisters[next]; };
		if (next != kArmSp && next != kArmPc && std::none_of(used.begin(), used.end(), same)) return std::string{kArmRegisters[next]};
	}
	return name;
}

// A list stands in the order of its registers.
std::string sorted_list(const std::string& operands) {
	const size_t open = operands.find('{');
	if (open == std::string::npos) return operands;
	std::string list;
	for (const std::string_view name : kArmRegisters) {
		static const std::regex kName(R"(\b(r\d+|sb|sl|fp|ip|sp|lr|pc)\b)");
		const std::vector<Token> members = tokens(operands.substr(open), kName);
		if (std::any_of(members.begin(), members.end(), [&](const Token& token) { return token.text == name; })) {
			list += fmt::format("{}{}", list.empty() ? "" : ", ", name);
		}
	}
	return operands.substr(0, open) + "{" + list + "}";
}

void other_registers(const Isa& isa, const Parts& parts, std::vector<Change>& changes) {
	const std::vector<Token> used = tokens(parts.operands, registers(isa));
	for (const Token& token : used) {
		const std::string by = isa.word == 8 ? another_a64(token.text, used) : another_a32(token.text, used);
		const std::string operands = sorted_list(with(parts.operands, token.at, token.text.size(), by));
		changes.push_back({Operator::register_, joined({parts.mnemonic, operands})});
	}
}

// ---- conditions ----

std::string opposite(std::string_view condition) {
	const auto at = static_cast<size_t>(std::find(kConditions.begin(), kConditions.end(), condition) - kConditions.begin());
	return std::string{kConditions[at ^ 1u]};
}

bool is_condition(std::string_view name) { return std::find(kConditions.begin(), kConditions.end(), name) != kConditions.end(); }

std::optional<std::string> opposite_a64(const Parts& parts) {
	const std::string& mnemonic = parts.mnemonic;
	if (mnemonic.starts_with("b.")) return joined({"b." + opposite(mnemonic.substr(2)), parts.operands});
	for (const auto& [one, other] : {std::pair{"cbz", "cbnz"}, std::pair{"cbnz", "cbz"}, std::pair{"tbz", "tbnz"}, std::pair{"tbnz", "tbz"}}) {
		if (mnemonic == one) return joined({other, parts.operands});
	}
	const std::string last = parts.operands.substr(parts.operands.rfind(' ') + 1);
	if (!is_condition(last)) return std::nullopt;
	return joined({mnemonic, parts.operands.substr(0, parts.operands.size() - last.size()) + opposite(last)});
}

std::optional<std::string> opposite_a32(const Parts& parts, uint32_t word) {
	constexpr uint32_t kAlways = 14;
	if (word >> 28 >= kAlways) return std::nullopt;
	const std::string_view condition = std::string_view{parts.mnemonic}.substr(parts.mnemonic.size() - 2);
	return joined({parts.mnemonic.substr(0, parts.mnemonic.size() - 2) + opposite(condition), parts.operands});
}

// ---- numbers ----

// By how much a number is put off; 0: it is left alone.
uint64_t off_by(const Isa& isa, const Parts& parts, const Token& token) {
	static const std::regex kShift(R"((lsl|lsr|asr|ror|uxtw|uxtx|sxtw) $)"), kBranch(R"(b|bl|b\.\w\w|b(l)?\w\w|cbn?z|tbn?z|adr)");
	const std::string before = parts.operands.substr(0, token.at);
	const bool last = parts.operands.find('#', token.at + 1) == std::string::npos;
	if (parts.mnemonic == "svc" || parts.mnemonic == "adrp" || std::regex_search(before, kShift)) return 0;
	if (last && std::regex_match(parts.mnemonic, kBranch) && before.find('[') == std::string::npos && parts.mnemonic != "bic") return kSize;
	if (before.ends_with("[pc, ")) return kSize;
	if (before.find('[') != std::string::npos || parts.mnemonic == "add" || parts.mnemonic == "sub") return isa.word;
	return 1;
}

// A number below 0 is an offset's only; elsewhere the instruction would be another.
void other_numbers(const Isa& isa, const Parts& parts, std::vector<Change>& changes) {
	static const std::regex kNumber(R"(#-?(0x)?[0-9a-f]+)"), kBare(R"(\[\w+\])");
	for (const Token& token : tokens(parts.operands, kNumber)) {
		const bool negative = token.text[1] == '-';
		const auto value = static_cast<int64_t>(*parse_number(token.text.substr(negative ? 2 : 1))) * (negative ? -1 : 1);
		const auto by = static_cast<int64_t>(off_by(isa, parts, token));
		const bool offset = parts.operands.substr(0, token.at).find('[') != std::string::npos;
		for (const int64_t next : {value + by, value - by}) {
			// What is written as a huge number, a mask, stays one.
			const bool huge = value < 0 && !negative;
			if (by == 0 || (next < 0 && !offset && !huge)) continue;
			const std::string number = huge ? fmt::format("#{}", static_cast<uint64_t>(next)) : fmt::format("#{}", next);
			changes.push_back({Operator::offset, joined({parts.mnemonic, with(parts.operands, token.at, token.text.size(), number)})});
		}
	}
	if (parts.operands.find('#') != std::string::npos) return;
	for (const Token& token : tokens(parts.operands, kBare)) {
		for (const int next : {int{isa.word}, -int{isa.word}}) {
			const std::string memory = fmt::format("{}, #{}]", token.text.substr(0, token.text.size() - 1), next);
			changes.push_back({Operator::offset, joined({parts.mnemonic, with(parts.operands, token.at, token.text.size(), memory)})});
		}
	}
}

// ---- stores ----

std::optional<std::string> narrower(const Isa& isa, const Parts& parts) {
	if (isa.word == 4) return parts.mnemonic == "str" ? std::optional{joined({"strb", parts.operands})} : std::nullopt;
	if (parts.mnemonic != "str" && parts.mnemonic != "stp") return std::nullopt;
	if (parts.operands.starts_with('w')) return parts.mnemonic == "str" ? std::optional{joined({"strh", parts.operands})} : std::nullopt;
	std::string operands = parts.operands;
	const char half = operands[0] == 'd' ? 's' : 'w';
	operands[0] = half;
	const size_t second = operands.find(", ") + 2;
	if (parts.mnemonic == "stp") operands[second] = half;
	return joined({parts.mnemonic, operands});
}

}  // namespace

std::string_view operator_name(Operator which) { return kNames[static_cast<size_t>(which)]; }

std::vector<Change> changes_of(const Isa& isa, const Line& line) {
	const Parts parts = parts_of(line.text);
	std::vector<Change> changes = {{Operator::nop, "nop"}};
	other_registers(isa, parts, changes);
	const std::optional<std::string> inverted = isa.word == 8 ? opposite_a64(parts) : opposite_a32(parts, line.word);
	if (inverted) changes.push_back({Operator::condition, *inverted});
	other_numbers(isa, parts, changes);
	if (const std::optional<std::string> half = narrower(isa, parts)) changes.push_back({Operator::width, *half});
	std::erase_if(changes, [&](Change& change) { return (change.text = canonical(change.text)) == line.text; });
	return changes;
}

std::string moved(const Line& line, uint64_t to) {
	static const std::regex kLiteral(R"(\[pc, #((0x)?[0-9a-f]+)\])");
	std::smatch match;
	if (!std::regex_search(line.text, match, kLiteral)) return line.text;
	const auto offset = static_cast<int64_t>(*parse_number(match[1].str()) + line.at - to);
	return canonical(match.prefix().str() + fmt::format("[pc, #{}]", offset) + match.suffix().str());
}

}  // namespace siglab::mutants
