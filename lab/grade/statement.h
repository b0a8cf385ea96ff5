// Statements: a stranger's assembly taken apart, and the forms that each part may have. Internal to the room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace siglab::grade {

struct Statement {
	uint32_t line = 0;
	std::vector<std::string> labels;
	std::string name;      // of the instruction, or of the directive with its dot; empty: labels only
	std::string operands;  // each stretch of blanks is one blank
};

// Comments gone, lines split at ';', labels taken off.
// Errors    usage: "LINE: what is wrong": too large, no text, a preprocessor's line, a character or a form that is not allowed.
Result<std::vector<Statement>> read_statements(std::string_view source);

// Comments become blanks; their line breaks stay.
std::string without_comments(std::string_view source);

enum class Takes : uint8_t {
	nothing,
	names,       // one or more, separated by commas
	type,        // NAME, %function
	size,        // NAME, expression
	assignment,  // NAME, expression
	alignment,   // a number: bytes
	power,       // a number: log2 of bytes
	room,        // a number: bytes
	values,      // expressions
	syntax,      // unified
};

struct Directive {
	std::string_view name;
	Takes takes;
	bool names_owned = false;  // its names are functions of the exercise
};

const Directive* find_directive(std::string_view name);
// "allowed are .text, .globl, ...".
std::string allowed_directives();

// At the commas that stand in no bracket.
std::vector<std::string> arguments_of(std::string_view operands);
// What is wrong; empty: nothing.
std::string check_arguments(const Directive& directive, const std::vector<std::string>& arguments);
std::string check_operands(std::string_view operands);

bool is_number(std::string_view name);

}  // namespace siglab::grade
