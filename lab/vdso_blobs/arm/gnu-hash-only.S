// gnu-hash-only: clobber-g, instruction by instruction, in an image that has DT_GNU_HASH and no DT_HASH.
//
//   int __vdso_clock_gettime(clockid_t clk /* r0 */, struct timespec *ts /* r1: two 32-bit words */)
//
// in, out, stack, dirty: clobber-g's. What differs is said in the catalogue: linked with --hash-style=gnu
//
// Kernels dropped the old hash table from their vDSO once every libc could do without (arm64 in 6.12's stable series), and toolchains
// default to the new one alone. The code is the same, so r10 is as dirty as ever, for those who find the symbol.
//
// Debian's armmp images still have the old table. This one asks whether a Go finds its symbol through the new one, and what a test that
// goes by the result alone says when it does not: the time is right either way, it only comes from the system call.

#include "clobber-g.S"
