// What is wrong with a command line, in one line that says what would be right.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace siglab::cli {

// Of an App that has just thrown `wrong`.
std::string complaint(const CLI::App& app, const CLI::ParseError& wrong);

}  // namespace siglab::cli
