// Packed: text made small enough for a page, in letters that may stand in any element. By libarchive.
//
// Models    a gzip stream in base64, in lines. The same text gives the same letters: no name and no date is in it.
// Does not  unpack: a browser does (DecompressionStream, page/unpack.js).
#pragma once

#include <string>
#include <string_view>

namespace siglab {

// Empty if libarchive fails, which only a lack of memory brings about.
std::string packed(std::string_view text);

}  // namespace siglab
