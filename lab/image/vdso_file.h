// The vDSOs that a file holds: an ELF image is one; a kernel or a Debian package of one is carved.
#pragma once

#include "image/carve.h"

namespace siglab {

struct VdsoFile {
	std::string name;           // of an image: its file's name without .so; of a carved one: RELEASE-ISA
	Image image;
};

// Every vDSO in the file, each read as the machine that it is for.
// Errors    usage: as Image::read and carve, with the path in front; an ELF file of a machine that the lab does not know.
Result<std::vector<VdsoFile>> read_vdso_file(const std::string& path);

// The one of that ISA. Errors    usage: as above; there is none for it.
Result<Image> read_vdso(const Isa& isa, const std::string& path);

}  // namespace siglab
