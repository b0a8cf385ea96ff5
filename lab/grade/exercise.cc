#include "grade/exercise.h"

#include "base/text.h"

namespace siglab::grade {
namespace {

// A PropertySet's bits: those of std::bitset cannot be joined at compile time.
using Bits = unsigned long long;
constexpr Bits of(std::initializer_list<Property> properties) {
	Bits bits = 0;
	for (const Property property : properties) bits |= 1ull << static_cast<unsigned>(property);
	return bits;
}

constexpr Bits kAll = (1ull << kPropertyCount) - 1;
// What a step of the fix must not break, whatever it leaves open.
constexpr Bits kKeepsG =
	of({Property::recovers_g, Property::alive, Property::abi, Property::time_correct, Property::fired, Property::vdso_used});
constexpr Bits kKeepsSlot = kKeepsG | of({Property::slot_discipline, Property::g_in_register});

constexpr Signal kPlain[] = {Signal::usr1, Signal::urg};
constexpr Signal kUsr1[] = {Signal::usr1};
constexpr Signal kProf[] = {Signal::prof};
constexpr Signal kEvery[] = {Signal::usr1, Signal::prof, Signal::urg};

constexpr std::string_view kDirtyAndClean[] = {"clobber-g", "clean", "none"};
constexpr std::string_view kLies[] = {"clobber-g", "clobber-g-zero", "clobber-g-plausible", "clean", "none"};
constexpr std::string_view kDirty[] = {"clobber-g"};
constexpr std::string_view kAnywhere[] = {"clobber-g", "two-page", "clobber-all"};

constexpr WorldKind kGo[] = {WorldKind::go};
constexpr WorldKind kGoAndCgo[] = {WorldKind::go, WorldKind::iscgo};
constexpr WorldKind kNoSignalStack[] = {WorldKind::gsignal_nil};
constexpr Function kNanotime[] = {Function::nanotime1};
constexpr Function kNative[] = {Function::native};

constexpr std::string_view kTrampoline[] = {"runtime.nanotime1"};
constexpr std::string_view kFetch[] = {"runtime.sigFetchG"};
constexpr std::string_view kScheme[] = {"runtime.nanotime1", "runtime.sigFetchG", "runtime.save_g"};

// Of a trampoline that must keep g in the slot, and of one that may.
template <bool kSlot>
constexpr std::array<Landmark, 10> kTrampolineMarks = {{{"nanotime1.vdsopc_store", "str"},
                                                        {"nanotime1.vdsosp_store", "str"},
                                                        {"nanotime1.sp_switch", ""},
                                                        {"nanotime1.call", "bl"},
                                                        {"nanotime1.sp_restore", "mov"},
                                                        {"nanotime1.vdsosp_restore", "str"},
                                                        {"nanotime1.vdsopc_restore", "str", false},
                                                        {"nanotime1.call_nosave", "bl", false},
                                                        {"nanotime1.slot_store", "str", kSlot},
                                                        {"nanotime1.slot_clear", "str", kSlot}}};
constexpr Landmark kVdsoMarks[] = {{"dirty_begin", "", false}, {"dirty_end", "", false}};

constexpr Trial kSaveG[] = {{.vdsos = kDirtyAndClean, .worlds = kGo, .functions = kNanotime, .signals = kPlain, .judged = kKeepsSlot},
                            {.vdsos = kDirty, .worlds = kNoSignalStack, .functions = kNanotime, .signals = kUsr1, .judged = kKeepsG}};
constexpr Trial kFetchG[] = {{.vdsos = kLies, .worlds = kGoAndCgo, .functions = kNanotime, .signals = kEvery, .judged = kKeepsSlot}};
constexpr Trial kHandlerNanotime[] = {
	{.vdsos = kDirtyAndClean, .worlds = kGoAndCgo, .functions = kNanotime, .signals = kPlain, .judged = kKeepsSlot},
	{.vdsos = kDirtyAndClean, .worlds = kGoAndCgo, .functions = kNanotime, .signals = kProf, .judged = kKeepsSlot}};
constexpr Trial kTwoProfs[] = {{.vdsos = kDirtyAndClean, .worlds = kGoAndCgo, .functions = kNanotime, .signals = kEvery, .judged = kAll}};
constexpr Trial kBreakV1[] = {{.guest = "v6", .worlds = kGo, .functions = kNanotime, .signals = kEvery, .judged = kAll},
                              {.guest = "v2", .worlds = kGo, .functions = kNanotime, .signals = kPlain, .judged = kAll},
                              {.guest = "v1",
                               .worlds = kGo,
                               .functions = kNanotime,
                               .signals = kPlain,
                               .judged = of({Property::recovers_g}),
                               .must_break = true,
                               .otherwise = "v1's handler finds g at every boundary"}};
constexpr Trial kOwnScheme[] = {{.vdsos = kAnywhere, .worlds = kGoAndCgo, .functions = kNanotime, .signals = kEvery, .judged = kAll},
                                {.vdsos = kDirty, .worlds = kGoAndCgo, .functions = kNative, .signals = kEvery, .judged = kAll}};

constexpr Exercise kExercises[] = {
	{"save-g", "save g before the call, where the handler will look for it", Submits::part, "v3", kTrampoline, kTrampolineMarks<false>,
     kSaveG},
	{"fetch-g", "fetch g in the handler, wherever the signal struck", Submits::part, "v6", kFetch, {}, kFetchG},
	{"handler-nanotime", "survive a handler that calls nanotime itself", Submits::part, "v3", kTrampoline, kTrampolineMarks<true>,
     kHandlerNanotime},
	{"two-profs", "survive two profiling signals, and tell the profiler the truth", Submits::part, "v5", kTrampoline,
     kTrampolineMarks<true>, kTwoProfs},
	{"break-v1", "write a vDSO that breaks v1 but not v2", Submits::vdso, "", {}, kVdsoMarks, kBreakV1},
	{"own-scheme", "a scheme of your own that holds outside the vDSO too", Submits::part, "v5", kScheme, kTrampolineMarks<false>,
     kOwnScheme},
};

}  // namespace

std::span<const Exercise> all_exercises() { return kExercises; }

Result<const Exercise*> find_exercise(std::string_view name) {
	std::vector<std::string> names;
	for (const Exercise& exercise : kExercises) {
		if (exercise.name == name) return &exercise;
		names.emplace_back(exercise.name);
	}
	return Error{Exit::usage, unknown_name("exercise", name, names)};
}

std::vector<std::string> functions_of(const Exercise& exercise, const Isa& isa) {
	std::vector<std::string> names(exercise.functions.begin(), exercise.functions.end());
	if (exercise.submits != Submits::vdso) return names;
	names.emplace_back(isa.clock_gettime.name);
	if (isa.vdso_restorer) names.emplace_back(*isa.vdso_restorer);
	return names;
}

}  // namespace siglab::grade
