// The sweep on real guests: what breaks where, that nothing is missed, and that bad vDSOs and guests are caught by name, and quickly.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "explore/delivery.h"
#include "guest_asm/layout.h"
#include "lab_fixture.h"

namespace siglab {
namespace {

using std::string;
using test::machine;
using test::OwnFile;
using test::store;
using test::swept;
using testing::Contains;
using testing::ElementsAre;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using Boundaries = std::set<uint32_t>;

constexpr const char* kDirtyBlobs[] = {"clobber-g", "clobber-g-brief", "clobber-g-zero", "clobber-g-plausible", "clobber-all",
                                       "nested-call", "two-page"};

string text(const Isa& isa, std::string_view variant, std::string_view vdso, std::string_view signal, std::string_view world = "go") {
	return fmt::format("{}:{}:nanotime1:curg:{}:{}:{}:1", isa.name, variant, vdso, world, signal);
}

// Where a signal breaks that property.
Boundaries broken_at(const Run& run, Property property) {
	Boundaries at;
	for (const Finding& finding : run.findings) {
		if (finding.verdict.property == property && finding.boundary) at.insert(*finding.boundary);
	}
	return at;
}

template <class Holds>
Boundaries where(const Sweep& sweep, const Holds& holds) {
	Boundaries at;
	for (uint32_t i = 0; i < sweep.walk.boundaries(); ++i) {
		if (holds(i)) at.insert(i);
	}
	return at;
}
// Two of the three sources: what the walk shows, and what the labels declare.
Boundaries shown_dirty(const Sweep& s) {
	return where(s, [&](uint32_t i) { return s.walk.cpu(i).gpr[s.world.isa().g] != s.walk.ghost(i).owner; });
}
Boundaries declared_dirty(const Sweep& s) {
	return where(s, [&](uint32_t i) { return s.world.truth.declared_dirty({s.walk.cpu(i).pc}); });
}

std::vector<Verdict> verdicts(const std::vector<Finding>& findings) {
	std::vector<Verdict> list;
	for (const Finding& finding : findings) list.push_back(finding.verdict);
	return list;
}

Record campaign(std::span<const Job> jobs, const CampaignOptions& options = {}) {
	Result<Record> record = run_campaign(jobs, store(), options);
	if (!record) ADD_FAILURE() << record.error().text;
	return record ? *record : Record{};
}

// A part of the catalogue that shows most of it: a clean and a dirty vDSO, worlds on other stacks, both ISAs.
std::vector<Job> some_jobs() {
	const std::vector<GuestChoice> guests = {{.variant = find_variant("v1")}, {.variant = find_variant("v2")},
	                                         {.variant = find_variant("v4")}};
	std::vector<Job> jobs = grid({.guests = guests,
	                              .vdsos = {{.blob = find_vdso("clean")}, {.blob = find_vdso("clobber-g")}, {.blob = find_vdso("leak")}}});
	const std::vector<Job> worlds = grid({.guests = guests, .vdsos = {{.blob = find_vdso("clobber-g")}},
	                                      .worlds = {WorldKind::foreign_later, WorldKind::iscgo_foreign, WorldKind::gsignal_nil},
	                                      .signals = {Signal::prof}});
	jobs.insert(jobs.end(), worlds.begin(), worlds.end());
	return jobs;
}

TEST(Sweep, V0LosesGExactlyWhereTheRegisterIsDirtyAndThreeSourcesAgree) {
	for (const Isa* isa : all_isas()) {
		for (const string blob : kDirtyBlobs) {
			const Sweep sweep = swept(text(*isa, "v0", blob, "USR1"));
			SCOPED_TRACE(print_scenario(sweep.world.scenario));
			const Boundaries seen_by_the_handler = broken_at(sweep.runs[0], Property::recovers_g);
			EXPECT_FALSE(seen_by_the_handler.empty());
			EXPECT_EQ(seen_by_the_handler, shown_dirty(sweep));
			EXPECT_EQ(seen_by_the_handler, declared_dirty(sweep));
			EXPECT_THAT(sweep.runs[0].disagreements, IsEmpty());
		}
		const Sweep brief = swept(text(*isa, "v0", "clobber-g-brief", "USR1"));
		EXPECT_EQ(broken_at(brief.runs[0], Property::recovers_g).size(), 1u);
		EXPECT_THAT(swept(text(*isa, "v0", "clean", "USR1")).runs[0].findings, IsEmpty());
	}
}

TEST(Sweep, V1LosesGExactlyInTheSymbolsPage) {
	for (const Isa* isa : all_isas()) {
		for (const char* blob : {"clean", "clobber-g"}) {
			const Sweep sweep = swept(text(*isa, "v1", blob, "URG"));
			const Boundaries in_page = where(sweep, [&](uint32_t i) { return (sweep.walk.cpu(i).pc & ~uint64_t{0xfff}) == VDSO; });
			EXPECT_FALSE(in_page.empty());
			EXPECT_EQ(broken_at(sweep.runs[0], Property::recovers_g), in_page) << print_scenario(sweep.world.scenario);
		}
		// On a second page it behaves like v0.
		const Sweep two = swept(text(*isa, "v1", "two-page", "USR1"));
		const Boundaries lost = where(two, [&](uint32_t i) {
			const uint64_t page = two.walk.cpu(i).pc & ~uint64_t{0xfff};
			return page == VDSO || two.world.truth.declared_dirty({two.walk.cpu(i).pc});
		});
		EXPECT_EQ(broken_at(two.runs[0], Property::recovers_g), lost);
	}
}

// The fix, from CL 202759 on, and for every vDSO that keeps its contract, but for the second page before v6.
TEST(Sweep, V2ToV6RecoverGFromEveryConformingVdso) {
	for (const Isa* isa : all_isas()) {
		for (const Variant& variant : all_variants()) {
			if (variant.fetch < Fetch::slot || !variant.isas.on(*isa) || variant.loses_pointer.on(*isa)) continue;
			for (const Vdso& blob : all_vdsos()) {
				if (blob.leaks || !blob.isas.on(*isa)) continue;
				const Sweep sweep = swept(text(*isa, variant.id, blob.name, "USR1"));
				SCOPED_TRACE(print_scenario(sweep.world.scenario));
				const bool one_page = variant.page_test == PageTest::symbol_page && variant.fetch != Fetch::tls;
				const bool second_page = blob.name == "two-page" && one_page;
				EXPECT_EQ(broken_at(sweep.runs[0], Property::recovers_g).empty(), !second_page);
				EXPECT_EQ(broken_at(sweep.runs[0], Property::alive).empty(), !second_page);
			}
		}
	}
}

TEST(Sweep, ALeakIsTheVdsosFaultAndTheOnlyCauseAfterIt) {
	for (const Isa* isa : all_isas()) {
		for (const Variant& variant : all_variants()) {
			if (!variant.isas.on(*isa) || variant.loses_pointer.on(*isa)) continue;
			const Sweep sweep = swept(text(*isa, variant.id, "leak", "USR1"));
			SCOPED_TRACE(print_scenario(sweep.world.scenario));
			std::optional<uint32_t> leak;
			for (const Finding& finding : sweep.runs[0].findings) {
				if (finding.verdict == Verdict{Property::abi, Kind::vdso_registers} && !finding.boundary) leak = finding.at;
			}
			ASSERT_TRUE(leak);
			for (const Finding& finding : sweep.runs[0].findings) {
				if (finding.verdict.property == Property::abi && !finding.boundary) continue;
				if (finding.boundary.value_or(finding.at) < *leak) continue;
				EXPECT_FALSE(finding.cause) << property_name(finding.verdict.property);
			}
		}
	}
}

TEST(Sweep, EveryDeliveryIsSeenAndEveryBoundaryIsCounted) {
	const Record record = campaign(some_jobs());
	ASSERT_GT(record.runs.size(), 50u);
	for (const RunRecord& run : record.runs) {
		EXPECT_EQ(run.injections, run.fired);
		EXPECT_EQ(run.fired + run.masked, run.boundaries);
		EXPECT_EQ(run.boundaries, record.walks[run.walk].pc.size());
		EXPECT_THAT(run.deviations, IsEmpty());
		EXPECT_EQ(run.fired == 0, run.world == "gsignal-nil");
	}
	EXPECT_EQ(verdict_of(record), Exit::ok);
}

TEST(Sweep, WhereSignalsAreBlockedNothingFires) {
	for (const char* world : {"gsignal-nil", "gsignal-freed", "gsignal-lo-zero"}) {
		const Sweep sweep = swept(text(kArm, "v3", "clobber-g", "PROF", world));
		EXPECT_EQ(sweep.runs[0].masked, sweep.runs[0].boundaries);
		EXPECT_EQ(sweep.runs[0].injections, 0u);
	}
	const std::vector<Job> jobs = grid({.isas = {&kArm}, .guests = {{.variant = find_variant("v3")}},
	                                    .vdsos = {{.blob = find_vdso("clean")}}, .worlds = {WorldKind::gsignal_nil}});
	EXPECT_EQ(verdict_of(campaign(jobs)), Exit::vacuous);
}

// N calls in one walk are N windows, each like the first.
TEST(Sweep, ThreeCallsAreThreeWindows) {
	for (const Isa* isa : all_isas()) {
		const string once = text(*isa, "v0", "clobber-g", "USR1");
		const string thrice = once.substr(0, once.size() - 1) + "3";
		const size_t window = broken_at(swept(once).runs[0], Property::recovers_g).size();
		const Sweep sweep = swept(thrice);
		const Boundaries lost = broken_at(sweep.runs[0], Property::recovers_g);
		EXPECT_EQ(lost.size(), 3 * window);
		size_t windows = 0;
		for (const uint32_t at : lost) windows += lost.contains(at - 1) ? 0 : 1;
		EXPECT_EQ(windows, 3u);
	}
}

TEST(Campaign, TheRecordDependsNeitherOnThreadsNorOnTheDay) {
	const std::vector<Job> jobs = some_jobs();
	const string once = print_record(campaign(jobs, {.threads = 1}));
	EXPECT_EQ(once, print_record(campaign(jobs, {.threads = 1})));
	EXPECT_EQ(once, print_record(campaign(jobs, {.threads = 2})));
}

// The short cut of judging one handler of each class is no cut.
TEST(Campaign, JudgingEveryHandlerSaysTheSame) {
	const std::vector<Job> jobs = some_jobs();
	EXPECT_EQ(print_record(campaign(jobs)), print_record(campaign(jobs, {.limits = {.watch_every_handler = true}})));
	EXPECT_EQ(print_record(campaign(jobs)), print_record(campaign(jobs, {.limits = {.compare_all_memory = true}})));
}

TEST(Campaign, FaultsOfTheKernelModelAreCaught) {
	struct Case {
		kernel::Fault fault;
		Verdict by;
	};
	const Case cases[] = {
		{kernel::Fault::mask_not_restored, {Property::transparent_return, Kind::kernel}},
		{kernel::Fault::onstack_ignored, {Property::recovers_g, Kind::wrong}},
		{kernel::Fault::vec_register_lost, {Property::transparent_return, Kind::registers}},
		{kernel::Fault::frame_misaligned, {Property::alive, Kind::killed}},
		{kernel::Fault::arguments_wrong, {Property::fired, Kind::elsewhere}},
	};
	for (const Isa* isa : all_isas()) {
		const std::vector<Job> jobs = grid({.isas = {isa}, .guests = {{.variant = find_variant("v5")}},
		                                    .vdsos = {{.blob = find_vdso("clobber-g")}}});
		ASSERT_EQ(verdict_of(campaign(jobs)), Exit::ok);
		for (const auto& [fault, by] : cases) {
			SCOPED_TRACE(fmt::format("{}: fault {}", isa->name, static_cast<int>(fault)));
			CampaignOptions options;
			options.faults.set(static_cast<size_t>(fault));
			const Record record = campaign(jobs, options);
			EXPECT_EQ(verdict_of(record), Exit::deviation);
			std::set<Verdict> broken;
			for (const RunRecord& run : record.runs) {
				for (const ViolationRecord& violation : run.violations) broken.insert(violation.verdict);
			}
			string list;
			for (const auto& [property, kind] : broken) list += fmt::format("{} ({}), ", property_name(property), kind_name(kind));
			EXPECT_TRUE(broken.contains(by)) << "caught by " << list;
		}
	}
}

TEST(Deviations, AFindingMoreOrLessIsNoticed) {
	const Sweep sweep = swept(text(kArm64, "v2", "clobber-g", "PROF"));
	const auto deviations = [&](const auto& run) { return test::deviations_in_words(sweep.world, sweep.walk, run); };
	ASSERT_FALSE(sweep.runs[0].findings.empty());
	EXPECT_THAT(deviations(sweep.runs[0]), IsEmpty());
	for (size_t i = 0; i < sweep.runs[0].findings.size(); ++i) {
		auto less = sweep.runs[0];
		less.findings.erase(less.findings.begin() + static_cast<std::ptrdiff_t>(i));
		EXPECT_THAT(deviations(less), ElementsAre(HasSubstr("was expected to break, and holds")));
	}
	auto more = sweep.runs[0];
	more.findings.push_back({{Property::recovers_g, Kind::wrong}, 0, 0, {}, "", "", true});
	EXPECT_THAT(deviations(more), ElementsAre(HasSubstr("recovers-g (wrong) was expected to hold, and breaks")));
	auto on_the_walk = sweep.runs[0];
	on_the_walk.findings.push_back({{Property::abi, Kind::trampoline}, std::nullopt, 0, {}, "", "", false});
	EXPECT_THAT(deviations(on_the_walk), ElementsAre(HasSubstr("without a signal: abi (trampoline) was expected to hold, and breaks")));
	auto missed = sweep.runs[0];
	--missed.fired;
	EXPECT_THAT(deviations(missed), ElementsAre(HasSubstr("1 of "), HasSubstr("masked deliveries do not make")));
	auto disagreeing = sweep.runs[0];
	disagreeing.disagreements = {"labels"};
	EXPECT_THAT(deviations(disagreeing), ElementsAre("labels"));
}

TEST(Findings, WhatFollowsIsNoCause) {
	std::vector<Finding> findings;
	const Verdict own{Property::traceback, Kind::own_sp}, wrong{Property::recovers_g, Kind::wrong}, fault{Property::alive, Kind::fault};
	add_findings({{own, "", ""}, {wrong, "", ""}, {fault, "", ""}, {wrong, "", ""}}, 7, {0x40}, 3, findings);
	EXPECT_THAT(verdicts(findings), ElementsAre(own, wrong, fault));
	EXPECT_TRUE(findings[0].cause);
	EXPECT_TRUE(findings[1].cause);
	EXPECT_FALSE(findings[2].cause);
}

// ---- vDSOs of the user's own that do what none may ----

// The catalogue's clean vDSO, whose function begins with these lines instead.
string vdso_that(const Isa& isa, const string& does) {
	const string label = string{isa.clock_gettime.name} + ":\n";
	return test::edited(fmt::format("vdso_blobs/{}/clean.S", isa.name), "\n" + label, "\n" + label + does);
}

struct BadVdso {
	const char* what;
	const char* arm64;
	const char* arm;
	Kind kind;
};
constexpr BadVdso kBadVdsos[] = {
	{"never returns", "\tb .\n", "\tb .\n", Kind::livelock},
	{"asks its process id for ever", "1:\tmov x8, #172\n\tsvc #0\n\tb 1b\n", "1:\tmov r7, #20\n\tsvc #0\n\tb 1b\n", Kind::livelock},
	{"reads from nowhere", "\tmov x0, xzr\n\tldr x0, [x0]\n", "\tmov r0, #0\n\tldr r0, [r0]\n", Kind::fault},
	{"writes to its own code", "\tadr x0, .\n\tstr x0, [x0]\n", "\tstr r0, [pc]\n", Kind::fault},
	{"runs off its last page", "\tadr x0, .\n\tadd x0, x0, #1, lsl #12\n\tbr x0\n", "\tadd pc, pc, #0x1000\n", Kind::fault},
	{"executes what is no instruction", "\tudf #0\n", "\tudf #0\n", Kind::undefined},
	{"calls what is not modelled", "\tmov x8, #198\n\tsvc #0\n", "\tmovw r7, #281\n\tsvc #0\n", Kind::refused},
	{"ends the process", "\tmov x0, #3\n\tmov x8, #94\n\tsvc #0\n", "\tmov r0, #3\n\tmov r7, #248\n\tsvc #0\n", Kind::exit},
};

TEST(BadVdso, BreaksAliveByItsKind) {
	for (const Isa* isa : all_isas()) {
		for (const BadVdso& bad : kBadVdsos) {
			SCOPED_TRACE(fmt::format("{}: {}", isa->name, bad.what));
			const OwnFile file("bad.S", vdso_that(*isa, isa->id == IsaId::arm64 ? bad.arm64 : bad.arm));
			const Sweep sweep = swept(text(*isa, "v5", file.text(), "USR1"));
			ASSERT_FALSE(sweep.runs[0].findings.empty());
			const Finding& first = sweep.runs[0].findings.front();
			EXPECT_EQ(first.verdict, (Verdict{Property::alive, bad.kind})) << first.observed;
			EXPECT_FALSE(first.boundary) << "it needs no signal";
			EXPECT_THAT(first.observed, testing::AnyOf(HasSubstr("vdso:"), HasSubstr("jumps to 0xa1"), HasSubstr("not modelled"),
			                                           HasSubstr("exits with 3")));
			EXPECT_EQ(sweep.runs[0].outcome, Outcome::exhausted);
			EXPECT_LT(sweep.walk.boundaries(), 5000u) << "a livelock is proved by its first recurrence";
		}
	}
}

// ---- guests of the user's own ----

string guest_with(const Isa& isa, const string& line, const string& by) {
	return test::edited(fmt::format("guest_asm/{}/v5.S", isa.name), line, by);
}

// No system call on the way round: only the watchdog notices, and only the hooked engine can prove it.
// A frame written by hand, and a return by it.
TEST(BadVdso, AReturnFromASignalThatNobodySentIsRefusedByName) {
	const string returns = "\tsub sp, sp, #0x400\n\tmov r0, #0x10\n\tstr r0, [sp, #224]\n"                             // CPSR: user mode
	                       "\tmovw r0, #0x5001\n\tmovt r0, #0x5646\n\tstr r0, [sp, #360]\n\tmov r0, #0x120\n\tstr r0, [sp, #364]\n"  // the VFP record
	                       "\tmov r7, #173\n\tsvc #0\n";
	const OwnFile file("returns.S", vdso_that(kArm, returns));
	const Sweep sweep = swept(text(kArm, "v5", file.text(), "USR1"));
	ASSERT_FALSE(sweep.runs[0].findings.empty());
	EXPECT_EQ(sweep.runs[0].findings.front().verdict, (Verdict{Property::alive, Kind::refused}));
	EXPECT_THAT(sweep.runs[0].findings.front().observed, HasSubstr("returns from a signal that nobody sent"));
}

// Every signal is blocked in it, so the one that it sends itself is taken by its return.
TEST(BadGuest, AHandlerThatSignalsItselfIsRefusedByName) {
	const string sends = "\tstp x0, x1, [sp, #-32]!\n\tstr x2, [sp, #16]\n\tmov x8, #172\n\tsvc #0\n\tmov x1, x0\n\tmov x2, #23\n\tmov x8, #131\n"
	                     "\tsvc #0\n\tldr x2, [sp, #16]\n\tldp x0, x1, [sp], #32\n";
	const OwnFile file("sends.S", guest_with(kArm64, "\nruntime.sigtramp:\n", "\nruntime.sigtramp:\n" + sends));
	const Sweep sweep = swept(text(kArm64, file.text(), "clean", "USR1"));
	const std::vector<Finding>& findings = sweep.runs[0].findings;
	const auto named = [](const Finding& finding) { return finding.observed.find("returns into a signal that the program has sent itself") != string::npos; };
	EXPECT_EQ(std::count_if(findings.begin(), findings.end(), named), sweep.walk.boundaries());
}

TEST(BadGuest, AHandlerThatSpinsIsProvedALivelock) {
	for (const Isa* isa : all_isas()) {
		const OwnFile file("spins.S", guest_with(*isa, "\nsigtrampgo.fetched:\n", "\nsigtrampgo.fetched:\n\tb .\n"));
		Result<World> world = build_world(test::scenario(text(*isa, file.text(), "clean", "USR1")), store());
		ASSERT_TRUE(world.ok()) << world.error().text;
		Machine& machine = test::machine(*isa);
		ASSERT_TRUE(machine.load(world->plan).ok());
		const Snapshot shadow(machine.memory());
		Delivery delivery;
		const Status delivered = deliver_at(*world, machine, shadow, world->start, world->ghost, Signal::usr1, delivery);
		ASSERT_TRUE(delivered.ok());
		EXPECT_EQ(delivery.end.kind, EndKind::livelock);
		EXPECT_THAT(delivery.end.text, HasSubstr("the whole state comes again"));
		EXPECT_EQ(Snapshot(machine.memory()), shadow);
	}
}

TEST(BadGuest, ATrampolineThatLosesItsOwnGIsCaught) {
	for (const Isa* isa : all_isas()) {
		const bool wide = isa->word == 8;
		const string label = "\nruntime.nanotime1:\n";
		// In front of the function itself: a frame around it, and on the way out the register is not what it was.
		const string loses = wide ? "\tsub sp, sp, #32\n\tstr x30, [sp, #24]\n\tbl 9f\n\tldr x30, [sp, #24]\n\tadd sp, sp, #32\n"
		                            "\tmov x28, #42\n\tret\n9:\n"
		                          : "\tsub sp, sp, #24\n\tstr lr, [sp, #20]\n\tbl 9f\n\tldr lr, [sp, #20]\n\tadd sp, sp, #24\n"
		                            "\tmov r10, #42\n\tbx lr\n9:\n";
		const OwnFile file("loses.S", guest_with(*isa, label, label + loses));
		const Sweep sweep = swept(text(*isa, file.text(), "clean", "USR1"));
		EXPECT_THAT(verdicts(sweep.runs[0].findings), Contains(Verdict{Property::abi, Kind::trampoline}));
	}
}

}  // namespace
}  // namespace siglab
