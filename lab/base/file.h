// Whole files, in and out.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace siglab {

// Errors    usage: `path` is missing, unreadable, a directory, not a regular file (a pipe would never end), or larger than 1 GiB.
Result<std::vector<std::byte>> read_file(const std::string& path);
Result<std::string> read_text(const std::string& path);

// Whole or not at all: written beside the file, then renamed over it. Makes the folder if there is none. Through links: what is replaced
// is the file that they lead to.
// Errors    environment: the folder can't be made or written, the disk is full, `path` is no regular file. What was there is untouched.
Status write_file(const std::string& path, std::span<const std::byte> bytes);
inline Status write_text(const std::string& path, std::string_view text) { return write_file(path, std::as_bytes(std::span{text})); }
// Whether it would find its place; makes the folder, and leaves `path` alone. Errors: environment.
Status writable(const std::string& path);

bool file_exists(const std::string& path);

inline std::string_view as_text(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace siglab
