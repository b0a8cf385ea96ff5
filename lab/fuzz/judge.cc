#include "fuzz/judge.h"

#include <fmt/format.h>

namespace siglab {
namespace {

// A search that meets more states than this has met something else than a vDSO's few hundred.
constexpr uint32_t kMaxStates = 200'000;

void count(const World& world, const Sweep& swept, const Run& run, Judgement& judgement) {
	const Walk& walk = swept.walk;
	judgement.boundaries = walk.boundaries();
	judgement.dirty = 0;
	for (uint32_t i = 0; i < walk.boundaries(); ++i) judgement.dirty += walk.cpu(i).gpr[world.isa().g] != walk.ghost(i).owner ? 1 : 0;
	judgement.fired += run.fired;
	judgement.states += run.states;
	if (run.states != 0) return;
	judgement.not_injected = static_cast<uint32_t>(run.not_injected.size());
	for (const Finding& finding : run.findings) ++judgement.broken[static_cast<size_t>(finding.verdict.property)];
}

}  // namespace

Result<std::vector<ImagePtr>> Judge::assemble(const Isa& isa, std::span<const Program> programs) {
	std::optional<Mould>& mould = moulds_[static_cast<size_t>(isa.id)];
	if (!mould) {
		Result<Mould> made = Mould::make(isa, store_.places().sources);
		if (!made) return made.error();
		mould = *std::move(made);
	}
	std::vector<VdsoPart> parts;
	for (size_t i = 0; i < programs.size(); ++i) {
		const std::string prefix = fmt::format("p{}.", i);
		parts.push_back({std::string{generated_vdso().name}, prefix, functions_text(programs[i], isa, {.prefix = prefix, .comments = false})});
	}
	Result<std::vector<Image>> images = assemble_many(*mould, definitions_text(isa), parts);
	if (!images) return Error{images.error().exit, fmt::format("generated code: {}", images.error().text)};
	std::vector<ImagePtr> shared;
	for (Image& image : *images) shared.push_back(std::make_shared<const Image>(std::move(image)));
	return shared;
}

// A store of its own: the file may be another one the next time.
Result<WorldImages> Judge::read(const Isa& isa, const std::string& path) {
	ImageStore own(store_.places());
	Result<ImagePtr> image = own.vdso(isa, {.file = path});
	if (!image) return image.error();
	Result<DataPages> pages = own.data_pages(isa, {.file = path});
	if (!pages) return pages.error();
	return WorldImages{.vdso = *image, .pages = *pages};
}

Status Judge::run(World& world, const Draw& draw, Effort effort, Judgement& judgement) {
	Result<Machine*> with = machines_.of(world);
	if (!with) return with.error();
	const bool any = effort == Effort::explore;
	const std::vector<Signal> signals = any ? draw.signals : std::vector{world.scenario.signal};
	Limits limits{.max_states = kMaxStates, .tells_states = false, .interrupted = interrupted_};
	if (any) limits.budget = {.signals = std::nullopt, .ticks = draw.ticks};
	Result<Sweep> swept = sweep(std::move(world), signals, **with, limits, any);
	if (!swept) return swept.error();
	world = std::move(swept->world);
	const Run& run = swept->runs.front();
	count(world, *swept, run, judgement);
	judgement.left = run.left;
	judgement.deviations = deviations_of(world, swept->walk, run);
	judgement.found_by = effort;
	judgement.scenario = run.scenario;
	judgement.signals = signals;
	judgement.images = world.images;
	if (!judgement.deviations.empty()) judgement.findings = run.findings;
	return Done{};
}

Result<Judgement> Judge::judge(const Draw& draw, const Scenario& scenario, WorldImages images, std::span<const Effort> efforts) {
	Result<ImagePtr> guest = store_.guest(*scenario.isa, scenario.guest);
	if (!guest) return guest.error();
	Result<ImagePtr> sigpage = store_.sigpage(*scenario.isa);
	if (!sigpage) return sigpage.error();
	images.guest = *guest;
	images.sigpage = *sigpage;
	Result<World> world = build_world(scenario, std::move(images));
	if (!world) return world.error();
	Result<Judgement> judgement(std::in_place);
	for (const Effort effort : efforts) {
		if (Status done = run(*world, draw, effort, *judgement); !done) return done.error();
		if (!judgement->deviations.empty()) break;
	}
	return judgement;
}

}  // namespace siglab
