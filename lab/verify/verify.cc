#include "verify/verify.h"

#include <fmt/format.h>

#include <set>

#include "verify/compare.h"
#include "verify/museum.h"
#include "verify/findings.h"

namespace siglab::verify {
namespace {

struct Checked {
	Effort effort;
	std::string difference;
	std::vector<uint64_t> code;   // instructions that the claim accounts for
};

// The schedules that the record's findings name: their last events are always run.
std::set<std::string> schedules_of(const Record& record, const Claim& claim) {
	std::set<std::string> schedules;
	for (const size_t run : claim.runs) {
		for (const ViolationRecord& violation : record.runs[run].violations) {
			const Result<Token> token = parse_token(violation.token);
			if (token) schedules.insert(print_schedule(token->schedule));
		}
	}
	return schedules;
}

bool drawn(const Sample& sample, const Hash128& state, size_t way) {
	const std::array<uint64_t, 4> parts = {sample.seed, state.high, state.low, way};
	constexpr double kRange = 18446744073709551616.0;  // 2^64
	return static_cast<double>(hash_bytes(std::as_bytes(std::span{parts})).low) < sample.part * kRange;
}

// One claim, checked on a machine of the thread's own.
class Checker {
   public:
	Checker(const Record& record, ImageStore& store, const Options& options) : record_(record), store_(store), options_(options), machines_(options.engine) {}

	Result<Checked> check(const Claim& claim) {
		Result<World> world = build_world(claim.scenario, store_);
		if (!world) return world.error();
		const ClosedSet& closed = record_.closed[claim.walk];
		if (world->images != closed.images) {
			return Error{Exit::usage, fmt::format("{}: the record was made with other images ({:016x}) than are here ({:016x})",
			                                      name_of(record_.runs[claim.runs.front()]), closed.images, world->images)};
		}
		if (first_moment(*world) != closed.start) {
			return Error{Exit::usage, fmt::format("{}: the record was made in another world: its first moment has the hash {}, and here {}",
			                                      name_of(record_.runs[claim.runs.front()]), print_hash(closed.start), print_hash(first_moment(*world)))};
		}
		world->kernel.faults = options_.faults;
		Result<std::shared_ptr<const Derivation>> all = options_.remake(std::move(*world), claim, guide(claim), machines_);
		if (!all) return all.error();
		const Retold retold = retell(**all, claim, record_);
		Checked checked{.effort = (*all)->effort, .difference = first_difference(**all, claim, retold, record_), .code = {}};
		for (const auto& [pc, line] : retold.code) checked.code.push_back(pc);
		return checked;
	}

   private:
	Guide guide(const Claim& claim) {
		Guide guide{.max_states = static_cast<uint32_t>(record_.closed[claim.walk].states.size()), .trusts = {}, .interrupted = options_.interrupted,
		            .deadline = options_.deadline};
		// One more than there should be is enough to tell that the set is not closed.
		if (claim.exhausted) ++guide.max_states;
		if (options_.sample.all() && claim.exhausted) return guide;
		guide.trusts = [this, &claim, schedules = schedules_of(record_, claim)](const Derivation& all, uint32_t id, size_t way) {
			return trusted(claim, schedules, all, id, way);
		};
		return guide;
	}

	// A way by which a state is first met must be gone, or there is no such state to go on from.
	[[nodiscard]] std::optional<Way> trusted(const Claim& claim, const std::set<std::string>& schedules, const Derivation& all, uint32_t id, size_t way) const {
		const std::vector<ClosedState>& states = record_.closed[claim.walk].states;
		if (id >= states.size()) return std::nullopt;
		const Way& claimed = states[id].ways[way];
		if (claimed.leads == Leads::untried && !claim.exhausted) return claimed;
		if (!delivered(claimed) || claimed.leads == Leads::outside || claimed.found) return std::nullopt;
		if (drawn(options_.sample, all.states[id].closed.hash, way)) return std::nullopt;
		if (claim.together && schedules.contains(print_schedule(schedule_over(all, claim, id, way)))) return std::nullopt;
		return claimed;
	}

	const Record& record_;
	ImageStore& store_;
	const Options& options_;
	Machines machines_;
};

using Results = std::vector<std::optional<Result<Checked>>>;

Results check_all(const Record& record, std::span<const Claim> claims, ImageStore& store, const Options& options) {
	Results results(claims.size());
	const auto make_worker = [&] {
		return [&, checker = Checker(record, store, options)](size_t i) mutable {
			results[i] = checker.check(claims[i]);
			return true;
		};
	};
	share_out(claims.size(), options.threads, make_worker, options.progress);
	return results;
}

// What is nobody's single claim.
std::string loose_difference(const Record& record, std::span<const Claim> claims, const Results& results) {
	std::map<std::string, std::set<uint64_t>> accounted;
	for (size_t i = 0; i < claims.size(); ++i) {
		const std::vector<uint64_t>& code = (**results[i]).code;
		accounted[record.walks[claims[i].walk].code].insert(code.begin(), code.end());
	}
	for (const auto& [key, code] : record.code) {
		for (const auto& [pc, line] : code) {
			const auto walks = accounted.find(key);
			if (walks == accounted.end() || !walks->second.contains(pc)) return fmt::format("code '{}': no walk stands before the instruction at {:#x}", key, pc);
		}
		if (code.empty() && !accounted.contains(key)) return fmt::format("code '{}' is no walk's", key);
	}
	const std::string_view command = record.exhibits.empty() ? "sweep" : "museum";
	if (record.command != command) return fmt::format("the record's command is '{}', and what is in it is a {}'s", record.command, command);
	std::string outcome = "exhausted";
	for (const Claim& claim : claims) {
		const std::string& run = record.runs[claim.runs.front()].outcome;
		if (run != "exhausted" && outcome != "interrupted") outcome = run;
	}
	if (record.outcome == outcome || record.outcome == "interrupted") return {};
	return fmt::format("the record's outcome is '{}', and its runs make '{}'", record.outcome, outcome);
}

void note(std::string difference, Verification& all) {
	if (difference.empty()) return;
	if (all.differing++ == 0) all.difference = std::move(difference);
}

}  // namespace

EngineKind other_engine() { return is_there(EngineKind::dynarmic) ? EngineKind::dynarmic : EngineKind::unicorn; }

Result<Machine*> Machines::of(const Isa& isa) {
	std::unique_ptr<Machine>& machine = open_[static_cast<size_t>(isa.id)];
	if (machine) return machine.get();
	Result<std::unique_ptr<Machine>> opened = Machine::open(isa, {.recorder = engine_, .replayer = engine_});
	if (!opened) return opened.error();
	machine = std::move(*opened);
	return machine.get();
}

Result<std::shared_ptr<const Derivation>> remake(World world, const Claim& claim, const Guide& guide, Machines& machines) {
	Result<Machine*> machine = machines.of(world.isa());
	if (!machine) return machine.error();
	Result<Derivation> all = derive(std::move(world), claim, **machine, guide);
	if (!all) return all.error();
	return std::make_shared<const Derivation>(std::move(*all));
}

Result<Verification> verify(const Record& record, ImageStore& store, const Options& options) {
	Result<std::vector<Claim>> claims = claims_of(record);
	if (!claims) return claims.error();
	const Results results = check_all(record, *claims, store, options);
	Verification all{.effort = {}, .closed_sets = claims->size(), .unfinished = 0, .differing = 0, .difference = {}};
	for (size_t i = 0; i < claims->size(); ++i) {
		const Result<Checked>& checked = *results[i];
		if (!checked) return checked.error();
		all.effort.add(checked->effort);
		all.unfinished += (*claims)[i].exhausted ? 0 : 1;
		note(checked->difference, all);
	}
	note(museum_difference(record, *claims), all);
	note(loose_difference(record, *claims, results), all);
	return all;
}

}  // namespace siglab::verify
