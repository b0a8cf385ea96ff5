// gnu-hash-only: clobber-g, instruction by instruction, in an image that has DT_GNU_HASH and no DT_HASH.
//
//   int __kernel_clock_gettime(clockid_t clk /* w0 */, struct timespec *ts /* x1 */)
//
// in, out, stack, dirty: clobber-g's. What differs is said in the catalogue: linked with --hash-style=gnu
//
// Kernels dropped the old hash table from their vDSO once every libc could do without (arm64 in 6.12's stable series), and toolchains
// default to the new one alone. The code is the same, so x28 is as dirty as ever, for those who find the symbol.
//
// The hash of a symbol's name is a constant in Go's source, and until 1.21 arm64's was that of another name (go#62309): with the old table
// it finds the symbol when the bucket happens to agree, with this one it does not, says nothing, and makes a system call each time. A test
// of the vDSO on such a kernel tests the fallback.

#include "clobber-g.S"
