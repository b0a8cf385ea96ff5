#include "world/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "state/hash.h"

namespace siglab {
namespace {

template <class T>
struct Name {
	T value;
	std::string_view name;
	std::string_view meaning = {};
};

constexpr Name<Function> kFunctions[] = {
	{Function::nanotime1, "nanotime1"}, {Function::walltime1, "walltime1"}, {Function::time_now, "time.now"}, {Function::native, "native"}};
constexpr Name<Caller> kCallers[] = {{Caller::curg, "curg"}, {Caller::g0, "g0"}};
constexpr Name<WorldKind> kWorlds[] = {
	{WorldKind::go, "go", "Go alone, with its own signal stack"},
	{WorldKind::clock_none, "clock-none", "the vDSO's clock mode sends it to the system call"},
	{WorldKind::iscgo, "iscgo", "cgo: g in TLS too"},
	{WorldKind::iscgo_foreign, "iscgo-foreign", "cgo, and the handler runs on a stack that is not Go's"},
	{WorldKind::foreign_before, "foreign-before", "a signal stack installed before Go, which Go adopted"},
	{WorldKind::foreign_later, "foreign-later", "a signal stack installed after Go's, without cgo"},
	{WorldKind::heap_altstack, "heap-altstack", "the same, on Go's heap: in a span, but in none for a stack"},
	{WorldKind::efence, "efence", "the signal stack is not a span"},
	{WorldKind::gsignal_nil, "gsignal-nil", "m.gsignal is nil, signals blocked"},
	{WorldKind::gsignal_freed, "gsignal-freed", "the signal stack is freed, m.gsignal still set, signals blocked"},
	{WorldKind::gsignal_lo_zero, "gsignal-lo-zero", "gsignal.stack.lo is 0, signals blocked"},
	{WorldKind::out_in_c, "out-in-c", "cgo, and the m is an extra one that is out in C"},
	{WorldKind::mask_empty, "mask-empty", "what if sa_mask were empty: signals nest"},
	{WorldKind::urg_mask_empty, "urg-mask-empty", "what if SIGURG's sa_mask were empty (go#49709)"},
	{WorldKind::nodefer, "nodefer", "what if SA_NODEFER were set"},
	{WorldKind::no_onstack, "no-onstack", "what if SA_ONSTACK were not set: handlers run on the interrupted stack"},
	{WorldKind::autodisarm, "autodisarm", "what if the signal stack had SS_AUTODISARM"},
	{WorldKind::small_altstack, "small-altstack", "what if the signal stack had MINSIGSTKSZ bytes"},
	{WorldKind::overflow, "overflow", "what if signals nested without end on MINSIGSTKSZ bytes, with somebody's memory right below"},
	{WorldKind::longjmp, "longjmp", "what if a handler left by siglongjmp: the kernel sees no rt_sigreturn"},
	{WorldKind::no_altstack, "no-altstack", "what if the thread had no signal stack: handlers run on the interrupted one"},
};
static_assert(std::size(kWorlds) == kWorldCount);

template <class T, size_t N>
std::vector<std::string> names_of(const Name<T> (&table)[N]) {
	std::vector<std::string> names;
	for (const Name<T>& entry : table) names.emplace_back(entry.name);
	return names;
}

template <class T, size_t N>
Result<T> value_of(const Name<T> (&table)[N], std::string_view kind, std::string_view text) {
	for (const Name<T>& entry : table) {
		if (entry.name == text) return entry.value;
	}
	return Error{Exit::usage, unknown_name(kind, text, names_of(table))};
}

// A scenario goes to a terminal, into a record, a URL: printable ASCII without blanks, whatever a file is called.
bool is_plain(char c) { return c > ' ' && c <= '~' && c != '%' && c != ':' && c != '+'; }
bool is_printable(char c) { return c >= ' ' && c <= '~'; }

std::string escape(std::string_view path) {
	std::string text = "@";
	for (const char c : path) {
		if (is_plain(c)) {
			text += c;
		} else {
			text += fmt::format("%{:02x}", static_cast<unsigned char>(c));
		}
	}
	return text;
}

Result<std::string> unescape(std::string_view text) {
	std::string path;
	for (size_t i = 1; i < text.size(); ++i) {
		if (text[i] != '%') {
			path += text[i];
			continue;
		}
		const std::string digits = fmt::format("0x{}", text.substr(i + 1, 2));
		const std::optional<uint64_t> value = digits.size() == 4 ? parse_number(digits) : std::nullopt;
		if (!value || is_plain(static_cast<char>(*value))) {
			return Error{Exit::usage, fmt::format("'{}' has a % that is not followed by 25 (%), 3a (:), 20 (a blank) or the like", text)};
		}
		path += static_cast<char>(*value);
		i += 2;
	}
	if (path.empty()) return Error{Exit::usage, "'@' is not followed by a file's path"};
	return path;
}

}  // namespace

std::string_view function_name(Function function) { return kFunctions[static_cast<size_t>(function)].name; }
std::string_view caller_name(Caller caller) { return kCallers[static_cast<size_t>(caller)].name; }
std::string_view world_name(WorldKind world) { return kWorlds[static_cast<size_t>(world)].name; }
std::string_view world_meaning(WorldKind world) { return kWorlds[static_cast<size_t>(world)].meaning; }

std::vector<std::string> function_names() { return names_of(kFunctions); }
std::vector<std::string> caller_names() { return names_of(kCallers); }
std::vector<std::string> world_names() { return names_of(kWorlds); }

Result<Function> parse_function(std::string_view text) { return value_of(kFunctions, "function", text); }
Result<Caller> parse_caller(std::string_view text) { return value_of(kCallers, "caller", text); }
Result<WorldKind> parse_world(std::string_view text) { return value_of(kWorlds, "world", text); }

Result<Signal> parse_signal_name(std::string_view text) {
	const std::optional<Signal> signal = parse_signal(text);
	if (signal && *signal != Signal::segv) return *signal;
	return Error{Exit::usage, unknown_name("signal", text, std::array<std::string, 3>{"USR1", "PROF", "URG"})};
}

std::string guest_text(const GuestChoice& guest) { return guest.variant != nullptr ? std::string{guest.variant->id} : escape(guest.file); }

std::string vdso_text(const VdsoChoice& vdso) {
	if (vdso.none()) return std::string{kNoVdso};
	return vdso.blob != nullptr ? std::string{vdso.blob->name} : escape(vdso.file);
}

Result<GuestChoice> parse_guest(std::string_view text) {
	if (text.starts_with('@')) {
		Result<std::string> path = unescape(text);
		if (!path) return path.error();
		return GuestChoice{.file = std::move(*path)};
	}
	if (const Variant* variant = find_variant(text)) return GuestChoice{.variant = variant};
	return Error{Exit::usage, unknown_name("variant", text, variant_names())};
}

Result<VdsoChoice> parse_vdso(std::string_view text) {
	if (text.starts_with('@')) {
		Result<std::string> path = unescape(text);
		if (!path) return path.error();
		return VdsoChoice{.file = std::move(*path)};
	}
	if (text == kNoVdso) return VdsoChoice{};
	if (const Vdso* blob = find_vdso(text)) return VdsoChoice{.blob = blob};
	return Error{Exit::usage, unknown_name("vdso", text, vdso_names())};
}

std::string print_scenario(const Scenario& scenario) {
	return fmt::format("{}:{}:{}:{}:{}:{}:{}:{}", scenario.isa->name, guest_text(scenario.guest), function_name(scenario.function),
	                   caller_name(scenario.caller), vdso_text(scenario.vdso), world_name(scenario.world), signal_name(scenario.signal),
	                   scenario.calls);
}

namespace {

constexpr size_t kFields = 8;

Result<Scenario> from_fields(std::span<const std::string> field) {
	const Isa* isa = find_isa(field[0]);
	if (isa == nullptr) return Error{Exit::usage, unknown_name("isa", field[0], isa_names())};
	Result<GuestChoice> guest = parse_guest(field[1]);
	if (!guest) return guest.error();
	Result<Function> function = parse_function(field[2]);
	if (!function) return function.error();
	Result<Caller> caller = parse_caller(field[3]);
	if (!caller) return caller.error();
	Result<VdsoChoice> vdso = parse_vdso(field[4]);
	if (!vdso) return vdso.error();
	Result<WorldKind> world = parse_world(field[5]);
	if (!world) return world.error();
	Result<Signal> signal = parse_signal_name(field[6]);
	if (!signal) return signal.error();
	const std::optional<uint64_t> calls = parse_number(field[7]);
	if (!calls || *calls < 1 || *calls > kMaxCalls) {
		return Error{Exit::usage, fmt::format("calls is '{}', not a number from 1 to {}", field[7], kMaxCalls)};
	}
	if (vdso->blob != nullptr && !vdso->blob->isas.on(*isa)) {
		return Error{Exit::usage, fmt::format("the vDSO '{}' exists on {} only", vdso->blob->name, join(isa_names(vdso->blob->isas), ", "))};
	}
	return Scenario{isa, std::move(*guest), *function, *caller, std::move(*vdso), *world, *signal, static_cast<uint32_t>(*calls)};
}

constexpr std::string_view kTokenVersion = "siglab2";
constexpr size_t kHashDigits = 16;

// Of what stands in the token beside it: 32 bits, so that a slip of the hand, or of what copies it, does not go unseen.
std::string seal_of(std::string_view images, std::string_view rest) {
	const std::string sealed = fmt::format("{}:{}", images, rest);
	return fmt::format("{:08x}", hash_bytes(std::as_bytes(std::span{sealed})).high >> 32);
}

}  // namespace

Result<Scenario> parse_scenario(std::string_view text) {
	// What is wrong is quoted, and an error is one line for a terminal.
	if (!std::all_of(text.begin(), text.end(), is_printable)) return Error{Exit::usage, "a scenario is written in printable ASCII"};
	const std::vector<std::string> field = split(text, ':');
	if (field.size() != kFields) {
		constexpr std::string_view kForm = "ISA:VARIANT:FUNCTION:CALLER:VDSO:WORLD:SIGNAL:CALLS";
		return Error{Exit::usage, fmt::format("'{}' is not a scenario: it has {} fields, not {} ({})", text, field.size(), kFields, kForm)};
	}
	Result<Scenario> scenario = from_fields(field);
	if (scenario && print_scenario(*scenario) != text) {
		return Error{Exit::usage, fmt::format("'{}' is not written as the lab writes it: {}", text, print_scenario(*scenario))};
	}
	return scenario;
}

std::string print_token(const Token& token) {
	std::string schedule = print_schedule(token.schedule);
	for (char& c : schedule) c = c == ' ' ? '+' : c;
	const std::string images = fmt::format("{:016x}", token.images);
	const std::string rest = fmt::format("{}:{}", print_scenario(token.scenario), schedule);
	return fmt::format("{}:{}.{}:{}", kTokenVersion, images, seal_of(images, rest), rest);
}

Result<Token> parse_token(std::string_view text) {
	if (!std::all_of(text.begin(), text.end(), is_printable)) return Error{Exit::usage, "a token is written in printable ASCII"};
	const std::vector<std::string> field = split(text, ':');
	if (field.empty() || !field[0].starts_with("siglab")) {
		return Error{Exit::usage, fmt::format("'{}' is not a token; a token begins with {}:", text, kTokenVersion)};
	}
	if (field[0] != kTokenVersion) {
		return Error{Exit::usage, fmt::format("the token is of version '{}'; this siglab reads {}", field[0], kTokenVersion)};
	}
	if (field.size() != kFields + 3) {
		return Error{Exit::usage, fmt::format("the token has {} fields, not {}: it is cut off or edited", field.size(), kFields + 3)};
	}
	const std::vector<std::string> hashes = split(field[1], '.');
	const bool sealed = hashes.size() == 2 && hashes[0].size() == kHashDigits;
	const std::optional<uint64_t> images = sealed ? parse_number("0x" + hashes[0]) : std::nullopt;
	if (!images) return Error{Exit::usage, fmt::format("'{}' in the token is not a hash of {} digits and a check", field[1], kHashDigits)};
	Result<Scenario> scenario = from_fields(std::span{field}.subspan(2, kFields));
	if (!scenario) return scenario.error();
	std::string events = field.back();
	for (char& c : events) c = c == '+' ? ' ' : c;
	Result<Schedule> schedule = parse_schedule(events);
	if (!schedule) return schedule.error();
	Token token{*images, std::move(*scenario), std::move(*schedule)};
	if (print_token(token) == text) return token;
	if (seal_of(hashes[0], text.substr(field[0].size() + field[1].size() + 2)) != hashes[1]) {
		return Error{Exit::usage, "the token's check does not fit: it was cut off or edited; write scenario and schedule to run your own"};
	}
	return Error{Exit::usage, "the token is not written as the lab writes it: it has been edited"};
}

}  // namespace siglab
