// Signals in Go's trampolines: the same verdicts as for v5, in the same windows.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "go_pair.h"

namespace siglab::go {
namespace {

using testing::IsEmpty;

constexpr Signal kSignals[] = {Signal::usr1, Signal::prof, Signal::urg};

// Boundaries of one walk between two that both walks have: the stretch's number.
class Stretches {
   public:
	Stretches(const Correspondence& correspondence, const Walk& walk) : starts_(correspondence.common(walk)),
		boundaries_(walk.boundaries()) {}
	[[nodiscard]] size_t of(uint32_t boundary) const {
		return static_cast<size_t>(std::upper_bound(starts_.begin(), starts_.end(), boundary) - starts_.begin());
	}
	// All boundaries of a stretch.
	[[nodiscard]] std::set<uint32_t> all(size_t stretch) const {
		std::set<uint32_t> members;
		for (uint32_t i = starts_[stretch - 1]; i < (stretch < starts_.size() ? starts_[stretch] : boundaries_); ++i) members.insert(i);
		return members;
	}

   private:
	std::vector<uint32_t> starts_;
	uint32_t boundaries_;
};

using Windows = std::map<std::string, std::set<uint32_t>>;  // boundaries by verdict
using Judgement = std::map<std::string, std::set<size_t>>;  // the same as stretches: what both walks can be compared by

Windows windows(const Run& run) {
	Windows windows;
	for (const Finding& finding : run.findings) {
		const std::string name = fmt::format("{} ({}){}{}", property_name(finding.verdict.property), kind_name(finding.verdict.kind),
		                                     finding.cause ? "" : ", a consequence", finding.boundary ? "" : ", without a signal");
		std::set<uint32_t>& window = windows[name];
		window.insert(finding.window.begin(), finding.window.end());
		if (finding.boundary) window.insert(*finding.boundary);
	}
	return windows;
}

Judgement judgement(const Sweep& swept, const Run& run, const Correspondence& correspondence) {
	const Stretches stretches(correspondence, swept.walk);
	Judgement judged;
	for (const auto& [name, window] : windows(run)) {
		std::set<size_t>& in = judged[name];
		for (const uint32_t boundary : window) in.insert(stretches.of(boundary));
		// An instruction that only one of the two has is judged as the one before it.
		for (const size_t stretch : in) {
			for (const uint32_t boundary : stretches.all(stretch)) EXPECT_TRUE(window.contains(boundary)) << name << " not at " << boundary;
		}
	}
	return judged;
}

Sweep swept(World world, const Limits& limits) {
	Machine& machine = test::machine(world.isa());
	Result<Sweep> result = sweep(std::move(world), kSignals, machine, limits);
	if (!result) ADD_FAILURE() << result.error().text;
	return *std::move(result);
}

// Returns how many verdicts there were.
size_t expect_alike(const std::string& scenario, const Limits& limits) {
	SCOPED_TRACE(scenario);
	Pair pair = pair_of(scenario);
	const Correspondence correspondence(pair);
	const Sweep go = swept(std::move(pair.go), limits), v5 = swept(std::move(pair.v5), limits);
	EXPECT_EQ(go.runs.size(), v5.runs.size());
	size_t verdicts = 0;
	for (size_t i = 0; i < std::min(go.runs.size(), v5.runs.size()); ++i) {
		const Run &a = go.runs[i], &b = v5.runs[i];
		const Judgement judged = judgement(v5, b, correspondence);
		EXPECT_EQ(judgement(go, a, correspondence), judged);
		EXPECT_EQ(a.outcome, Outcome::exhausted);
		EXPECT_EQ(b.outcome, Outcome::exhausted);
		EXPECT_THAT(a.disagreements, IsEmpty());
		EXPECT_EQ(a.fired == a.injections, b.fired == b.injections);
		EXPECT_EQ(a.masked == a.boundaries, b.masked == b.boundaries);
		EXPECT_GT(a.injections + a.masked, 0u);
		verdicts += judged.size();
	}
	return verdicts;
}

std::vector<std::string_view> vdsos(const Isa& isa) {
	std::vector<std::string_view> names = {"none", "clean", "clobber-g", "clobber-all", "two-page", "leak"};
	if (isa.id == IsaId::arm) names.emplace_back("thumb");
	return names;
}

TEST(GoVerdicts, OfOneSignalAreThoseOfV5) {
	size_t verdicts = 0;
	for (const Isa* isa : all_isas()) {
		for (const std::string_view function : {"nanotime1", "walltime1", "time.now"}) {
			for (const std::string_view caller : {"curg", "g0"}) {
				for (const std::string_view vdso : vdsos(*isa)) {
					verdicts += expect_alike(fmt::format("{}:v5:{}:{}:{}:go:PROF:1", isa->name, function, caller, vdso), {});
				}
			}
		}
	}
	EXPECT_GT(verdicts, 0u);
}

// The comparison can fail: one version before, vdsoSP is another (go#47324).
TEST(GoVerdicts, AreNotThoseOfV4) {
	for (const Isa* isa : all_isas()) {
		const std::string scenario = fmt::format("{}:v5:nanotime1:curg:clean:go:PROF:1", isa->name);
		const World v4 = test::world(fmt::format("{}:v4:nanotime1:curg:clean:go:PROF:1", isa->name));
		EXPECT_THAT(windows(swept(pair_of(scenario).go, {}).runs[1]), IsEmpty());
		EXPECT_EQ(windows(swept(v4, {}).runs[1]).count("traceback (own-SP)"), 1u);
	}
}

TEST(GoVerdicts, InEveryWorldAreThoseOfV5) {
	size_t verdicts = 0;
	for (const Isa* isa : all_isas()) {
		for (const std::string& world : world_names()) {
			verdicts += expect_alike(fmt::format("{}:v5:nanotime1:curg:clobber-g:{}:PROF:1", isa->name, world), {});
		}
	}
	EXPECT_GT(verdicts, 0u);
}

TEST(GoVerdicts, OfAnyNumberOfSignalsAreThoseOfV5) {
	const Limits any{.budget = {.signals = std::nullopt}};
	size_t verdicts = 0;
	for (const Isa* isa : all_isas()) {
		for (const std::string_view function : {"nanotime1", "walltime1"}) {
			for (const std::string_view vdso : vdsos(*isa)) {
				verdicts += expect_alike(fmt::format("{}:v5:{}:curg:{}:go:PROF:1", isa->name, function, vdso), any);
			}
		}
	}
	EXPECT_GT(verdicts, 0u);
}

}  // namespace
}  // namespace siglab::go
