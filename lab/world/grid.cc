#include "world/grid.h"

#include <array>

namespace siglab {
namespace {

constexpr std::array<Signal, 3> kSignals = {Signal::usr1, Signal::prof, Signal::urg};

std::vector<GuestChoice> every_version() {
	std::vector<GuestChoice> guests;
	for (const Variant& variant : all_variants()) guests.push_back({.variant = &variant});
	return guests;
}

std::vector<VdsoChoice> every_vdso() {
	std::vector<VdsoChoice> vdsos = {VdsoChoice{}};
	for (const Vdso& blob : all_vdsos()) vdsos.push_back({.blob = &blob});
	return vdsos;
}

// Fills in the axes that were not named.
Selection complete(Selection selection) {
	if (selection.isas.empty()) selection.isas.assign(all_isas().begin(), all_isas().end());
	if (selection.guests.empty()) selection.guests = every_version();
	if (selection.functions.empty()) selection.functions = {Function::nanotime1};
	if (selection.callers.empty()) selection.callers = {Caller::curg};
	if (selection.vdsos.empty()) selection.vdsos = every_vdso();
	if (selection.worlds.empty()) selection.worlds = {WorldKind::go};
	if (selection.signals.empty()) selection.signals.assign(kSignals.begin(), kSignals.end());
	return selection;
}

bool exists(const Isa& isa, const VdsoChoice& vdso) { return vdso.blob == nullptr || vdso.blob->isas.on(isa); }

void add_product(const Selection& s, std::vector<Job>& jobs) {
	for (const Isa* isa : s.isas)
		for (const GuestChoice& guest : s.guests)
			for (const Function function : s.functions)
				for (const Caller caller : s.callers)
					for (const VdsoChoice& vdso : s.vdsos)
						for (const WorldKind world : s.worlds)
							if (exists(*isa, vdso)) jobs.push_back({{isa, guest, function, caller, vdso, world, s.signals.front(), s.calls}, s.signals});
}

// The blocks of the catalogue's grid, each a selection.
std::vector<Selection> catalogue_blocks() {
	const VdsoChoice clean{.blob = find_vdso("clean")};
	const VdsoChoice dirty{.blob = find_vdso("clobber-g")};
	const std::vector<VdsoChoice> both = {clean, dirty};
	std::vector<WorldKind> worlds;
	for (size_t i = 1; i < kWorldCount; ++i) worlds.push_back(static_cast<WorldKind>(i));
	return {
		{},
		{.functions = {Function::nanotime1}, .callers = {Caller::g0}, .vdsos = both},
		{.functions = {Function::walltime1, Function::time_now}, .callers = {Caller::curg, Caller::g0}, .vdsos = both},
		{.vdsos = {dirty}, .worlds = worlds},
		{.functions = {Function::native}, .vdsos = {clean}},
	};
}

}  // namespace

std::vector<Job> grid(const Selection& selection) {
	std::vector<Job> jobs;
	if (!selection.empty()) {
		add_product(complete(selection), jobs);
		return jobs;
	}
	for (const Selection& block : catalogue_blocks()) add_product(complete(block), jobs);
	return jobs;
}

}  // namespace siglab
