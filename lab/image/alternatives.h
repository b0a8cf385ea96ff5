// What an arm64 kernel does to its vDSO before it maps it: instructions that depend on the CPU are patched.
//
// Models    the alternatives whose replacement is nothing but NOPs in place of a branch: a feature that the kernel takes for there unless it
//           finds otherwise. In vDSOs so far that is floating point, which getrandom asks for: as the image lies in the kernel, it would always
//           make the system call.
// Does not  patch in newer instructions (cntvctss_el0 for FEAT_ECV): the lab's CPU is a plain ARMv8-A.
// Follows   Linux arch/arm64/include/asm/alternative-macros.h, struct alt_instr, and arch/arm64/kernel/alternative.c.
#pragma once

#include "image/image.h"

namespace siglab {

// The image as a kernel on such a CPU maps it. One without alternatives comes back as it is.
// Errors    usage: a table of alternatives that leaves the image.
Result<Image> as_mapped(Image image);

}  // namespace siglab
