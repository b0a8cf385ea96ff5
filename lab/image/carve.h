// The vDSO images inside a kernel: a pure function on bytes.
//
// Models    a raw arm64 Image; the same in one compressed stream; a zImage of arm (its payload is a compressed stream somewhere in it); an EFI
//           zboot image; a Debian package with one of these in it; an ELF program that brings vDSOs along (qemu-user). A vDSO is an ELF shared object of a machine that the lab knows, which
//           exports a function named __vdso_* or __kernel_*. An arm64 kernel has two: its own, and arm's for 32-bit programs.
// Does not  look at vDSOs of other machines, or at modules and other ELF files that a kernel carries.
// Follows   Documentation/arch/arm64/booting.rst, arch/arm/boot/compressed/head.S, drivers/firmware/efi/libstub/zboot-header.S.
#pragma once

#include "image/image.h"

namespace siglab {

struct Carved {
	const Isa* isa = nullptr;
	std::vector<std::byte> bytes;
};

struct Kernel {
	std::string release;         // "6.1.0-50-armmp", from its banner; empty: it has none
	std::vector<Carved> vdsos;   // in the kernel's order
};

// Whether these bytes may be one of the above; an ELF file or a text is not.
bool may_be_kernel(std::span<const std::byte> bytes);

// Errors    usage, without a name in front: damaged, truncated, compressed in an unknown way, no vDSO inside.
Result<Kernel> carve(std::span<const std::byte> bytes);

// "6.1.0-50-armmp-arm": what its file is called, before the part that tells its bytes.
std::string carved_name(const Kernel& kernel, const Carved& vdso);

}  // namespace siglab
