// How a Go runtime finds a function in the vDSO: its parser's rules, not the dynamic linker's.
//
// Models    runtime/vdso_linux.go: the first PT_LOAD gives the load offset; the last PT_DYNAMIC; DT_STRTAB, DT_SYMTAB, DT_HASH or
//           DT_GNU_HASH (GNU wins where both are there); DT_VERSYM; DT_VERDEF, which is read without a test; symbol FUNC or NOTYPE, GLOBAL
//           or WEAK, defined, of the right version. The symbol's hashes are constants of the runtime, right or wrong (go#62309).
// Does not  model a parser that crashes: what would be a wild read in Go is an error here.
#pragma once

#include "image/image.h"

namespace siglab {

// What one runtime version looks for. The hashes are stated by the version, because Go's are literals, and were once the wrong ones.
struct VdsoLookup {
	VdsoSymbol symbol;
	uint32_t sysv_hash = 0;
	uint32_t gnu_hash = 0;
};

// The gABI's hash and GNU's (djb2), for those who look properly.
uint32_t sysv_hash(std::string_view name);
uint32_t gnu_hash(std::string_view name);

struct VdsoFound {
	std::optional<uint64_t> function;  // as linked (Thumb bit kept); none: the runtime will make system calls instead
	GuestRange first_load;             // the first PT_LOAD, as linked: what v6 takes for the vDSO
};

// Whether the dynamic table asks for relocations. A kernel maps a vDSO as it is, so such an image would never work.
bool wants_relocation(const Image& image);

// Which of DT_HASH and DT_GNU_HASH the image has: "DT_HASH, DT_GNU_HASH"; "none" where Go could not read it at all.
std::string hash_tables(const Image& image);

// Errors    usage: no PT_LOAD or PT_DYNAMIC, no DT_STRTAB / DT_SYMTAB / hash table / DT_VERDEF, a table that leaves the image, a hash
//           chain that runs in a circle, a GNU table without buckets.
Result<VdsoFound> find_in_vdso(const Image& image, const VdsoLookup& lookup);

}  // namespace siglab
