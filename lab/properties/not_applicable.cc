#include <fmt/format.h>

#include "properties/property.h"

namespace siglab {
namespace {

// A property, or a part of it, that can only be judged of a guest that declares something.
struct Need {
	Property property;
	std::string_view part;     // of the property; empty: all of it
	std::string_view missing;
	bool (*met)(const Truth&);
};

constexpr std::string_view kNoTrampoline = "no runtime.nanotime1 or runtime.walltime1";

constexpr Need kNeeds[] = {
	{Property::recovers_g, "", "no .fetched label", [](const Truth& t) { return t.checks_fetch; }},
	{Property::g_in_register, "", "no .setg label", [](const Truth& t) { return t.checks_setg; }},
	// Both sides of the comparison: the register is noted at the one, the g that it should hold at the other.
	{Property::g_in_register, "", "no .fetched label", [](const Truth& t) { return t.checks_fetch || !t.checks_setg; }},
	{Property::traceback, "", "no m_vdsoPC and m_vdsoSP", [](const Truth& t) { return !t.trace.empty(); }},
	{Property::slot_discipline, "", "no .slot_store label", [](const Truth& t) { return t.checks_slot; }},
	{Property::vdso_used, "", "no .call label", [](const Truth& t) { return t.sees_vdso_calls; }},
	{Property::abi, "the vDSO's part", "no .call label", [](const Truth& t) { return t.sees_vdso_calls; }},
	{Property::abi, "the trampoline's part", kNoTrampoline, [](const Truth& t) { return t.sees_trampolines; }},
	{Property::abi, "C's stack", "no m_curg, m_g0 and g_sched_sp", [](const Truth& t) { return !t.c_stacks.empty(); }},
	{Property::time_correct, "the caller's part", kNoTrampoline, [](const Truth& t) { return t.sees_trampolines; }},
};

}  // namespace

std::vector<std::string> not_applicable(const Truth& truth) {
	std::vector<std::string> texts;
	for (const Need& need : kNeeds) {
		if (need.met(truth)) continue;
		const std::string part = need.part.empty() ? "" : fmt::format(" ({})", need.part);
		texts.push_back(fmt::format("{}{}: {}", property_name(need.property), part, need.missing));
	}
	return texts;
}

}  // namespace siglab
