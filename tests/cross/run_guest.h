// Runs a program for another CPU under qemu-user and hands out what it wrote.
#pragma once

#include <array>
#include <cstdio>
#include <optional>
#include <string>

namespace siglab::test {

// Nothing if the program could not be started or did not end with 0.
inline std::optional<std::string> output_of(const std::string& command) {
	std::FILE* pipe = popen(command.c_str(), "r");
	if (pipe == nullptr) return std::nullopt;
	std::string output;
	std::array<char, 4096> block;
	while (const size_t got = std::fread(block.data(), 1, block.size(), pipe)) output.append(block.data(), got);
	return pclose(pipe) == 0 ? std::optional{output} : std::nullopt;
}

}  // namespace siglab::test
