#include "census.h"

#include <fmt/format.h>

#include "base/threads.h"
#include "equivalent.h"

namespace siglab::mutants {
namespace {

constexpr std::string_view kVariants[] = {"v6", "v7"};

// A guest with all that its mutants are judged by.
struct Subject {
	ImagePtr guest;
	std::vector<Trial> trials;
};

struct Work {
	const Subject* subject = nullptr;
	Judged judged;
};

using Machines = std::array<std::unique_ptr<Machine>, kIsaCount>;

Result<Machine*> machine_for(const Isa& isa, Machines& machines) {
	std::unique_ptr<Machine>& machine = machines[static_cast<size_t>(isa.id)];
	if (!machine) {
		Result<std::unique_ptr<Machine>> opened = Machine::open(isa);
		if (!opened) return opened.error();
		machine = std::move(*opened);
	}
	return machine.get();
}

Result<std::vector<std::unique_ptr<Subject>>> make_subjects(ImageStore& store) {
	std::vector<std::unique_ptr<Subject>> subjects;
	Machines machines;
	for (const Isa* isa : all_isas()) {
		for (const std::string_view variant : kVariants) {
			auto subject = std::make_unique<Subject>();
			Result<ImagePtr> guest = store.guest(*isa, {.variant = find_variant(variant)});
			if (!guest) return guest.error();
			subject->guest = *guest;
			Result<Machine*> machine = machine_for(*isa, machines);
			if (!machine) return machine.error();
			Result<std::vector<Trial>> trials = trials_for(*isa, variant, store, **machine);
			if (!trials) return trials.error();
			subject->trials = std::move(*trials);
			subjects.push_back(std::move(subject));
		}
	}
	return subjects;
}

Status judge_one(Work& work, Machines& machines) {
	const Mutant& mutant = work.judged.mutant;
	Result<Machine*> machine = machine_for(*mutant.isa, machines);
	if (!machine) return machine.error();
	Result<Outcome> outcome = judge(mutant, work.subject->trials, **machine);
	if (!outcome) return Error{outcome.error().exit, fmt::format("{}: {}", mutant.name(), outcome.error().text)};
	work.judged.outcome = std::move(*outcome);
	const std::vector<Line> lines = lines_of(*work.subject->guest, "runtime." + mutant.function);
	work.judged.rule = equivalent_by(mutant, lines, work.subject->trials[0].world.truth.landmarks);
	return Done{};
}

Status judge_all(std::vector<Work>& works, unsigned threads) {
	std::vector<Status> ends(works.size(), Done{});
	const auto make_worker = [&] {
		return [&, machines = Machines()](size_t i) mutable {
			ends[i] = judge_one(works[i], machines);
			return static_cast<bool>(ends[i]);
		};
	};
	share_out(works.size(), threads, make_worker);
	for (const Status& end : ends) {
		if (!end) return end;
	}
	return Done{};
}

}  // namespace

std::vector<const Mutant*> Census::survivors() const {
	std::vector<const Mutant*> mutants;
	for (const Judged& judged : all) {
		if (judged.outcome.fate == Fate::survived && !judged.rule) mutants.push_back(&judged.mutant);
	}
	return mutants;
}

Result<Census> take_census(ImageStore& store, const CensusOptions& options) {
	Result<std::vector<std::unique_ptr<Subject>>> subjects = make_subjects(store);
	if (!subjects) return subjects.error();
	std::vector<Work> works;
	for (const std::unique_ptr<Subject>& subject : *subjects) {
		Result<std::vector<Mutant>> mutants = mutants_of(*subject->guest, std::string{subject->trials[0].world.scenario.guest.variant->id});
		if (!mutants) return mutants.error();
		for (size_t i = 0; i < mutants->size(); i += options.every) works.push_back({subject.get(), {std::move((*mutants)[i]), {}, {}}});
	}
	if (Status done = judge_all(works, options.threads); !done) return done.error();
	Census census;
	for (Work& work : works) {
		if (work.judged.rule && work.judged.outcome.fate == Fate::killed) {
			census.wrong_rules.push_back(fmt::format("the rule '{}' is wrong: {} is killed", *work.judged.rule, work.judged.mutant.name()));
		}
		census.all.push_back(std::move(work.judged));
	}
	return census;
}

}  // namespace siglab::mutants
