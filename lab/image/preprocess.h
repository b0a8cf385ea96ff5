// The C preprocessor's output, made fit for an assembler whose output must not depend on where the source lies. Internal to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace siglab {

// Names of files, in the order of their first mention. In the text, file i is called mark(i): no blanks or quotes for the tools to trip
// over, and nothing of the user's file system in what they make.
struct Preprocessed {
	std::string text;
	std::vector<std::string> files;
};

std::string mark(size_t file);

// Replaces the names in the line markers (# 12 "a file.S" 1) by marks.
Preprocessed with_marks(std::string_view preprocessed);

// The other way round, in what a tool says: marks become the names again.
std::string without_marks(std::string_view text, const std::vector<std::string>& files);

std::string replaced(std::string_view text, std::string_view what, std::string_view by);

}  // namespace siglab
