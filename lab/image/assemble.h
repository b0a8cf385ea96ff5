// From a .S to an Image: preprocess, assemble, link, and remember which instruction came from which line.
//
// Models    the one recipe by which the lab's own guests and vDSOs and the user's are made, at build time and at run time alike.
// How       the host's C preprocessor, then the ISA's GNU as and ld; lines from the linker's output through objdump.
//           All in a private directory, without a shell: a path may hold anything.
#pragma once

#include "image/image.h"

namespace siglab {

enum class ImageKind : uint8_t { guest, vdso, sigpage, clib };
enum class HashStyle : uint8_t { sysv, gnu };

struct Recipe {
	ImageKind kind = ImageKind::guest;
	HashStyle hash_style = HashStyle::sysv;  // of a vDSO
	std::string linker_script = {};          // of a guest that is not linked as guest_asm/guest.ld says
};

// `sources` is the lab/ folder: layout.h, linker and version scripts. The image is named as `source` is; its bytes depend on what the
// source says and not on where it lies.
// Errors    usage: a source that cannot be read, or does not assemble or link: one line on which, then the tool's own lines, with the
//           user's names and line numbers. environment: a tool that can't be run, no temporary directory, `sources` without a layout.h.
Result<Image> assemble(const Isa& isa, const Recipe& recipe, const std::string& source, const std::string& sources);

// What the ISA's ld is given to link an image of that kind, but for the object and -o. `sources` must be absolute.
std::vector<std::string> link_arguments(const Isa& isa, const Recipe& recipe, const std::string& sources);

// Writes the ELF to `path` and its lines to `path`.lines ("address number text" each). Each whole or not at all. Errors: environment.
Status write_image(const Image& image, const std::string& path);

}  // namespace siglab
