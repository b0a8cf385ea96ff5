#include "fuzz/batch.h"

#include <fmt/format.h>

namespace siglab {
namespace {

constexpr std::array<Effort, 2> kEfforts = {Effort::sweep, Effort::explore};

// What has come of one vDSO so far.
struct Progress {
	Case what;
	ImagePtr image;
	std::vector<uint64_t> numbers;      // that the digest is of
	std::optional<Judgement> deviating; // on the first version that does
	uint32_t versions = 0;              // that do
};

class Batch {
   public:
	Batch(Judge& judge, const Draw& draw, const std::string& out, const std::atomic<bool>* interrupted)
		: judge_(judge), draw_(draw), out_(out), interrupted_(interrupted) {}

	Result<BatchResult> run(std::span<const uint64_t> indices) {
		for (const Isa* isa : draw_.isas) {
			Result<std::vector<Progress>> cases = prepare(*isa, indices);
			if (!cases) return cases.error();
			if (const Status done = judge_all(*cases); !done) return done.error();
			if (result_.cut) break;
			for (Progress& one : *cases) {
				if (const Status done = finish(one); !done) return done.error();
			}
		}
		return std::move(result_);
	}

   private:
	Result<std::vector<Progress>> prepare(const Isa& isa, std::span<const uint64_t> indices) {
		std::vector<Progress> cases;
		std::vector<Program> programs;
		for (const uint64_t index : indices) {
			cases.push_back({.what = case_of(draw_, index, isa), .image = {}, .numbers = {}, .deviating = {}});
			programs.push_back(cases.back().what.program);
		}
		Result<std::vector<ImagePtr>> images = judge_.assemble(isa, programs);
		if (!images) return images.error();
		for (size_t i = 0; i < cases.size(); ++i) {
			cases[i].image = (*images)[i];
			cases[i].numbers = {cases[i].what.index, static_cast<uint64_t>(isa.id), cases[i].image->hash().high};
			count_features(cases[i]);
		}
		// An image of another size is another map of memory, and makes the engines forget all that they have translated.
		const auto pages = [](const Progress& one) { return one.image->segments().front().range.end.value / kPageSize; };
		std::stable_sort(cases.begin(), cases.end(), [&](const Progress& a, const Progress& b) { return pages(a) < pages(b); });
		return cases;
	}

	Status judge_all(std::vector<Progress>& cases) {
		for (const GuestChoice& guest : draw_.guests) {
			for (Progress& one : cases) {
				if (interrupted_ != nullptr && interrupted_->load()) {
					result_.cut = true;
					return Done{};
				}
				Scenario scenario = one.what.scenario;
				scenario.guest = guest;
				Result<Judgement> judgement = judge_.judge(draw_, scenario, one.image, std::span{kEfforts}.first(one.what.explored ? 2 : 1));
				if (!judgement) return judgement.error();
				note(one, *std::move(judgement));
			}
		}
		return Done{};
	}

	void note(Progress& one, Judgement judgement) {
		const std::string isa{one.what.scenario.isa->name};
		one.numbers.insert(one.numbers.end(), {judgement.boundaries, judgement.dirty, judgement.fired, judgement.states, judgement.deviations.size()});
		one.numbers.insert(one.numbers.end(), judgement.broken.begin(), judgement.broken.end());
		std::map<std::string, uint64_t>& all = result_.tallies[isa];
		std::map<std::string, uint64_t>& version = result_.tallies[isa + " " + guest_text(judgement.scenario.guest)];
		for (std::map<std::string, uint64_t>* tally : {&all, &version}) {
			(*tally)["boundaries"] += judgement.boundaries;
			(*tally)["dirty"] += judgement.dirty;
			(*tally)["deliveries"] += judgement.fired;
			(*tally)["states"] += judgement.states;
			if (judgement.not_injected != 0) (*tally)["not injected"] += judgement.not_injected;
		}
		for (size_t i = 0; i < kPropertyCount; ++i) {
			if (judgement.broken[i] != 0) version[std::string{property_name(static_cast<Property>(i))}] += judgement.broken[i];
		}
		if (!judgement.left.empty()) result_.left.push_back(fmt::format("{} of index {}: {}", print_scenario(judgement.scenario), one.what.index, judgement.left));
		if (judgement.deviations.empty()) return;
		++one.versions;
		if (!one.deviating) one.deviating = std::move(judgement);
	}

	// That the generator makes what it says it makes shows in how often it does.
	void count_features(const Progress& one) {
		const Program& program = one.what.program;
		const uint64_t size = one.image->segments().front().range.end.value;
		const std::pair<const char*, bool> features[] = {{"vdsos", true}, {"explored", one.what.explored}, {"with helpers", !program.helpers.empty()},
		                                                 {"in the compact set", program.compact}, {"over a page", size > kPageSize},
		                                                 {"with a kernel that has no clock", one.what.scenario.world == WorldKind::clock_none}};
		std::map<std::string, uint64_t>& tally = result_.tallies[std::string{one.what.scenario.isa->name}];
		for (const auto& [name, has] : features) tally[name] += has ? 1 : 0;
	}

	Status finish(Progress& one) {
		result_.digest += hash_bytes(std::as_bytes(std::span{one.numbers})).low;
		if (!one.deviating) return Done{};
		Result<FuzzFind> find = write_find(judge_, draw_, one.what, *one.deviating, out_);
		if (!find) return find.error();
		find->versions = one.versions;
		result_.finds.push_back(*std::move(find));
		return Done{};
	}

	Judge& judge_;
	const Draw& draw_;
	const std::string& out_;
	const std::atomic<bool>* interrupted_;
	BatchResult result_;
};

}  // namespace

Result<BatchResult> run_batch(Judge& judge, const Draw& draw, std::span<const uint64_t> indices, const std::string& out,
                              const std::atomic<bool>* interrupted) {
	return Batch(judge, draw, out, interrupted).run(indices);
}

}  // namespace siglab
