// The catalogue of guest runtimes: one line for each version of Go's fix. The code is in arm64/ID.S and arm/ID.S.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "isa/isa_set.h"

namespace siglab {

// Where the handler looks for g.
enum class Fetch : uint8_t {
	from_register,    // v0: the g register, whatever it holds
	nil_in_page,      // v1: nil if PC is in the symbol's page
	slot,             // v2: there, the word at the bottom of the stack span that the handler runs on
	slot_unless_cgo,  // v3 ..: the same, but only without cgo: sigtramp has loaded g from TLS there
	tls,              // v7
};

// What the runtime takes for "in the vDSO".
enum class PageTest : uint8_t { symbol_page, first_load };

// On some ISAs a version looks for the vDSO's function under the hashes of a name that is not the function's.
struct WrongHash {
	IsaSet isas;
	std::string_view name;
};

// What a handler without g does with a signal that is not SIGPROF.
enum class NilPath : uint8_t { spins, exits };  // without cgo. With it, needm lends an m

struct Variant {
	std::string_view id;
	IsaSet isas = IsaSet::all();
	std::string_view releases;
	std::string_view change;         // from the version before, in a line
	Fetch fetch;
	PageTest page_test;
	NilPath nil_path;
	bool quiet_urg;                  // SIGURG without g returns quietly
	bool saves_slot;
	bool saves_on_gsignal;           // the save is not skipped when g is gsignal: a handler's own call overwrites the slot
	bool saves_under_cgo;
	bool register_late;              // the fetched g is not in the register until setg(gsignal) (go#35249)
	bool keeps_old_pair;             // vdsoPC / vdsoSP of an interrupted call are put back
	bool declares_caller_sp;         // vdsoSP is the caller's SP, not the trampoline's own
	IsaSet time_bug;                 // go#49481
	IsaSet sigtramp_saves;           // sigtramp keeps AAPCS's callee-saved general registers
	IsaSet sigtramp_saves_vec = {IsaId::arm64};  //   and d8..d15
	IsaSet skips_lo_zero;            // no save where gsignal.stack.lo is 0
	WrongHash wrong_hash;            // go#62309
	IsaSet loses_pointer;            // the function's pointer is gone before the call (go#36309)
	bool pc_restored_first;          // at the exit vdsoPC is put back before vdsoSP, as on riscv64
	bool museum;                     // no release: kept to show one bug, and not swept by default
};

// C code of a process that is no runtime; in ISA/longjmp.S, for the worlds whose handlers jump out.
extern const std::string_view kLongjmp;

std::span<const Variant> all_variants();
const Variant* find_variant(std::string_view id);
std::vector<std::string> variant_names();

}  // namespace siglab
