// Two independent emulators: the same records, held against each other at every step; and what the second one can do that the first cannot.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "explore/machines.h"
#include "explorer_fixture.h"
#include "image/disassemble.h"
#include "machine/twin_engine.h"
#include "micro.h"
#include "random_schedule.h"
#include "real_vdsos.h"
#include "report/text.h"

namespace siglab {
namespace {

using std::string;
using test::kData;
using test::kText;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TwoEngines : public testing::Test {
   protected:
	void SetUp() override {
		if (!is_there(EngineKind::dynarmic)) GTEST_SKIP() << "this build has no dynarmic";
	}
};

Result<Record> record_of(const std::vector<Job>& jobs, EngineChoice engine, unsigned threads = 2) {
	return run_campaign(jobs, test::store(), {.threads = threads, .engine = engine});
}

std::vector<Job> jobs_of(std::initializer_list<const char*> variants, std::initializer_list<const char*> vdsos, std::optional<Budget> budget = std::nullopt) {
	Selection selection;
	for (const char* variant : variants) selection.guests.push_back({.variant = find_variant(variant)});
	for (const char* vdso : vdsos) selection.vdsos.push_back({.blob = find_vdso(vdso)});
	return budget ? exploration_grid(selection, *budget) : grid(selection);
}

// ---- real kernels ----

// Both are asked at every step of every walk and handler. A Thumb image has IT blocks, inside which Unicorn cannot stop: there dynarmic's runs are
// compared where Unicorn can follow.
TEST_F(TwoEngines, AgreeOverEveryRealVdso) {
	SIGLAB_NEEDS_REAL_VDSOS();
	uint64_t fired = 0;
	for (const string& path : test::real_vdsos()) {
		SCOPED_TRACE(path);
		const string kernel = path.substr(0, path.rfind('-'));  // a name ends with its ISA and a hash
		Selection selection;
		selection.isas = {kernel.ends_with("-arm64") ? &kArm64 : &kArm};
		for (const char* variant : {"v0", "v7"}) selection.guests.push_back({.variant = find_variant(variant)});
		selection.vdsos = {{.file = path}};
		const Result<Record> both = record_of(grid(selection), EngineKind::both);
		ASSERT_TRUE(both.ok()) << both.error().text;
		fired += totals(*both).fired;
		EXPECT_EQ(print_record(*both), print_record(*record_of(grid(selection), EngineChoice{})));
	}
	EXPECT_GT(fired, 1000u);
}

// ---- records ----

// With faults, livelocks and wrong g's in them.
TEST_F(TwoEngines, TheRecordIsTheSameByEither) {
	const std::vector<Job> jobs = jobs_of({"v0", "v1", "v2", "v4", "v6"}, {"clobber-all", "two-page", "thumb"});
	const Result<Record> unicorn = record_of(jobs, EngineKind::unicorn);
	ASSERT_TRUE(unicorn.ok()) << unicorn.error().text;
	EXPECT_GT(totals(*unicorn).violations, 100u);
	for (const EngineChoice engine : {EngineChoice{EngineKind::dynarmic}, EngineChoice{EngineKind::both}, EngineChoice{}}) {
		const Result<Record> other = record_of(jobs, engine);
		ASSERT_TRUE(other.ok()) << other.error().text;
		EXPECT_EQ(print_record(*other), print_record(*unicorn));
	}
}

TEST_F(TwoEngines, SoIsThatOfAnyNumberOfSignals) {
	const std::vector<Job> jobs = jobs_of({"v1", "v2", "v5"}, {"clobber-g"}, Budget{.signals = std::nullopt});
	const Result<Record> unicorn = record_of(jobs, EngineKind::unicorn);
	ASSERT_TRUE(unicorn.ok()) << unicorn.error().text;
	for (const EngineKind engine : {EngineKind::dynarmic, EngineKind::both}) {
		const Result<Record> other = record_of(jobs, engine);
		ASSERT_TRUE(other.ok()) << other.error().text;
		EXPECT_EQ(print_record(*other), print_record(*unicorn));
	}
}

TEST_F(TwoEngines, SchedulesAtRandomRunTheSame) {
	std::mt19937 random(7);
	std::vector<World> worlds;
	for (const char* scenario : {"arm64:v2:nanotime1:curg:clobber-g:go:PROF:1", "arm:v4:nanotime1:curg:clean:go:PROF:1",
	                             "arm64:v6:time.now:g0:two-page:iscgo:PROF:1", "arm:v3:nanotime1:curg:thumb:mask-empty:PROF:1",
	                             "arm64:v0:nanotime1:curg:clean:nodefer:PROF:1"}) {
		worlds.push_back(test::world(scenario));
	}
	size_t ran = 0;
	for (uint32_t tries = 0; ran < 200 && tries < 2000; ++tries) {
		const World& world = worlds[tries % worlds.size()];
		const Schedule schedule = test::random_schedule(random, world.scenario.world == WorldKind::mask_empty);
		SCOPED_TRACE(print_schedule(schedule));
		const Result<Trace> one = trace(world, test::machine(world.isa()), schedule);
		const Result<Trace> both = trace(world, test::machine(world.isa(), EngineKind::both), schedule);
		ASSERT_EQ(one.ok(), both.ok()) << (both.ok() ? one : both).error().text;
		if (!one) continue;
		++ran;
		ASSERT_TRUE(std::equal(one->lines.begin(), one->lines.end(), both->lines.begin(), both->lines.end(), test::same_line));
		ASSERT_TRUE(std::equal(one->findings.begin(), one->findings.end(), both->findings.begin(), both->findings.end(), test::same_finding));
		ASSERT_EQ(one->end.text, both->end.text);
	}
	EXPECT_EQ(ran, 200u);
}

// Runs the world's walk again and again, each time up to another boundary. Returns at how many of these memory holds what it should not.
size_t late_stops(const World& world, Machine& machine) {
	const Walk walk = test::explored(world, {}, Budget{.signals = 0}).walk;
	size_t late = 0;
	Snapshot expected;
	for (uint32_t last = 0; last < walk.boundaries(); ++last) {
		EXPECT_TRUE(machine.load(world.plan).ok());
		if (last == 0) expected = Snapshot(machine.memory());
		for (const Write& write : walk.writes(last)) expected.apply(write);
		uint32_t boundary = 0;
		const auto up_to = [&](const Cpu&, std::span<const Write>) { return boundary++ < last; };
		Cpu cpu = world.start.cpu;
		EXPECT_TRUE(machine.recorder().run(cpu, up_to).ok());
		EXPECT_EQ(cpu, walk.cpu(last));
		late += Snapshot(machine.memory()) == expected ? 0 : 1;
	}
	return late;
}

// A Unicorn that has seen an IT block stops late in the ARM code that it translates next. So no other world gets it.
TEST(ItBlocks, WhatOneSpoilsNoOtherWorldMeets) {
	const World spoils = test::world("arm:v1:nanotime1:curg:thumb-it:go:USR1:1"), other = test::world("arm:v2:nanotime1:curg:clean:go:USR1:1");
	Machines machines(EngineKind::unicorn);
	Result<Machine*> machine = machines.of(spoils);
	ASSERT_TRUE(machine.ok());
	EXPECT_GT(late_stops(spoils, **machine), 0u) << "then this is not to be avoided any more";
	machine = machines.of(other);
	ASSERT_TRUE(machine.ok());
	EXPECT_EQ(late_stops(other, **machine), 0u);
}

// Whoever asks for an engine gets it. Else Unicorn stays out of IT blocks, and leaves handlers to dynarmic where that is quicker.
TEST(EnginesOfAWorld, AreChosenByTheUserTheWorldAndWhoAsks) {
	using enum EngineKind;
	const World plain = test::world("arm64:v6:nanotime1:curg:clean:go:PROF:1"), blocks = test::world("arm:v6:nanotime1:curg:thumb-it:go:PROF:1");
	const auto chosen = [](const World& world, EngineChoice choice, Preference preference) {
		const Engines engines = engines_for(world, choice, preference);
		return std::pair{engines.recorder, engines.replayer};
	};
	const EngineKind other = is_there(dynarmic) ? dynarmic : unicorn;
	EXPECT_EQ(chosen(plain, {}, Preference::reference), (std::pair{unicorn, unicorn}));
	EXPECT_EQ(chosen(plain, {}, Preference::quick), (std::pair{unicorn, other}));
	for (const Preference preference : {Preference::reference, Preference::quick}) {
		EXPECT_EQ(chosen(blocks, {}, preference), (std::pair{other, other}));
		for (const EngineKind kind : {unicorn, dynarmic, both}) EXPECT_EQ(chosen(blocks, kind, preference), (std::pair{kind, kind}));
	}
}

// ---- where they part ----

// Unicorn, but what one instruction leaves behind is told wrong. Un-hooked it is right.
class Wrong final : public Engine {
   public:
	enum class In : uint8_t { a_register, the_flags, a_vector, memory, nothing };
	static inline In wrong_in = In::nothing;

	Wrong(std::unique_ptr<Engine> right, Hooks hooks) : right_(std::move(right)), hooks_(hooks) {}
	static Result<std::unique_ptr<Engine>> open(const Isa& isa, Hooks hooks) {
		Result<std::unique_ptr<Engine>> right = open_unicorn(isa, hooks);
		if (!right) return right;
		return Result<std::unique_ptr<Engine>>(std::make_unique<Wrong>(*std::move(right), hooks));
	}

	Status map(Memory& memory) override {
		memory_ = &memory;
		return right_->map(memory);
	}
	Result<Stop> run(Cpu& cpu, Watcher watcher) override {
		size_t boundary = 0;
		const auto tell = [&](const Cpu& at, std::span<const Write> writes) {
			Cpu told = at;
			std::vector<Write> made(writes.begin(), writes.end());
			if (++boundary == 3 && wrong_in == In::a_register) told.gpr[5] ^= 4;
			if (boundary == 3 && wrong_in == In::the_flags) told.flags ^= 0x80000000;
			if (boundary == 3 && wrong_in == In::a_vector) told.vec[9] ^= 1;
			if (boundary == 3 && wrong_in == In::memory) made.push_back({{kData + 64}, 1});
			return !watcher || watcher(told, made);
		};
		Result<Stop> stop = right_->run(cpu, tell);
		if (stop && stop->reason != StopReason::opened && hooks_ == Hooks::none && wrong_in != In::nothing) (void)memory_->place_word({kData + 8}, 1, 1);
		return stop;
	}
	Result<Stop> run_steps(Cpu& cpu, uint64_t steps) override { return right_->run_steps(cpu, steps); }
	void interrupt() override { right_->interrupt(); }

   private:
	std::unique_ptr<Engine> right_;
	const Hooks hooks_;
	Memory* memory_ = nullptr;
};

// Of a run of a twin with a wrong side, hooked or not: what it says.
string told_by_twin(Wrong::In in, Hooks hooks) {
	Wrong::wrong_in = in;
	test::Micro micro(kArm64, "\tmov x1, #1\n\tmov x2, #2\n\tmov x3, #3\n\tsvc #0");
	Result<std::unique_ptr<Engine>> twin = open_twin(kArm64, hooks, {"dynarmic", open_dynarmic}, {"Wrong", Wrong::open});
	EXPECT_TRUE(twin.ok());
	EXPECT_TRUE((*twin)->map(micro.memory()).ok());
	const Result<Stop> stop = (*twin)->run(micro.cpu);
	if (stop) return "agree";
	EXPECT_EQ(stop.error().exit, Exit::environment);
	return stop.error().text;
}

TEST_F(TwoEngines, TheInstructionAtWhichTheyPartIsNamed) {
	const string where = "dynarmic and Wrong part at 0x10004: instruction 2 of this run, ";
	EXPECT_EQ(told_by_twin(Wrong::In::nothing, Hooks::every_boundary), "agree");
	const uint64_t x5 = test::patterned_cpu(kArm64).gpr[5];
	EXPECT_EQ(told_by_twin(Wrong::In::a_register, Hooks::every_boundary), fmt::format("{}x5 is {:#x} and {:#x}", where, x5, x5 ^ 4));
	EXPECT_THAT(told_by_twin(Wrong::In::the_flags, Hooks::every_boundary), HasSubstr(where + "the flags word is"));
	EXPECT_THAT(told_by_twin(Wrong::In::a_vector, Hooks::every_boundary), HasSubstr(where + "word 9 of the FP registers is"));
	EXPECT_EQ(told_by_twin(Wrong::In::memory, Hooks::every_boundary), where + "it writes nothing and 0x00 at 0x20040");
}

// An un-hooked run that leaves something else is stepped through; if the steps agree, that is said.
TEST_F(TwoEngines, ARunThatLeavesSomethingElseIsSteppedThrough) {
	EXPECT_EQ(told_by_twin(Wrong::In::nothing, Hooks::none), "agree");
	EXPECT_THAT(told_by_twin(Wrong::In::a_register, Hooks::none), HasSubstr("part at 0x10004: instruction 2 of this run, x5"));
	EXPECT_THAT(told_by_twin(Wrong::In::memory, Hooks::none), HasSubstr("part at 0x10004"));
}

// ---- IT blocks ----

TEST_F(TwoEngines, InsideItBlocksDynarmicInjects) {
	const std::vector<Job> jobs = jobs_of({"v0", "v5", "v6"}, {"thumb-it"});
	const Result<Record> dynarmic = record_of(jobs, EngineKind::dynarmic);
	ASSERT_TRUE(dynarmic.ok()) << dynarmic.error().text;
	EXPECT_EQ(verdict_of(*dynarmic), Exit::ok);
	for (const WalkRecord& walk : dynarmic->walks) {
		EXPECT_EQ(walk.inside_it_by, "dynarmic");
		EXPECT_THAT(walk.inside_it, Not(IsEmpty()));
	}
	for (const RunRecord& run : dynarmic->runs) {
		EXPECT_EQ(run.injections, run.boundaries);
		EXPECT_EQ(run.fired, run.boundaries);
		EXPECT_THAT(run.not_injected, IsEmpty());
	}
	// Without a choice that is what happens, and Unicorn agrees on every step.
	for (const EngineChoice engine : {EngineChoice{}, EngineChoice{EngineKind::both}}) {
		const Result<Record> other = record_of(jobs, engine);
		ASSERT_TRUE(other.ok()) << other.error().text;
		EXPECT_EQ(print_record(*other), print_record(*dynarmic));
	}
	EXPECT_THAT(report_text(*dynarmic, {}), HasSubstr("injected with dynarmic"));
}

TEST(ItBlocks, WhatUnicornCannotInjectIsNamed) {
	const Result<Record> record = record_of(jobs_of({"v0", "v5", "v6"}, {"thumb-it"}), EngineKind::unicorn);
	ASSERT_TRUE(record.ok()) << record.error().text;
	EXPECT_EQ(verdict_of(*record), Exit::ok);
	for (const RunRecord& run : record->runs) {
		const WalkRecord& walk = record->walks[run.walk];
		EXPECT_THAT(walk.inside_it, Not(IsEmpty()));
		EXPECT_EQ(walk.inside_it_by, "");
		EXPECT_THAT(run.not_injected, ElementsAreArray(walk.inside_it));
		EXPECT_EQ(run.injections + run.not_injected.size(), run.boundaries);
	}
	const string text = report_text(*record, {});
	EXPECT_THAT(text, HasSubstr("not injected: Unicorn cannot stop there"));
	EXPECT_THAT(text, HasSubstr("holds*"));
	Result<Record> read = parse_record(print_record(*record));
	ASSERT_TRUE(read.ok()) << read.error().text;
	EXPECT_EQ(*read, *record);
}

// An exploration that left them out has not seen everything.
TEST(ItBlocks, WithoutThemNothingIsExhausted) {
	const std::vector<Job> jobs = jobs_of({"v6"}, {"thumb-it"}, Budget{.signals = std::nullopt});
	const Result<Record> record = record_of(jobs, EngineKind::unicorn);
	ASSERT_TRUE(record.ok()) << record.error().text;
	EXPECT_EQ(verdict_of(*record), Exit::inconclusive);
	EXPECT_THAT(record->runs.front().left, HasSubstr("inside IT blocks"));
	if (!is_there(EngineKind::dynarmic)) return;
	const Result<Record> all = record_of(jobs, std::nullopt);
	ASSERT_TRUE(all.ok()) << all.error().text;
	EXPECT_EQ(verdict_of(*all), Exit::ok);
}

// Its labels hold inside the blocks too, and some dirty boundaries lie there.
TEST_F(TwoEngines, SomeDirtyBoundariesLieInsideItBlocks) {
	const Result<Record> record = record_of(jobs_of({"v0"}, {"thumb-it"}), std::nullopt);
	ASSERT_TRUE(record.ok()) << record.error().text;
	const WalkRecord& walk = record->walks.front();
	const auto dirty = [&](uint32_t i) { return std::binary_search(walk.dirty.begin(), walk.dirty.end(), i); };
	const auto count = std::count_if(walk.inside_it.begin(), walk.inside_it.end(), dirty);
	EXPECT_GT(count, 5);
	EXPECT_LT(count, static_cast<std::ptrdiff_t>(walk.inside_it.size())) << "the last one gives r10 back";
	EXPECT_THAT(record->runs.front().deviations, IsEmpty());
}

TEST(ItBlocks, AnEventInsideOneIsNotReplayedByUnicorn) {
	const World world = test::world("arm:v6:nanotime1:curg:thumb-it:go:PROF:1");
	const Result<Trace> undisturbed = trace(world, test::machine(kArm), {});
	ASSERT_TRUE(undisturbed.ok());
	const auto inside = std::find_if(undisturbed->lines.begin(), undisturbed->lines.end(),
	                                 [](const TraceLine& line) { return (line.state.thread.cpu.flags & kArm.it_bits) != 0; });
	ASSERT_NE(inside, undisturbed->lines.end());
	const Schedule schedule = {{.signal = Signal::prof, .boundary = inside->boundary}};
	const Result<Trace> refused = trace(world, test::machine(kArm), schedule);
	ASSERT_FALSE(refused.ok());
	EXPECT_EQ(refused.error().exit, Exit::environment);
	EXPECT_THAT(refused.error().text, HasSubstr("lies inside an IT block"));
	if (!is_there(EngineKind::dynarmic)) return;
	const Result<Trace> traced = trace(world, test::machine(kArm, EngineKind::dynarmic), schedule);
	ASSERT_TRUE(traced.ok()) << traced.error().text;
	EXPECT_THAT(traced->findings, IsEmpty());
	EXPECT_EQ(traced->end.kind, EndKind::completed);
}

TEST(ItBlocks, AreDisassembledWithTheirConditions) {
	const World world = test::world("arm:v6:nanotime1:curg:thumb-it:go:PROF:1");
	const Symbol* function = world.vdso->find("__vdso_clock_gettime");
	ASSERT_NE(function, nullptr);
	std::vector<string> text;
	// Twice, and the second time backwards: an instruction reads the same whatever was read before it.
	std::vector<uint64_t> at;
	for (uint64_t address = function->start(); address < function->start() + function->size;) {
		at.push_back(address);
		const Instruction one = disassemble(*world.vdso, address, true);
		text.push_back(one.text);
		address += one.size;
	}
	for (size_t i = at.size(); i-- > 0;) EXPECT_EQ(disassemble(*world.vdso, at[i], true).text, text[i]);
	for (const char* wanted : {"it hi", "ite eq", "ittt hs", "itttt eq", "moveq r3, r2", "addne.w r3, r2, #0x10", "subhs.w r5, r5, sl", "popeq.w {r4, r5, r7, sl}", "bxeq lr"}) {
		EXPECT_THAT(text, testing::Contains(wanted));
	}
}

// ---- threads ----

// Two engines of each kind on two threads, each interrupted from outside. ThreadSanitizer is run over this one.
TEST(TwoThreads, EachHasEnginesOfItsOwn) {
	for (const EngineKind kind : {EngineKind::unicorn, EngineKind::dynarmic}) {
		if (!is_there(kind)) continue;
		std::atomic<int> failures = 0;
		const auto work = [&](const Isa& isa) {
			Result<std::unique_ptr<Machine>> machine = Machine::open(isa, {.recorder = kind, .replayer = kind});
			if (!machine) return void(++failures);
			World world = test::world(fmt::format("{}:v6:nanotime1:curg:clobber-g:go:PROF:1", isa.name));
			const std::array<Signal, 1> signals = {Signal::prof};
			Result<Sweep> swept = sweep(std::move(world), signals, **machine);
			if (!swept || !swept->runs.front().findings.empty() || swept->runs.front().fired != swept->runs.front().boundaries) ++failures;
		};
		std::thread other([&] { work(kArm); });
		work(kArm64);
		other.join();
		EXPECT_EQ(failures, 0) << engine_name(kind);
	}
}

}  // namespace
}  // namespace siglab
