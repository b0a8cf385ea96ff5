#include "state/verdict.h"

#include <array>

namespace siglab {
namespace {

struct Row {
	Property property;
	std::string_view name;
	char letter;
	std::string_view meaning;
};

constexpr std::array<Row, kPropertyCount> kProperties = {{
	{Property::recovers_g, "recovers-g", 'R', "the g that the handler goes on with owns the interrupted code"},
	{Property::transparent_return, "transparent-return", 'P', "after rt_sigreturn the CPU and all live memory are as before"},
	{Property::slot_discipline, "slot-discipline", 'S', "the slot holds g from the store to the clear, 0 elsewhere; only its owner writes it"},
	{Property::time_correct, "time-correct", 'M', "every call returns a time that the clock held while it ran"},
	{Property::abi, "abi", 'B', "vDSO functions keep AAPCS at their return, trampolines keep Go's ABI0"},
	{Property::traceback, "traceback", 'T', "vdsoPC and vdsoSP tell the profiler the trampoline's caller"},
	{Property::alive, "alive", 'A', "no fault, no undefined instruction, no exit, no livelock"},
	{Property::fired, "fired", 'F', "every delivery counted was seen by the guest where it claims"},
	{Property::g_in_register, "g-in-register", 'G', "from sigFetchG to setg(gsignal) the register holds the fetched g"},
	{Property::vdso_used, "vdso-used", 'U', "a vDSO that exports the function is really called"},
}};

constexpr std::string_view kKinds[] = {
	"wrong", "nil",
	"registers", "memory", "slot", "vdsoSP", "vdsoPC", "kernel",
	"value", "overwrite", "place",
	"zero", "own-SP", "pair", "no-PC",
	"bogus",
	"registers", "memory", "trampoline", "sigtramp", "stack",
	"fault", "undefined", "exit", "killed", "livelock", "refused",
	"missed", "elsewhere",
	"stale",
	"unused",
};
static_assert(std::size(kKinds) == static_cast<size_t>(Kind::unused) + 1);

const Row& row(Property property) { return kProperties[static_cast<size_t>(property)]; }

}  // namespace

std::string_view property_name(Property property) { return row(property).name; }
std::string_view kind_name(Kind kind) { return kKinds[static_cast<size_t>(kind)]; }
char property_letter(Property property) { return row(property).letter; }
std::string_view property_meaning(Property property) { return row(property).meaning; }

std::optional<Property> parse_property(std::string_view name) {
	for (const Row& known : kProperties) {
		if (known.name == name) return known.property;
	}
	return std::nullopt;
}

}  // namespace siglab
