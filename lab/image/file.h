// Whole files, in and out.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace siglab {

// Errors    usage: `path` is missing, unreadable, a directory, not a regular file (a pipe would never end), or larger than 64 MiB.
Result<std::vector<std::byte>> read_file(const std::string& path);

// Replaces `path` at once: nobody ever sees half of it. Errors: environment.
Status write_file(const std::string& path, std::span<const std::byte> bytes);

bool file_exists(const std::string& path);

inline std::string_view as_text(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace siglab
