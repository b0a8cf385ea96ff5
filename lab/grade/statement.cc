#include "grade/statement.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "grade/sieve.h"

namespace siglab::grade {
namespace {

// One assembler or the other does not know some of them, and says so.
constexpr Directive kDirectives[] = {
	{".text", Takes::nothing},
	{".data", Takes::nothing},
	{".globl", Takes::names, true},
	{".global", Takes::names, true},
	{".type", Takes::type, true},
	{".size", Takes::size, true},
	{".equ", Takes::assignment},
	{".set", Takes::assignment},
	{".balign", Takes::alignment},
	{".p2align", Takes::power},
	{".byte", Takes::values},
	{".hword", Takes::values},
	{".word", Takes::values},
	{".quad", Takes::values},
	{".xword", Takes::values},
	{".skip", Takes::room},
	{".space", Takes::room},
	{".zero", Takes::room},
	{".ltorg", Takes::nothing},
	{".arm", Takes::nothing},
	{".thumb", Takes::nothing},
	{".syntax", Takes::syntax},
};

constexpr std::string_view kBlanks = " \t";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool in_name(char c) { return is_letter(c) || is_digit(c) || c == '.'; }
bool is_operator(char c) { return std::string_view{" ,#[]!{}+-*/%&|^~<>():="}.find(c) != std::string_view::npos; }

// A name with a letter in front, or a local one: .Lname.
bool is_name(std::string_view text) {
	const bool local = text.starts_with(".L") && text.size() > 2;
	return !text.empty() && (local || is_letter(text.front())) && std::all_of(text.begin(), text.end(), in_name);
}

std::string_view trimmed(std::string_view text) {
	const size_t begin = text.find_first_not_of(kBlanks);
	if (begin == std::string_view::npos) return {};
	return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string one_blank_each(std::string_view text) {
	std::string result;
	for (const char c : trimmed(text)) {
		if (kBlanks.find(c) == std::string_view::npos) {
			result += c;
		} else if (result.back() != ' ') {
			result += ' ';
		}
	}
	return result;
}

std::string shown(char c) {
	const auto byte = static_cast<unsigned char>(c);
	return byte >= 0x20 && byte < 0x7f ? fmt::format("'{}'", c) : fmt::format("the byte {:#04x}", byte);
}

class Reader {
   public:
	Result<std::vector<Statement>> run(std::string_view source) {
		if (const std::string wrong = check_whole(source); !wrong.empty()) return Error{Exit::usage, wrong};
		for (const std::string& line : split(without_comments(source), '\n')) {
			++line_;
			if (const std::string wrong = read_line(line); !wrong.empty()) return Error{Exit::usage, fmt::format("{}: {}", line_, wrong)};
		}
		if (statements_.empty()) return Error{Exit::usage, "1: there is nothing in it but comments"};
		return std::move(statements_);
	}

   private:
	static std::string check_whole(std::string_view source) {
		if (source.size() > kMaxSource) return fmt::format("1: larger than {} bytes", kMaxSource);
		if (source.starts_with("\x7f"
		                       "ELF"))
			return "1: an object file; the source is wanted";
		const auto odd = std::find_if(source.begin(), source.end(), [](char c) {
			const auto byte = static_cast<unsigned char>(c);
			return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
		});
		if (odd == source.end()) return {};
		return fmt::format("{}: {} in it: no text", 1 + std::count(source.begin(), odd, '\n'), shown(*odd));
	}

	std::string read_line(std::string_view line) {
		if (line.ends_with('\r')) line.remove_suffix(1);
		if (line.size() > kMaxLine) return fmt::format("longer than {} characters", kMaxLine);
		if (trimmed(line) == "#include \"layout.h\"") return {};
		if (trimmed(line).starts_with('#')) return "a line for the preprocessor, which is not run; numbers are named with .equ NAME, VALUE";
		const auto odd =
			std::find_if(line.begin(), line.end(), [](char c) { return !in_name(c) && !is_operator(c) && c != '\t' && c != ';'; });
		if (odd != line.end()) return fmt::format("{} is not allowed outside comments", shown(*odd));
		for (const std::string& piece : split(line, ';')) {
			if (const std::string wrong = read_statement(piece); !wrong.empty()) return wrong;
		}
		return {};
	}

	std::string read_statement(std::string_view text) {
		Statement statement{.line = line_};
		for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
			const size_t end = static_cast<size_t>(std::find_if_not(text.begin(), text.end(), in_name) - text.begin());
			const std::string_view word = text.substr(0, end);
			const bool label = end < text.size() && text[end] == ':';
			if (!label) {
				statement.name = word;
				statement.operands = one_blank_each(text.substr(end));
				break;
			}
			if (!is_name(word) && !is_number(word)) return fmt::format("'{}' is no name for a label", word);
			statement.labels.emplace_back(word);
			text.remove_prefix(end + 1);
		}
		if (statement.name.empty() && statement.labels.empty()) return trimmed(text).empty() ? "" : "no instruction begins so";
		const bool directive = statement.name.starts_with('.');
		if (!statement.name.empty() && !directive && !is_letter(statement.name.front()))
			return fmt::format("'{}' is no instruction", statement.name);
		if (statements_.size() == kMaxStatements) return fmt::format("more than {} statements", kMaxStatements);
		statements_.push_back(std::move(statement));
		return {};
	}

	uint32_t line_ = 0;
	std::vector<Statement> statements_;
};

std::string check_number(const std::string& text, uint64_t most) {
	const std::optional<uint64_t> number = parse_number(text);
	if (!number) return fmt::format("'{}' is no plain number", text);
	return *number <= most ? "" : fmt::format("{} is more than {}", *number, most);
}

std::string check_names(const std::vector<std::string>& names) {
	for (const std::string& name : names) {
		if (!is_name(name)) return fmt::format("'{}' is no name", name);
	}
	return {};
}

std::string check_named(const std::vector<std::string>& arguments, bool typed) {
	if (arguments.size() != 2) return "a name and one thing more are wanted";
	if (!is_name(arguments[0])) return fmt::format("'{}' is no name", arguments[0]);
	if (typed) return arguments[1] == "%function" ? "" : "the type is %function";
	return check_operands(arguments[1]);
}

}  // namespace

// '@' begins one for arm's assembler, and nothing for arm64's: so it does here for both.
std::string without_comments(std::string_view source) {
	std::string text;
	for (size_t i = 0; i < source.size(); ++i) {
		const std::string_view two = source.substr(i, 2);
		if (two == "/*") {
			const size_t end = source.find("*/", i + 2);
			const size_t stop = end == std::string_view::npos ? source.size() : end + 2;
			text += ' ';
			for (; i < stop; ++i) {
				if (source[i] == '\n') text += '\n';
			}
			--i;
		} else if (two == "//" || source[i] == '@') {
			i = std::min(source.find('\n', i), source.size()) - 1;
		} else {
			text += source[i];
		}
	}
	return text;
}

bool is_number(std::string_view name) { return !name.empty() && name.size() <= 3 && std::all_of(name.begin(), name.end(), is_digit); }

Result<std::vector<Statement>> read_statements(std::string_view source) { return Reader().run(source); }

const Directive* find_directive(std::string_view name) {
	const auto* found = std::find_if(std::begin(kDirectives), std::end(kDirectives), [&](const Directive& d) { return d.name == name; });
	return found == std::end(kDirectives) ? nullptr : found;
}

std::string allowed_directives() {
	std::vector<std::string> names;
	for (const Directive& directive : kDirectives) names.emplace_back(directive.name);
	return "allowed are " + join(names, ", ");
}

std::vector<std::string> arguments_of(std::string_view operands) {
	if (trimmed(operands).empty()) return {};
	std::vector<std::string> arguments(1);
	int depth = 0;
	for (const char c : operands) {
		depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
		if (c == ',' && depth == 0) {
			arguments.emplace_back();
		} else {
			arguments.back() += c;
		}
	}
	for (std::string& argument : arguments) argument = std::string{trimmed(argument)};
	return arguments;
}

// A name in an operand that begins with a dot would be a directive of its own (NAME .req REGISTER).
std::string check_operands(std::string_view operands) {
	for (size_t i = 0; i < operands.size(); ++i) {
		const bool begins = operands[i] == '.' && (i == 0 || !in_name(operands[i - 1]));
		if (!begins) continue;
		const size_t end = static_cast<size_t>(
			std::find_if_not(operands.begin() + static_cast<std::ptrdiff_t>(i), operands.end(), in_name) - operands.begin());
		const std::string_view word = operands.substr(i, end - i);
		if (word != "." && !is_name(word)) return fmt::format("'{}' is not allowed in an operand", word);
	}
	return {};
}

std::string check_arguments(const Directive& directive, const std::vector<std::string>& arguments) {
	switch (directive.takes) {
		case Takes::nothing: return arguments.empty() ? "" : fmt::format("nothing may follow {}", directive.name);
		case Takes::names: return arguments.empty() ? "a name is missing" : check_names(arguments);
		case Takes::type: return check_named(arguments, true);
		case Takes::size:
		case Takes::assignment: return check_named(arguments, false);
		case Takes::syntax: return arguments == std::vector<std::string>{"unified"} ? "" : "the syntax is unified";
		case Takes::alignment:
		case Takes::power:
		case Takes::room: break;
		case Takes::values:
			if (arguments.empty()) return "a value is missing";
			for (const std::string& argument : arguments) {
				if (const std::string wrong = check_operands(argument); !wrong.empty()) return wrong;
			}
			return {};
	}
	if (arguments.size() != 1) return fmt::format("{} takes one plain number", directive.name);
	return check_number(arguments[0], directive.takes == Takes::power ? 12 : directive.takes == Takes::alignment ? 4096 : kMaxFill);
}

}  // namespace siglab::grade
