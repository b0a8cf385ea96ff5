// libFuzzer: whatever a stranger writes, what comes through the sieve is made of the few forms that it lets through. The check reads the
// output by itself, line by line, and knows nothing of how the sieve came to it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>

#include "base/text.h"
#include "grade/sieve.h"

namespace siglab::grade {
namespace {

void require(bool holds) {
	if (!holds) std::abort();
}

const std::set<std::string> kKnown = {".text",   ".data",    ".globl", ".global", ".type",  ".size",  ".equ",   ".set",
                                      ".balign", ".p2align", ".byte",  ".hword",  ".word",  ".quad",  ".xword", ".skip",
                                      ".space",  ".zero",    ".ltorg", ".arm",    ".thumb", ".syntax"};

bool in_name(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.'; }

// No quote, backslash, semicolon, comment or second statement is left; a dot begins nothing but a local label or stands for itself.
void judge_operands(std::string_view text) {
	for (size_t i = 0; i < text.size(); ++i) {
		require(in_name(text[i]) || std::string_view{" ,#[]!{}+-*/%&|^~<>():="}.find(text[i]) != std::string_view::npos);
		require(text.substr(i, 2) != "//" && text.substr(i, 2) != "/*");
		const bool begins = text[i] == '.' && (i == 0 || !in_name(text[i - 1]));
		if (begins && i + 1 < text.size() && in_name(text[i + 1])) require(text[i + 1] == 'L');
	}
}

void judge_line(std::string_view line) {
	if (line.starts_with("# ")) {
		const size_t blank = line.find(' ', 2);
		require(parse_number(line.substr(2, blank - 2)).has_value() && line.substr(blank) == " \"mark.S\"");
	} else if (line.starts_with('\t')) {
		const size_t tab = line.find('\t', 1);
		require(tab != std::string_view::npos);
		const std::string name{line.substr(1, tab - 1)};
		require(!name.empty() && std::all_of(name.begin(), name.end(), in_name) && (name[0] != '.' || kKnown.contains(name)));
		judge_operands(line.substr(tab + 1));
	} else {
		require(line.ends_with(':') && line.size() > 1 && std::all_of(line.begin(), line.end() - 1, in_name));
	}
}

void fuzz(std::string_view text) {
	const SieveRules rules{.mark = "mark.S", .owned = {"runtime.nanotime1", "nanotime1.call"}, .reserved = {"g_m", "note"}};
	const Result<Sieved> result = sieve(text, rules);
	if (!result) {
		const std::string& why = result.error().text;
		require(result.error().exit == Exit::usage && std::all_of(why.begin(), why.end(), [](char c) { return c >= ' ' && c <= '~'; }));
		return;
	}
	require(result->text.size() <= kMaxSource + kMaxStatements * 64);
	std::vector<std::string> lines = split(result->text, '\n');
	require(!lines.empty() && lines.back().empty());
	lines.pop_back();
	for (const std::string& line : lines) judge_line(line);
	for (const Sieved::Label& label : result->labels) require(!rules.reserved.contains(label.name));
}

}  // namespace
}  // namespace siglab::grade

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
	siglab::grade::fuzz({reinterpret_cast<const char*>(data), size});
	return 0;
}
