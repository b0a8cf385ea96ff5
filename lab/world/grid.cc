#include "world/grid.h"

#include <array>

namespace siglab {
namespace {

constexpr std::array<Signal, 3> kSignals = {Signal::usr1, Signal::prof, Signal::urg};

std::vector<GuestChoice> every_version() {
	std::vector<GuestChoice> guests;
	for (const Variant& variant : all_variants()) {
		if (!variant.museum) guests.push_back({.variant = &variant});
	}
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

bool exists(const Isa& isa, const GuestChoice& guest, const VdsoChoice& vdso) {
	return (vdso.blob == nullptr || vdso.blob->isas.on(isa)) && (guest.variant == nullptr || guest.variant->isas.on(isa));
}

void add_product(const Selection& s, std::vector<Job>& jobs) {
	for (const Isa* isa : s.isas)
		for (const GuestChoice& guest : s.guests)
			for (const Function function : s.functions)
				for (const Caller caller : s.callers)
					for (const VdsoChoice& vdso : s.vdsos)
						for (const WorldKind world : s.worlds)
							if (exists(*isa, guest, vdso)) jobs.push_back({{isa, guest, function, caller, vdso, world, s.signals.front(), s.calls}, s.signals});
}

// All but "go", and but the relaxed ones.
std::vector<WorldKind> other_worlds() {
	std::vector<WorldKind> worlds;
	for (size_t i = 1; i < kWorldCount && !is_relaxed(static_cast<WorldKind>(i)); ++i) worlds.push_back(static_cast<WorldKind>(i));
	return worlds;
}

// The blocks of the catalogue's grid, each a selection.
std::vector<Selection> catalogue_blocks() {
	const VdsoChoice clean{.blob = find_vdso("clean")};
	const VdsoChoice dirty{.blob = find_vdso("clobber-g")};
	const std::vector<VdsoChoice> both = {clean, dirty};
	return {
		{},
		{.functions = {Function::nanotime1}, .callers = {Caller::g0}, .vdsos = both},
		{.functions = {Function::walltime1, Function::time_now}, .callers = {Caller::curg, Caller::g0}, .vdsos = both},
		{.vdsos = {dirty}, .worlds = other_worlds()},
		{.functions = {Function::native}, .vdsos = {clean}},
	};
}

std::vector<Selection> exploration_blocks() {
	const std::vector<VdsoChoice> both = {{.blob = find_vdso("clean")}, {.blob = find_vdso("clobber-g")}};
	const std::vector<VdsoChoice> dirty = {both[1]};
	std::vector<Selection> blocks;
	for (const Signal signal : kSignals) blocks.push_back({.vdsos = both, .signals = {signal}});
	blocks.push_back({.vdsos = dirty});
	blocks.push_back({.callers = {Caller::g0}, .vdsos = dirty});
	blocks.push_back({.functions = {Function::time_now}, .vdsos = dirty});
	blocks.push_back({.vdsos = {{.blob = find_vdso("two-page")}}});
	blocks.push_back({.vdsos = dirty, .worlds = other_worlds()});
	blocks.push_back({.functions = {Function::native}, .vdsos = {both[0]}});
	blocks.push_back({.vdsos = {{.blob = find_vdso("leak")}}});
	return blocks;
}

}  // namespace

std::vector<Job> exploration_grid(const Selection& selection, const Budget& budget) {
	std::vector<Job> jobs;
	const std::vector<Selection> blocks = selection.empty() ? exploration_blocks() : std::vector{selection};
	for (const Selection& block : blocks) add_product(complete(block), jobs);
	for (Job& job : jobs) {
		job.budget = budget;
		job.together = true;
	}
	return jobs;
}

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
