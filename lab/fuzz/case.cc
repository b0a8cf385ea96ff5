#include "fuzz/case.h"

#include <fmt/format.h>

#include "generate/random.h"

namespace siglab {
namespace {

constexpr Vdso kGenerated{"generated", "is a generated function", Dirt::garbage};

// The values that tell most, several times.
template <class T>
void unless_named(std::vector<T>& axis, const std::vector<T>& named, std::initializer_list<T> otherwise) {
	axis = named.empty() ? std::vector<T>(otherwise) : named;
}

}  // namespace

const Vdso& generated_vdso() { return kGenerated; }

Result<Draw> draw_of(const Selection& selection) {
	const auto refuse = [](std::string text) { return Error{Exit::usage, std::move(text)}; };
	Draw draw;
	draw.isas = selection.isas.empty() ? std::vector<const Isa*>(all_isas().begin(), all_isas().end()) : selection.isas;
	draw.guests = selection.guests;
	for (const GuestChoice& guest : draw.guests) {
		if (guest.variant == nullptr) return refuse("fuzz holds the catalogue's versions to what the catalogue says: it takes no --guest");
	}
	if (!selection.vdsos.empty()) return refuse("fuzz makes its own vDSOs: --vdso means nothing here (--file judges one of yours)");
	for (const Variant& variant : all_variants()) {
		if (selection.guests.empty() && !variant.museum) draw.guests.push_back({.variant = &variant});
	}
	unless_named(draw.functions, selection.functions,
	             {Function::nanotime1, Function::nanotime1, Function::nanotime1, Function::nanotime1, Function::walltime1, Function::time_now});
	unless_named(draw.callers, selection.callers, {Caller::curg, Caller::curg, Caller::g0});
	unless_named(draw.worlds, selection.worlds,
	             {WorldKind::go, WorldKind::go, WorldKind::go, WorldKind::go, WorldKind::go, WorldKind::go, WorldKind::clock_none, WorldKind::iscgo});
	unless_named(draw.signals, selection.signals, {Signal::usr1, Signal::prof, Signal::urg});
	for (const Function function : draw.functions) {
		if (function == Function::native) return refuse("native code does not call the vDSO");
	}
	for (const WorldKind world : draw.worlds) {
		if (is_relaxed(world)) return refuse(fmt::format("in the world {} nothing is expected", world_name(world)));
	}
	return draw;
}

Case case_of(const Draw& draw, uint64_t index, const Isa& isa) {
	// Apart from the program, so that what is named on one axis changes nothing on the others.
	Random random(mix(mix(draw.seed) + index) ^ mix(0xca5e + static_cast<uint64_t>(isa.id)));
	const auto one_of = [](const auto& axis, uint64_t number) { return axis[number % axis.size()]; };
	Case made{.index = index, .program = generate(draw.seed, index, isa, draw.breakage), .scenario = {}, .explored = false};
	const uint64_t function = random.next() >> 32, caller = random.next() >> 32, world = random.next() >> 32, signal = random.next() >> 32;
	made.scenario = {.isa = &isa, .guest = draw.guests.front(), .function = one_of(draw.functions, function), .caller = one_of(draw.callers, caller),
	                 .vdso = {.blob = &kGenerated}, .world = one_of(draw.worlds, world), .signal = one_of(draw.signals, signal), .calls = 1};
	made.explored = draw.explore != 0 && index % draw.explore == 0;
	return made;
}

}  // namespace siglab
