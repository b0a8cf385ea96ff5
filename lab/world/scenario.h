// Scenario: everything a run depends on, as a value with a text form that parses back.
//
// Text      ISA:VARIANT:FUNCTION:CALLER:VDSO:WORLD:SIGNAL:CALLS, for example arm64:v2:nanotime1:curg:clobber-g:go:PROF:1. A user's file
//           stands in place of a variant or vDSO as @PATH; %, :, +, blanks and what is no printable ASCII in it are written %25, %3a, ...
// Token     siglab2:IMAGES.CHECK:SCENARIO:SCHEDULE, as siglab2:3f2a9c01d4e5f607.9d1c03aa:arm64:...:1:PROF@17 ('+' between events). IMAGES is
//           the hash of the guest's and the vDSO's bytes: a token is refused by any other image than the one it was made with. CHECK is of
//           all the rest: a token that was cut off or edited is refused.
#pragma once

#include <string>

#include "base/result.h"
#include "guest_asm/catalogue.h"
#include "isa/isa.h"
#include "state/schedule.h"
#include "vdso_blobs/catalogue.h"

namespace siglab {

enum class Function : uint8_t {
	nanotime1, walltime1,
	time_now,   // a caller that does what time.now does: walltime1, then nanotime1
	native,     // native code outside the vDSO that uses the g register (go#78621)
};

enum class Caller : uint8_t { curg, g0 };

// What the process looks like when the walk begins.
enum class WorldKind : uint8_t {
	go,               // Go alone: its own signal stack, a span of its own
	clock_none,       // the same, but the vDSO's clock mode makes it take the system call
	iscgo,            // cgo: g in TLS, an extra m, Go's signal stack
	iscgo_foreign,    // cgo, and the handler runs on a stack that is not Go's
	foreign_before,   // an alternate stack installed before Go, which Go adopted (go#35554)
	foreign_later,    // an alternate stack installed later, without cgo
	heap_altstack,    // the same, and it lies in a span of Go's heap
	efence,           // the signal stack is no span (efence, stackFromSystem)
	gsignal_nil,      // m.gsignal is nil; signals blocked
	gsignal_freed,    // the signal stack is freed, m.gsignal still set; signals blocked (go#35235)
	gsignal_lo_zero,  // gsignal.stack.lo is 0; signals blocked
	out_in_c,         // cgo, and the m is an extra one that is out in C
	// What if: an assumption of Go's is not kept. What breaks then is no bug of Go's.
	mask_empty,       // sa_mask is empty: signals nest
	urg_mask_empty,   // SIGURG's is (go#49709)
	nodefer,          // SA_NODEFER
	no_onstack,       // without SA_ONSTACK: handlers run on the interrupted stack
	autodisarm,       // SS_AUTODISARM
	small_altstack,   // the signal stack has MINSIGSTKSZ bytes
	overflow,         // signals nest without end on MINSIGSTKSZ bytes, and somebody's memory lies below
	longjmp,          // a C handler in front of Go's leaves by siglongjmp
	no_altstack,      // there is no signal stack: handlers run on the interrupted one
};
inline constexpr size_t kWorldCount = 21;
// Worlds from here on are relaxed: the catalogue expects nothing of them.
constexpr bool is_relaxed(WorldKind world) { return world >= WorldKind::mask_empty; }

std::string_view function_name(Function function);
std::string_view caller_name(Caller caller);
std::string_view world_name(WorldKind world);
std::string_view world_meaning(WorldKind world);

std::vector<std::string> function_names();
std::vector<std::string> caller_names();
std::vector<std::string> world_names();

// A runtime of the catalogue, or the user's own .S.
struct GuestChoice {
	const Variant* variant = nullptr;
	std::string file;
	bool operator==(const GuestChoice&) const = default;
};

// A vDSO of the catalogue, the user's own file, or none.
struct VdsoChoice {
	const Vdso* blob = nullptr;
	std::string file;
	[[nodiscard]] bool none() const { return blob == nullptr && file.empty(); }
	bool operator==(const VdsoChoice&) const = default;
};

struct Scenario {
	const Isa* isa = all_isas().front();
	GuestChoice guest;
	Function function = Function::nanotime1;
	Caller caller = Caller::curg;
	VdsoChoice vdso;
	WorldKind world = WorldKind::go;
	Signal signal = Signal::prof;
	uint32_t calls = 1;
	bool operator==(const Scenario&) const = default;
};

inline constexpr uint32_t kMaxCalls = 1000;

std::string guest_text(const GuestChoice& guest);
std::string vdso_text(const VdsoChoice& vdso);
std::string print_scenario(const Scenario& scenario);

// Errors    usage: the field that is wrong, by name, and the nearest name that exists. A parsed scenario makes sense: the blob exists on
//           the ISA.
Result<Scenario> parse_scenario(std::string_view text);

// Single fields, as options of the command line give them.
Result<GuestChoice> parse_guest(std::string_view text);
Result<VdsoChoice> parse_vdso(std::string_view text);
Result<Function> parse_function(std::string_view text);
Result<Caller> parse_caller(std::string_view text);
Result<WorldKind> parse_world(std::string_view text);
Result<Signal> parse_signal_name(std::string_view text);

struct Token {
	uint64_t images = 0;
	Scenario scenario;
	Schedule schedule;
	bool operator==(const Token&) const = default;
};

std::string print_token(const Token& token);
// Errors    usage: not a token, of another version, or what parse_scenario and parse_schedule say.
Result<Token> parse_token(std::string_view text);

}  // namespace siglab
