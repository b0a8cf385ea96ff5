#include "grade/pieces.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace siglab::grade {
namespace {

// The words of a line, blanks and commas between them.
std::vector<std::string> words(std::string_view line) {
	std::vector<std::string> found;
	for (size_t at = line.find_first_not_of(" \t,"); at != std::string_view::npos; at = line.find_first_not_of(" \t,", at)) {
		const size_t end = std::min(line.find_first_of(" \t,", at), line.size());
		found.emplace_back(line.substr(at, end - at));
		at = end;
	}
	return found;
}

void add(Prelude& prelude, std::string_view line) { prelude.text += fmt::format("{}\n", line); }

// "#define NAME NUMBER", with or without a comment behind it.
void add_layout(Prelude& prelude, std::string_view layout) {
	for (const std::string& line : split(layout, '\n')) {
		const std::vector<std::string> said = words(line);
		if (said.size() < 3 || said[0] != "#define" || !parse_number(said[2])) continue;
		prelude.names.insert(said[1]);
		add(prelude, fmt::format("\t.equ\t{}, {}", said[1], said[2]));
	}
}

// Its numbers, its macros, and how its assembler is to read it.
void add_version(Prelude& prelude, std::string_view version) {
	bool in_macro = false;
	for (const std::string& line : split(version, '\n')) {
		const std::vector<std::string> said = words(line);
		if (said.empty()) continue;
		const bool number = said[0] == ".equ" && said.size() > 1, begins = said[0] == ".macro" && said.size() > 1;
		in_macro = in_macro || begins;
		if (number || begins) prelude.names.insert(said[1]);
		if (number || in_macro || said[0] == ".syntax" || said[0] == ".arm") add(prelude, line);
		if (said[0] == ".endm") in_macro = false;
	}
}

}  // namespace

Prelude prelude_of(std::string_view layout, std::string_view version) {
	Prelude prelude;
	add_layout(prelude, layout);
	add_version(prelude, version);
	return prelude;
}

Result<std::string> without_functions(std::string_view version, std::span<const std::string> functions) {
	std::string kept;
	std::string inside;
	std::set<std::string> cut;
	for (const std::string& line : split(version, '\n')) {
		const std::vector<std::string> said = words(line);
		const bool begins =
			said.size() == 2 && said[0] == ".globl" && std::find(functions.begin(), functions.end(), said[1]) != functions.end();
		if (begins) inside = said[1];
		if (inside.empty()) kept += line + '\n';
		if (said.size() > 1 && said[0] == ".size" && said[1] == inside) {
			cut.insert(inside);
			inside.clear();
		}
	}
	if (inside.empty() && cut.size() == functions.size()) return kept;
	return Error{Exit::environment, "a version of the lab's is not as the exercise expects it: a function is missing"};
}

}  // namespace siglab::grade
