// siglab verify: what a search wrote down is found again by other code; and whatever in it is changed, or was left out, is noticed.
#include "verify/verify.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lab_fixture.h"
#include "record/closed_rules.h"

namespace siglab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using verify::Verification;

const std::vector<Signal> kProf = {Signal::prof};
const std::vector<Signal> kUsr1AndProf = {Signal::usr1, Signal::prof};
constexpr Budget kAny{.signals = std::nullopt};

Job job(const std::string& scenario, const std::vector<Signal>& signals, const Budget& budget = {}) {
	return {.scenario = test::scenario(fmt::format("{}:{}:1", scenario, signal_name(signals.front()))), .signals = signals, .budget = budget};
}

Record recorded(const std::vector<Job>& jobs, const CampaignOptions& options = {}) {
	Result<Record> record = run_campaign(jobs, test::store(), options);
	if (!record) ADD_FAILURE() << record.error().text;
	return record ? *std::move(record) : Record{};
}
Record recorded(const std::vector<Job>& jobs, SearchFault fault) {
	CampaignOptions options;
	options.limits.faults.set(static_cast<size_t>(fault));
	return recorded(jobs, options);
}

Verification verified(const Record& record, const verify::Options& options = {}) {
	EXPECT_TRUE(parse_record(print_record(record)).ok()) << "it is about what a reader accepts";
	Result<Verification> result = verify::verify(record, test::store(), options);
	if (!result) ADD_FAILURE() << result.error().text;
	return result ? *std::move(result) : Verification{};
}

void expect_same(const std::vector<Job>& jobs) {
	const Record record = recorded(jobs);
	const Verification all = verified(record);
	EXPECT_EQ(all.difference, "");
	EXPECT_EQ(all.closed_sets, jobs.size());
	EXPECT_EQ(all.unfinished, 0u);
	size_t states = 0;
	uint64_t deliveries = 0;
	for (const ClosedSet& set : record.closed) {
		states += set.states.size();
		deliveries += siglab::deliveries(set, 0).injections;
	}
	EXPECT_EQ(all.effort.states, states);
	EXPECT_EQ(all.effort.steps, states) << "each state's next step, and no other";
	EXPECT_EQ(all.effort.deliveries, deliveries);
	EXPECT_EQ(all.effort.trusted, 0u);
}

// ---- what is sound is found again ----

TEST(Verify, FindsOneSignalAtEachBoundaryAgain) {
	for (const char* isa : {"arm64", "arm"}) {
		expect_same({job(fmt::format("{}:v0:nanotime1:curg:clobber-g:go", isa), kUsr1AndProf), job(fmt::format("{}:v2:time.now:g0:clobber-g:go", isa), kProf),
		             job(fmt::format("{}:v4:nanotime1:curg:two-page:iscgo", isa), kProf), job(fmt::format("{}:v6:nanotime1:curg:leak:go", isa), kProf),
		             job(fmt::format("{}:v5:nanotime1:curg:clobber-g:gsignal-nil", isa), kProf), job(fmt::format("{}:v3:native:curg:clean:go", isa), kProf)});
	}
}

TEST(Verify, FindsAnyNumberOfSignalsAgain) {
	for (const char* isa : {"arm64", "arm"}) {
		expect_same({job(fmt::format("{}:v2:nanotime1:curg:clobber-g:go", isa), kUsr1AndProf, kAny), job(fmt::format("{}:v7:nanotime1:curg:clobber-g:go", isa), kUsr1AndProf, kAny),
		             job(fmt::format("{}:v3:nanotime1:curg:clobber-g:go", isa), kProf, {.signals = 2}),
		             job(fmt::format("{}:v1:nanotime1:curg:clean:foreign-before", isa), kProf, kAny)});
	}
}

// Handlers whose boundaries are states, and ticks.
TEST(Verify, FindsNestedHandlersAndTicksAgain) {
	const std::vector<Signal> usr1_and_urg = {Signal::usr1, Signal::urg};
	for (const char* isa : {"arm64", "arm"}) {
		expect_same({job(fmt::format("{}:v6:native:curg:clean:mask-empty", isa), usr1_and_urg, {.signals = 2})});
		expect_same({job(fmt::format("{}:v7:native:curg:clean:go", isa), kProf, {.signals = 1, .ticks = 1})});
	}
}

// Handlers that jump out, with a mask that they open themselves; and frames that run over their stack.
TEST(Verify, FindsJumpsAndOverflowsAgain) {
	const std::vector<Signal> usr1 = {Signal::usr1};
	for (const char* isa : {"arm64", "arm"}) {
		expect_same({job(fmt::format("{}:v2:nanotime1:curg:clobber-g:longjmp", isa), kUsr1AndProf)});
		expect_same({job(fmt::format("{}:v5:nanotime1:curg:clobber-all:overflow", isa), kProf)});
	}
	expect_same({job("arm:v5:nanotime1:curg:clean:longjmp", usr1, {.signals = 2})});
	expect_same({job("arm64:v5:nanotime1:curg:clean:overflow", usr1, {.signals = 2, .nesting = kUntilOverflow})});
}

TEST(Verify, FindsRunsThatNeverEndAgain) {
	const std::string label = "\nruntime.nanotime1:\n";
	// Behind the trampoline's first instruction, and at it: there each round is one more call that is open.
	for (const auto& [loop, kind] : {std::pair{"\tnop\n9:\tb 9b\n", Kind::livelock}, std::pair{"9:\tb 9b\n", Kind::refused}}) {
		const test::OwnFile walk("walk.S", test::edited("guest_asm/arm64/v5.S", label, label + loop));
		const std::string scenario = fmt::format("arm64:{}:nanotime1:curg:clean:go", walk.text());
		EXPECT_EQ(recorded({job(scenario, kProf)}).runs.at(0).violations.at(0).verdict, (Verdict{Property::alive, kind}));
		expect_same({job(scenario, kProf), job(scenario, kProf, kAny)});
	}
	const std::string handler = "\nruntime.sigtramp:\n";
	const test::OwnFile inside("inside.S", test::edited("guest_asm/arm64/v5.S", handler, handler + "9:\tadd x0, x0, #1\n\tand x0, x0, #3\n\tb 9b\n"));
	// The un-hooked engine spins until the watchdog's patience ends, at each boundary: of a walk that has few.
	expect_same({job(fmt::format("arm64:{}:native:curg:clean:go", inside.text()), kProf)});
}

// Walks that the kernel ends, or has no answer for; and handlers that it finds no place to put a frame for: the signal stack is nobody's memory.
TEST(Verify, FindsRunsThatTheKernelEndsAgain) {
	const std::string label = "\n__kernel_clock_gettime:\n";
	const char* moves_the_stack = "\tsub sp, sp, #32\n\tmov x9, #0x1000\n\tstr x9, [sp]\n\tstr xzr, [sp, #8]\n\tmov x9, #0x4000\n\tstr x9, [sp, #16]\n"
	                              "\tmov x0, sp\n\tmov x1, xzr\n\tmov x8, #132\n\tsvc #0\n\tadd sp, sp, #32\n\tret\n";
	for (const char* does : {"\tmov x8, #139\n\tsvc #0\n", "\tmov x8, #222\n\tsvc #0\n", moves_the_stack}) {
		const test::OwnFile vdso("vdso.S", test::edited("vdso_blobs/arm64/clean.S", label, label + does));
		expect_same({job(fmt::format("arm64:v5:nanotime1:curg:{}:go", vdso.text()), kProf)});
	}
}

// What breaks without a signal too is no delivery's, whatever the delivery changes.
TEST(Verify, FindsAWalkThatBreaksByItselfAgain) {
	for (const char* isa : {"arm64", "arm"}) expect_same({job(fmt::format("{}:v2:nanotime1:curg:leak:go", isa), kProf)});
}

TEST(Verify, FindsLabelsThatLieAgain) {
	const std::string label = "\ndirty_begin:\n";
	const test::OwnFile vdso("lies.S", test::edited("vdso_blobs/arm64/clobber-g.S", label, "\n\tnop" + label + "\tnop\n"));
	const Job lies = job(fmt::format("arm64:v6:nanotime1:curg:{}:go", vdso.text()), kProf);
	const Record record = recorded({lies});
	ASSERT_FALSE(record.runs[0].deviations.empty());
	expect_same({lies});
}

TEST(Verify, FindsThatNestingWasCutAgain) {
	const std::vector<Signal> usr1 = {Signal::usr1}, usr1_and_urg = {Signal::usr1, Signal::urg};
	expect_same({job("arm64:v6:native:curg:clean:mask-empty", usr1_and_urg, {.signals = 3, .nesting = 0}),
	             job("arm:v5:native:curg:clean:longjmp", usr1, {.signals = 2, .nesting = 0})});
	// Until the stack overflows: where a handler takes so much of it that no frame fits any more.
	const std::string label = "\nruntime.sigtramp:\n";
	const test::OwnFile deep("deep.S", test::edited("guest_asm/arm64/v5.S", label, label + "\tsub sp, sp, #0x400\n\tadd sp, sp, #0x400\n"));
	const Job overflows = job(fmt::format("arm64:{}:native:curg:clean:overflow", deep.text()), usr1, {.signals = 2, .nesting = kUntilOverflow});
	EXPECT_TRUE(recorded({overflows}).runs.at(0).nesting_cut);
	expect_same({overflows});
}

// By whichever engine they were made; but Unicorn, which cannot stop in them, refuses to make them again.
TEST(Verify, FindsItBlocksAgain) {
	for (const EngineKind maker : {EngineKind::unicorn, EngineKind::dynarmic}) {
		if (!is_there(maker)) continue;
		const std::vector<Job> jobs = {job("arm:v0:nanotime1:curg:thumb-it:go", kProf), job("arm:v6:nanotime1:curg:thumb-it:go", kProf, kAny)};
		// This one's walk has none: its handler's clock call has.
		const Record inside = recorded({job("arm:v6:native:curg:thumb-it:go", kProf)});
		CampaignOptions options;
		options.engine = maker;
		const Record record = recorded(jobs, options);
		ASSERT_FALSE(record.walks[0].inside_it.empty());
		EXPECT_EQ(record.walks[0].inside_it_by.empty(), maker == EngineKind::unicorn);
		EXPECT_EQ(record.runs[0].not_injected.empty(), maker != EngineKind::unicorn);
		for (const EngineKind verifier : {EngineKind::unicorn, EngineKind::dynarmic}) {
			if (!is_there(verifier)) continue;
			if (verifier == EngineKind::unicorn) {
				EXPECT_FALSE(verify::verify(inside, test::store(), {.engine = verifier}).ok());
				const Result<Verification> all = verify::verify(record, test::store(), {.engine = verifier});
				ASSERT_FALSE(all.ok());
				EXPECT_EQ(all.error().exit, Exit::environment);
			} else {
				EXPECT_EQ(verified(record, {.engine = verifier}).difference, "");
				EXPECT_EQ(verified(inside, {.engine = verifier}).difference, "");
			}
		}
	}
}

// Inside a handler whose boundaries are states: they are told by the boundary at which the outermost one came.
TEST(Verify, ItBlocksInsideHandlersAreToldByTheWalksBoundary) {
	CampaignOptions options;
	options.engine = EngineKind::unicorn;
	const Record record = recorded({job("arm:v6:native:curg:thumb-it:mask-empty", kUsr1AndProf, {.signals = 2})}, options);
	const RunRecord& run = record.runs.at(0);
	EXPECT_EQ(run.outcome, "bound-reached");
	ASSERT_FALSE(run.not_injected.empty());
	EXPECT_LT(run.not_injected.back(), run.boundaries);
}

TEST(Verify, FindsExclusiveLoadsAndStoresAgain) {
	const std::string label = "\nruntime.nanotime1:\n";
	const std::string adds = label + "\tsub x17, sp, #64\n9:\tldxr w16, [x17]\n\tadd w16, w16, #1\n\tstxr w15, w16, [x17]\n\tcbnz w15, 9b\n";
	const test::OwnFile file("exclusive.S", test::edited("guest_asm/arm64/v5.S", label, adds));
	expect_same({job(fmt::format("arm64:{}:nanotime1:curg:clean:go", file.text()), kProf), job(fmt::format("arm64:{}:nanotime1:curg:clean:go", file.text()), kProf, kAny)});
}

// ---- a search with a fault ----

std::string difference_with(SearchFault fault, const Job& job) { return verified(recorded({job}, fault)).difference; }

TEST(Verify, NoticesASkippedBoundary) {
	for (const Budget& budget : {Budget{}, kAny}) {
		const std::string line = difference_with(SearchFault::boundary_skipped, job("arm64:v5:nanotime1:curg:clobber-g:go", kProf, budget));
		EXPECT_THAT(line, HasSubstr("arm64:v5:nanotime1:curg:clobber-g:go:PROF:1, state 7 ("));
		EXPECT_THAT(line, HasSubstr("): PROF is not tried, and when made again it leads back to the same state"));
	}
}

TEST(Verify, NoticesASkippedEventOfOneState) {
	for (const Budget& budget : {Budget{}, kAny}) {
		const std::string line = difference_with(SearchFault::event_skipped, job("arm:v6:nanotime1:curg:clobber-g:go", kUsr1AndProf, budget));
		EXPECT_THAT(line, HasSubstr(", state 5 ("));
		EXPECT_THAT(line, HasSubstr("): USR1 is not tried, and when made again it leads back to the same state"));
	}
}

TEST(Verify, NoticesStatesThatWereTakenForOne) {
	for (const SearchFault fault : {SearchFault::memory_not_hashed, SearchFault::slot_is_dead}) {
		EXPECT_THAT(difference_with(fault, job("arm64:v2:nanotime1:curg:clean:go", kProf, kAny)), HasSubstr(", state "));
	}
}

// A record of another kernel is not this one's: the way back from a handler is another, or what was in a register.
TEST(Verify, NoticesAnotherKernel) {
	for (const kernel::Fault fault : {kernel::Fault::mask_not_restored, kernel::Fault::vec_register_lost}) {
		CampaignOptions options;
		options.faults.set(static_cast<size_t>(fault));
		const Record record = recorded({job("arm64:v5:nanotime1:curg:clobber-g:go", kProf, kAny)}, options);
		EXPECT_THAT(verified(record).difference, HasSubstr("state 0 (lab.call_nanotime1): PROF leads to state "));
		EXPECT_EQ(verified(record, {.faults = options.faults}).difference, "");
	}
}

TEST(Verify, TellsTheFirstOfSeveralDifferencesWhateverTheThreads) {
	const std::vector<Job> jobs = {job("arm64:v6:nanotime1:curg:clean:go", kProf, kAny), job("arm64:v5:nanotime1:curg:clean:go", kProf, kAny),
	                               job("arm:v5:nanotime1:curg:clean:go", kProf, kAny)};
	const Record record = recorded(jobs, SearchFault::event_skipped);
	const Verification one = verified(record);
	EXPECT_EQ(one.differing, 3u);
	EXPECT_THAT(one.difference, HasSubstr("arm64:v6:"));
	for (const unsigned threads : {2u, 3u}) {
		const Verification more = verified(record, {.threads = threads});
		EXPECT_EQ(more.difference, one.difference);
		EXPECT_EQ(more.differing, one.differing);
		EXPECT_EQ(more.effort.inside, one.effort.inside);
	}
}

// ---- a part of the deliveries ----

// Digests are made to fit: what is left to notice it is the derivation.
Record changed(Record record, const std::function<void(Record&)>& change) {
	change(record);
	for (ClosedSet& set : record.closed) set.digest = digest_of(set);
	return record;
}

TEST(Verify, ASampleRunsAPartAndTrustsTheRest) {
	const Record record = recorded({job("arm64:v4:native:curg:clean:go", kUsr1AndProf), job("arm64:v2:native:curg:clean:go", kUsr1AndProf, kAny),
	                                job("arm:v6:native:curg:clean:mask-empty", kProf, {.signals = 2})});
	const Verification all = verified(record);
	for (const double part : {0.0, 0.3}) {
		const Verification some = verified(record, {.sample = {part, 1}});
		EXPECT_EQ(some.difference, "");
		EXPECT_EQ(some.effort.states, all.effort.states);
		EXPECT_EQ(some.effort.steps, all.effort.steps);
		EXPECT_EQ(some.effort.deliveries + some.effort.trusted, all.effort.deliveries);
		EXPECT_GT(some.effort.trusted, 0u);
		EXPECT_GT(some.effort.deliveries, 0u) << "states are met by deliveries";
	}
	const Verification one = verified(record, {.sample = {0.5, 7}});
	EXPECT_EQ(verified(record, {.threads = 3, .sample = {0.5, 7}}).effort.inside, one.effort.inside);
	EXPECT_NE(verified(record, {.sample = {0.5, 8}}).effort.inside, one.effort.inside);
}

// One delivery of many that is not what the record says: found by all, by none, by a sample that draws it.
TEST(Verify, ASampleFindsWhatItDraws) {
	const Record record = changed(recorded({job("arm64:v6:nanotime1:curg:clobber-g:go", kProf, kAny)}), [](Record& r) { r.closed[0].states[30].ways[1].to = 29; });
	EXPECT_THAT(verified(record).difference, HasSubstr("PROF leads to state 29, and when made again it leads back to the same state"));
	EXPECT_EQ(verified(record, {.sample = {0, 1}}).difference, "");
	size_t found = 0;
	for (uint64_t seed = 0; seed < 20; ++seed) found += verified(record, {.sample = {0.5, seed}}).difference.empty() ? 0 : 1;
	EXPECT_GT(found, 3u);
	EXPECT_LT(found, 17u);
}

// What a finding rests on is always run: a sample that leaves everything out still sees it.
TEST(Verify, ASampleRunsWhatFindingsName) {
	const Record sound = recorded({job("arm64:v0:nanotime1:curg:clobber-g:go", kProf, kAny)});
	ASSERT_FALSE(sound.runs[0].violations.empty());
	for (size_t i = 0; i < sound.runs[0].violations.size(); ++i) {
		const Record lies = changed(sound, [&](Record& r) { r.runs[0].violations[i].observed += "!"; });
		EXPECT_THAT(verified(lies, {.sample = {0, 1}}).difference, HasSubstr(fmt::format("violations[{}].observed", i)));
	}
}

// ---- what is not whole ----

TEST(Verify, ASearchThatWasCutShortIsHeldAgainstWhatItFound) {
	CampaignOptions options;
	options.limits.max_states = 100;
	const Record record = recorded({job("arm64:v2:nanotime1:curg:clobber-g:go", kProf, kAny), job("arm64:v2:nanotime1:curg:clobber-g:go", kProf)}, options);
	ASSERT_EQ(record.outcome, "bound-reached");
	const Verification all = verified(record);
	EXPECT_EQ(all.difference, "");
	EXPECT_EQ(all.unfinished, 2u);
	EXPECT_EQ(all.effort.states, 200u);
	const Record lies = changed(record, [](Record& r) { r.closed[0].states[99].hash.low ^= 1; });
	EXPECT_THAT(verified(lies).difference, HasSubstr("state 99 ("));
	// Not exhausted, it says, and nothing is left.
	const Record whole = changed(recorded({job("arm64:v6:nanotime1:curg:clean:go", kProf)}), [](Record& r) { r.runs[0].outcome = r.outcome = "bound-reached"; });
	EXPECT_THAT(verified(whole).difference, HasSubstr("nothing is left"));
	const Record says = changed(recorded({job("arm64:v6:nanotime1:curg:clean:go", kProf)}), [](Record& r) { r.outcome = "bound-reached"; });
	EXPECT_THAT(verified(says).difference, HasSubstr("the record's outcome is 'bound-reached', and its runs make 'exhausted'"));
}

// What it was sure of, and says it does not know; a violation of another kind.
TEST(Verify, NoticesOtherWaysAndOtherKinds) {
	CampaignOptions options;
	options.limits.max_states = 20;
	const Record cut = recorded({job("arm64:v2:nanotime1:curg:clobber-g:gsignal-nil", kProf, kAny)}, options);
	const Record unsure = changed(cut, [](Record& r) {
		Way& way = r.closed[0].states[3].ways[1];
		ASSERT_EQ(way.leads, Leads::masked);
		way.leads = Leads::outside;
		++r.runs[0].injections;
		++r.runs[0].fired;
	});
	EXPECT_THAT(verified(unsure).difference, HasSubstr("PROF leads out of the set, and when made again it is masked"));

	const Record wrong = recorded({job("arm64:v0:nanotime1:curg:clobber-g:go", kProf)});
	const Record nil = changed(wrong, [](Record& r) {
		std::vector<ViolationRecord>& all = r.runs[0].violations;
		const auto found = std::find_if(all.begin(), all.end(), [](const ViolationRecord& v) { return v.verdict == Verdict{Property::recovers_g, Kind::wrong}; });
		ASSERT_NE(found, all.end());
		found->verdict.kind = Kind::nil;
	});
	EXPECT_THAT(verified(nil).difference, HasSubstr("is nil, and wrong when made again"));
}

// Before it began, too.
TEST(Verify, ASearchThatWasInterruptedIsHeldAgainstWhatItFound) {
	const std::atomic<bool> at_once{true};
	const std::vector<Job> jobs = {job("arm64:v2:nanotime1:curg:clobber-g:go", kUsr1AndProf, kAny)};
	Result<World> world = build_world(jobs[0].scenario, test::store());
	ASSERT_TRUE(world.ok());
	const Limits limits{.budget = kAny, .interrupted = &at_once};
	Result<Sweep> swept = sweep(*std::move(world), jobs[0].signals, test::machine(*jobs[0].scenario.isa), limits);
	ASSERT_TRUE(swept.ok());
	EXPECT_EQ(swept->closed.states.size(), 0u);
	Record record = recorded(jobs);
	record.outcome = record.runs[0].outcome = "interrupted";
	record.closed[0] = swept->closed;
	record.walks[0].pc.clear();
	record.walks[0].dirty.clear();
	record.code["arm64:v2:clobber-g"].clear();
	RunRecord& run = record.runs[0];
	run.boundaries = run.states = run.bytes = run.injections = run.fired = run.masked = 0;
	run.nested = run.nesting_cut = false;
	run.violations.clear();
	record.closed[0].search = search_of(run);
	record.closed[0].digest = digest_of(record.closed[0]);
	const Verification all = verified(record);
	EXPECT_EQ(all.difference, "");
	EXPECT_EQ(all.unfinished, 1u);
}

Error refused(const Record& record, const verify::Options& options = {}) {
	Result<Verification> result = verify::verify(record, test::store(), options);
	if (!result) return result.error();
	ADD_FAILURE() << "not refused";
	return {};
}

TEST(Verify, RefusesARecordOfOtherImages) {
	const Record record = changed(recorded({job("arm64:v6:nanotime1:curg:clean:go", kProf)}), [](Record& r) { r.closed[0].images ^= 1; });
	const Error error = refused(record);
	EXPECT_EQ(error.exit, Exit::usage);
	EXPECT_THAT(error.text, HasSubstr("the record was made with other images"));
}

// Native code does not care for cgo: state by state, the two worlds look the same. Their first moments do not.
TEST(Verify, RefusesARecordOfAnotherWorld) {
	const Record go = recorded({job("arm64:v7:native:curg:clean:go", kProf)});
	const Record cgo = recorded({job("arm64:v7:native:curg:clean:iscgo", kProf)});
	ASSERT_EQ(go.closed[0].states, cgo.closed[0].states);
	const Record forged = changed(go, [&](Record& r) {
		r.runs[0].world = "iscgo";
		r.closed[0].search = cgo.closed[0].search;
	});
	const Error error = refused(forged);
	EXPECT_EQ(error.exit, Exit::usage);
	EXPECT_THAT(error.text, HasSubstr("the record was made in another world"));
}

// The user's file is not what it was.
TEST(Verify, RefusesAFileThatWasEditedSince) {
	const std::string label = "\nruntime.nanotime1:\n";
	const test::OwnFile file("mine.S", test::edited("guest_asm/arm64/v5.S", label, label));
	const Record record = recorded({job(fmt::format("arm64:{}:nanotime1:curg:clean:go", file.text()), kProf)});
	EXPECT_EQ(verified(record).difference, "");
	ASSERT_TRUE(write_text(file.path(), test::edited("guest_asm/arm64/v5.S", label, label + "\tnop\n")).ok());
	ImageStore afresh(Places{SIGLAB_IMAGES, SIGLAB_SOURCES});
	Result<Verification> again = verify::verify(record, afresh, {});
	ASSERT_FALSE(again.ok());
	EXPECT_THAT(again.error().text, HasSubstr("the record was made with other images"));
}

TEST(Verify, EndsAtItsLimits) {
	const Record record = recorded({job("arm64:v6:nanotime1:curg:clean:go", kProf)});
	const std::atomic<bool> interrupted{true};
	EXPECT_EQ(refused(record, {.interrupted = &interrupted}).exit, Exit::interrupted);
	EXPECT_EQ(refused(record, {.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1)}).exit, Exit::inconclusive);
}

}  // namespace
}  // namespace siglab
