// What a kernel comes wrapped in: a compressed stream, a Debian package. By libarchive.
//
// Models    one stream of gzip, xz, zstd, lz4, lzma or bzip2, from its first byte; an ar archive with a tar in it, compressed or not (.deb).
// Does not  follow links, read other packages' formats, or write anything to disk.
// Bounds    what comes out is at most 256 MiB: a few hostile bytes may claim any size.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace siglab {

// The compression whose stream begins with these bytes: "gzip", "xz", ...; empty: none that is known.
std::string_view compression_of(std::span<const std::byte> bytes);

// The stream that begins at the first byte, unpacked. What lies behind its end does not matter, but for xz, which must end there.
// Errors    usage: unknown, damaged, truncated, larger than the bound. Without a name in front.
Result<std::vector<std::byte>> decompress(std::span<const std::byte> bytes);

bool is_deb(std::span<const std::byte> bytes);

struct Member {
	std::string path;
	std::vector<std::byte> bytes;
};
// The first regular file of a .deb whose path is wanted; none if there is no such file.
// Errors    usage: no .deb, damaged, truncated.
Result<std::optional<Member>> find_in_deb(std::span<const std::byte> bytes, const std::function<bool(std::string_view path)>& wanted);

}  // namespace siglab
