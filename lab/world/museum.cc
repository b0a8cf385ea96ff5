#include "world/museum.h"

namespace siglab {
namespace {

using enum IsaId;
using P = Property;

const std::vector<Signal> kUsr1 = {Signal::usr1};
const std::vector<Signal> kProf = {Signal::prof};
const std::vector<Signal> kUrgProf = {Signal::urg, Signal::prof};
constexpr Budget kOne{.signals = 1};
constexpr Budget kTwo{.signals = 2};
constexpr Budget kAny{.signals = std::nullopt};

const std::vector<Exhibit>& exhibits() {
	static const std::vector<Exhibit> kExhibits = {
		{.id = "go#32912", .title = "a signal in C code finds garbage for g", .verdict = {P::recovers_g, Kind::wrong},
		 .fails = {"v0"}, .holds = {"v1"}, .signals = kUsr1, .budget = kAny,
		 .what = "The vDSO keeps something else in the g register while it runs, as AAPCS allows, and the handler believes it.",
		 .so = "It reads its stack bounds and its m through a number that is nobody's g: the process faults, or worse, goes on."},
		{.id = "go#34391", .title = "nil in the vDSO's page: the process hangs", .verdict = {P::alive, Kind::livelock},
		 .fails = {"v1", "clean"}, .holds = {"v2", "clean"}, .signals = kUsr1, .budget = kOne,
		 .what = "v1 takes g for nil wherever the PC is in the vDSO's page, dirty or not, and badsignal waits for an m that never comes.",
		 .so = "Every signal is masked there: the thread spins for ever."},
		{.id = "go#34391 (PROF)", .title = "the same window loses profile samples", .verdict = {P::recovers_g, Kind::nil},
		 .fails = {"v1", "clean"}, .holds = {"v2", "clean"}, .signals = kProf, .budget = kOne,
		 .what = "SIGPROF without g is counted as a sample of no goroutine.",
		 .so = "Nothing crashes; time spent in the clock is blamed on nobody."},
		{.id = "go#35473", .title = "the handler's own clock call empties the slot", .verdict = {P::recovers_g, Kind::nil},
		 .fails = {"v2"}, .holds = {"v3"}, .signals = kProf, .budget = kAny,
		 .what = "The first SIGPROF's handler calls nanotime on gsignal: it stores its g in the slot and clears it at the end.",
		 .so = "The interrupted call still relies on the slot: the second signal finds 0 there."},
		{.id = "go#40697", .title = "vdsoSP is zeroed under an open call", .verdict = {P::traceback, Kind::zero},
		 .fails = {"v3"}, .holds = {"v4"}, .signals = kProf, .budget = kAny,
		 .what = "The first SIGPROF's handler calls nanotime, whose exit sets vdsoSP to 0, though the interrupted call is still open.",
		 .so = "The second one unwinds from a PC in C code: on curg the sample degrades, on g0 the unwinder may crash."},
		{.id = "pair", .title = "vdsoPC of one call with vdsoSP of another (no issue number)", .verdict = {P::traceback, Kind::pair},
		 .fails = {"v3"}, .holds = {"v4"}, .signals = kProf, .budget = kAny,
		 .what = "A SIGPROF between the two entry stores: the handler's nanotime leaves its vdsoPC, then the call adds its own vdsoSP.",
		 .so = "A later SIGPROF unwinds the handler's PC on the interrupted code's stack."},
		{.id = "go#47324", .title = "the traceback shows a recursion that never was", .verdict = {P::traceback, Kind::own_sp},
		 .fails = {"v4"}, .holds = {"v5"}, .signals = kProf, .budget = kAny,
		 .what = "vdsoPC is the return address into the caller, but vdsoSP is the trampoline's own: one frame too deep for that PC.",
		 .so = "The caller seems to call itself."},
		{.id = "go#49481", .title = "a nested call returns a bogus time", .verdict = {P::time_correct, Kind::bogus},
		 .fails = {"v4"}, .holds = {"v5"}, .signals = kProf, .budget = kAny,
		 .what = "At the exit the register that should hold the zero of the high word holds the restored vdsoPC of the interrupted call.",
		 .so = "The handler's own nanotime is off by thousands of seconds.", .isas = {arm}},
		{.id = "one page (CL 616015)", .title = "a vDSO of two pages", .verdict = {P::recovers_g, Kind::wrong},
		 .fails = {"v5", "two-page"}, .holds = {"v6", "two-page"}, .signals = kUsr1, .budget = kAny,
		 .what = "v1 to v5 take the page of the function's entry for the whole vDSO; here the g register is dirty on the next one.",
		 .so = "The PC is thought to be Go's, and the dirty register is believed: go#32912 again."},
		{.id = "go#78621", .title = "native code outside the vDSO (open upstream: no version of Go holds)", .verdict = {P::recovers_g, Kind::wrong},
		 .fails = {"v6", "clean", WorldKind::go, Function::native}, .holds = {"v7", "clean", WorldKind::go, Function::native}, .signals = kUsr1,
		 .budget = kAny,
		 .what = "Assembly linked into the program uses the g register; its PC is in no vDSO.",
		 .so = "The dirty register is believed. v7 is ours: g is in TLS always."},
		{.id = "go#35249 (stack)", .title = "the slot is looked for on a stack that is not Go's", .verdict = {P::recovers_g, Kind::nil},
		 .fails = {"v2", "clobber-g", WorldKind::iscgo_foreign}, .holds = {"v3", "clobber-g", WorldKind::iscgo_foreign}, .signals = kUsr1,
		 .budget = kAny,
		 .what = "With cgo the handler may run on C's signal stack: no span covers it, so sigFetchG finds no slot.",
		 .so = "g is nil, though with cgo it stands in TLS; v3 asks that."},
		{.id = "go#35249 (register)", .title = "g is fetched, the register is not mended", .verdict = {P::g_in_register, Kind::stale},
		 .fails = {"v2"}, .holds = {"v3"}, .signals = kUsr1, .budget = kAny,
		 .what = "sigFetchG returns the right g, but until setg(gsignal) every getg() still reads the dirty register.",
		 .so = "Latent: a crash needs code in between that calls getg(), as cgo's adjustSignalStack did."},
		{.id = "go#36309", .title = "the function's pointer is lost on the way to the call", .verdict = {P::alive, Kind::fault},
		 .fails = {"v3-r11"}, .holds = {"v3"}, .signals = kUsr1, .budget = kAny,
		 .what = "r11 is the assembler's scratch register: reading iscgo through it overwrites the function's pointer that it held.",
		 .so = "Every call jumps to data. No signal is needed.", .isas = {arm}},
		{.id = "go#35235", .title = "a store into a freed signal stack", .verdict = {P::slot_discipline, Kind::place},
		 .fails = {"v2", "clobber-g", WorldKind::gsignal_freed}, .holds = {"v2", "clobber-g", WorldKind::gsignal_nil}, .signals = kUsr1,
		 .budget = kAny,
		 .what = "An exiting m frees gsignal's stack but keeps m.gsignal: the next nanotime stores g into memory that others own by now.",
		 .so = "No signal is needed. Mended by m.gsignal = nil at exit, in the same version."},
		{.id = "go#35554", .title = "a signal stack that was there before Go", .verdict = {P::recovers_g, Kind::nil},
		 .fails = {"v2", "clobber-g", WorldKind::foreign_before}, .holds = {"v2"}, .signals = kUsr1, .budget = kAny,
		 .what = "On Android a signal stack is installed before Go starts, and Go adopted it: it lies in no span, so the slot is never found.",
		 .so = "g is nil in the vDSO. Mended by always installing Go's own stack, in the same version."},
		{.id = "efence", .title = "a signal stack that is no span (documented limit)", .verdict = {P::recovers_g, Kind::nil},
		 .fails = {"v6", "clobber-g", WorldKind::efence}, .holds = {"v6"}, .signals = kUsr1, .budget = kAny,
		 .what = "With efence or stackFromSystem the signal stack comes from the system: spanOf does not know it.",
		 .so = "The slot is filled and never found; g is nil in the vDSO. The usual mode holds, in the same version."},
		{.id = "go#62309", .title = "the vDSO is silently not used", .verdict = {P::vdso_used, Kind::unused},
		 .fails = {"v5", "gnu-hash-only"}, .holds = {"v5"}, .signals = kUsr1, .budget = kAny,
		 .what = "Go's arm64 hashed the name of arm's symbol; an image with DT_GNU_HASH alone does not give it under that hash.",
		 .so = "Every call is a system call, and a test of the vDSO path tests nothing. With DT_HASH it is found, by chance.", .isas = {arm64}},
		{.id = "go#49709", .title = "signals that really nest on gsignal", .verdict = {P::recovers_g, Kind::wrong},
		 .fails = {"v4", "clobber-g", WorldKind::urg_mask_empty}, .holds = {"v4"}, .signals = kUrgProf, .budget = kTwo,
		 .what = "SIGURG's handler was installed with the wrong sa_mask: SIGPROF comes in its first instructions, the register still dirty.",
		 .so = "The PC is in Go's text, so nobody looks for the slot. With the right mask nothing comes in."},
		{.id = "foreign stack", .title = "the handler writes into somebody else's stack (no issue number)", .verdict = {P::slot_discipline, Kind::place},
		 .fails = {"v2", "clobber-g", WorldKind::foreign_later}, .holds = {"v3", "clobber-g", WorldKind::foreign_later}, .signals = kProf,
		 .budget = kAny,
		 .what = "adjustSignalStack gives gsignal the bounds of the foreign stack; the handler's nanotime takes its lowest word for the slot.",
		 .so = "A word that is not Go's is overwritten, then zeroed. v3 stores nothing when g is gsignal."},
		{.id = "riscv64's exit order", .title = "a hazard that nobody has reported", .verdict = {P::traceback, Kind::no_pc},
		 .fails = {"v5-pcfirst"}, .holds = {"v5"}, .signals = kProf, .budget = kAny,
		 .what = "riscv64's port puts vdsoPC back before vdsoSP: between the two stores a call seems open, with a PC of 0.",
		 .so = "At exactly one boundary the profiler starts to unwind from PC 0. arm64 and arm restore vdsoSP first."},
	};
	return kExhibits;
}

}  // namespace

std::span<const Exhibit> all_exhibits() { return exhibits(); }

Job job_of(const Exhibit& exhibit, const Side& side, const Isa& isa) {
	const Scenario scenario{.isa = &isa, .guest = {.variant = find_variant(side.variant), .file = {}}, .function = side.function,
	                        .vdso = {.blob = find_vdso(side.vdso), .file = {}}, .world = side.world, .signal = exhibit.signals.front()};
	return {.scenario = scenario, .signals = exhibit.signals, .budget = exhibit.budget, .together = true};
}

}  // namespace siglab
