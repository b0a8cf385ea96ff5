#include "grade/sieve.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "grade/statement.h"

namespace siglab::grade {
namespace {

// Labels whose last part the lab takes for a landmark.
constexpr std::string_view kMarks[] = {"vdsopc_store", "vdsosp_store", "vdsosp_restore", "vdsopc_restore", "sp_switch", "sp_restore",
                                       "slot_store",   "slot_clear",   "fetched",        "setg",           "setg_back", "leaves"};

bool is_landmark(std::string_view name) {
	const size_t dot = name.rfind('.');
	if (dot == std::string_view::npos) return false;
	const std::string_view last = name.substr(dot + 1);
	return last == "call" || last.starts_with("call_") || std::find(std::begin(kMarks), std::end(kMarks), last) != std::end(kMarks);
}

class Sieve {
   public:
	explicit Sieve(const SieveRules& rules) : rules_(rules) {}

	Result<Sieved> run(std::string_view source) {
		const Result<std::vector<Statement>> statements = read_statements(source);
		if (!statements) return statements.error();
		for (const Statement& statement : *statements) {
			if (const std::string wrong = judge(statement); !wrong.empty()) {
				return Error{Exit::usage, fmt::format("{}: {}", statement.line, wrong)};
			}
		}
		return std::move(result_);
	}

   private:
	// What is wrong with it; empty: nothing, and it has been written down.
	std::string judge(const Statement& statement) {
		for (const std::string& label : statement.labels) {
			if (const std::string wrong = define(label); !wrong.empty()) return wrong;
			if (!is_number(label)) result_.labels.push_back({label, {}, statement.line});
			emit(statement.line, label + ":");
		}
		if (statement.name.empty()) return {};
		if (statement.name.front() == '.') return directive(statement);
		for (auto label = result_.labels.rbegin(); label != result_.labels.rend() && label->instruction.empty(); ++label) {
			label->instruction = statement.name;
		}
		if (statement.operands.starts_with('=')) return "symbols are set with .equ NAME, VALUE";
		if (const std::string wrong = check_operands(statement.operands); !wrong.empty()) return wrong;
		emit(statement.line, fmt::format("\t{}\t{}", statement.name, statement.operands));
		return {};
	}

	// Whether the source may give that name a meaning.
	[[nodiscard]] std::string define(const std::string& name) const {
		if (is_number(name) || name.starts_with(".L") || rules_.owned.contains(name)) return {};
		if (rules_.reserved.contains(name)) return fmt::format("{} is the lab's: it can be used, but not defined here", name);
		for (const std::string_view prefix : {"runtime.", "lab.", "native."}) {
			if (name.starts_with(prefix)) return fmt::format("{} is not part of this exercise", name);
		}
		if (is_landmark(name)) return fmt::format("{} is a landmark of the lab's that this exercise has not: call it otherwise", name);
		return {};
	}

	std::string directive(const Statement& statement) {
		const Directive* known = find_directive(statement.name);
		if (known == nullptr) return fmt::format("{} is not allowed here: {}", statement.name, allowed_directives());
		const std::vector<std::string> arguments = arguments_of(statement.operands);
		if (const std::string wrong = check_arguments(*known, arguments); !wrong.empty()) return wrong;
		if (known->takes == Takes::assignment) {
			if (const std::string wrong = define(arguments[0]); !wrong.empty()) return wrong;
			if (rules_.owned.contains(arguments[0])) return fmt::format("{} is a place in the code: make it a label", arguments[0]);
		}
		if (known->names_owned && std::any_of(arguments.begin(), arguments.end() - (known->takes == Takes::names ? 0 : 1),
		                                      [&](const std::string& name) { return !rules_.owned.contains(name) || is_landmark(name); })) {
			return fmt::format("{} is for the functions of this exercise only", statement.name);
		}
		if (known->takes == Takes::room) {
			room_ += *parse_number(arguments[0]);
			if (room_ > kMaxRoom) return fmt::format("more than {} bytes of room in all", kMaxRoom);
		}
		emit(statement.line, fmt::format("\t{}\t{}", statement.name, statement.operands));
		return {};
	}

	void emit(uint32_t line, std::string_view text) { result_.text += fmt::format("# {} \"{}\"\n{}\n", line, rules_.mark, text); }

	const SieveRules& rules_;
	Sieved result_;
	uint64_t room_ = 0;
};

}  // namespace

Result<Sieved> sieve(std::string_view source, const SieveRules& rules) { return Sieve(rules).run(source); }

}  // namespace siglab::grade
