// Generated vDSOs against the law: it holds, what breaks it is noticed, made small and kept; and however a run is cut up, it comes to the same.
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "explore/trace.h"
#include "fuzz/plan.h"
#include "generate_fixture.h"
#include "report/fuzz.h"

namespace siglab {
namespace {

using test::draw;
using test::fuzzed;
using test::only;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

uint64_t counted(const FuzzRecord& record, const std::string& tally, const std::string& what) {
	const auto there = record.tallies.find(tally);
	if (there == record.tallies.end() || !there->second.contains(what)) return 0;
	return there->second.at(what);
}

// ---- the law ----

TEST(Law, HoldsForGeneratedVdsosOnEveryVersion) {
	Draw everything = draw(21);
	everything.explore = 0;
	const FuzzRecord record = fuzzed(everything, 0, 60);
	for (const FuzzFind& find : record.finds) ADD_FAILURE() << find.scenario << ": " << find.deviation;
	EXPECT_TRUE(is_complete(record));
	EXPECT_EQ(verdict_of(record), Exit::ok);
	for (const Isa* isa : all_isas()) {
		const std::string name{isa->name};
		// Not by looking at nothing: there are dirty boundaries, every boundary had its signal, and v0 lost its g.
		EXPECT_GT(counted(record, name, "dirty"), counted(record, name, "boundaries") / 20);
		EXPECT_EQ(counted(record, name, "deliveries") + counted(record, name, "not injected"), counted(record, name, "boundaries"));
		EXPECT_GT(counted(record, name + " v0", "recovers-g"), 100u);
		EXPECT_EQ(counted(record, name + " v6", "recovers-g"), 0u);
		EXPECT_EQ(counted(record, name + " v7", "recovers-g"), 0u);
		EXPECT_GT(counted(record, name + " v5", "recovers-g"), 0u) << "none was dirty on another page";
	}
}

TEST(Law, HoldsForAnyNumberOfSignals) {
	Draw some = draw(22, {.guests = {{.variant = find_variant("v2")}, {.variant = find_variant("v6")}}});
	const FuzzRecord record = fuzzed(some, 0, 4);
	for (const FuzzFind& find : record.finds) ADD_FAILURE() << find.scenario << ": " << find.deviation;
	EXPECT_EQ(verdict_of(record), Exit::ok);
	for (const Isa* isa : all_isas()) {
		EXPECT_EQ(counted(record, std::string{isa->name}, "explored"), 4u);
		EXPECT_GT(counted(record, std::string{isa->name}, "states"), 800u);
	}
}

// A tick in the middle of a read leads into code that the undisturbed walk leaves out; g may be dirty there alone.
TEST(Law, HoldsWhenTheClockMoves) {
	Draw some = draw(26, {.guests = {{.variant = find_variant("v0")}, {.variant = find_variant("v5")}}, .functions = {Function::nanotime1},
	                      .worlds = {WorldKind::go}, .signals = {Signal::usr1}});
	some.ticks = 1;
	const FuzzRecord record = fuzzed(some, 0, 5);
	for (const FuzzFind& find : record.finds) ADD_FAILURE() << find.scenario << ": " << find.deviation;
	EXPECT_EQ(verdict_of(record), Exit::ok);
}

// Thumb-2's IT blocks: an engine that stops inside them injects there too, and one that does not says so.
TEST(Law, HoldsInsideItBlocks) {
	Draw some = draw(27, only(kArm, {"v0", "v6"}));
	some.explore = 0;
	for (const EngineKind kind : {EngineKind::unicorn, EngineKind::dynarmic}) {
		if (!is_there(kind)) continue;
		Result<FuzzRecord> record = run_fuzz(new_task(some, 0, 60, 1, 1), {.draw = some, .engine = kind}, test::store());
		ASSERT_TRUE(record.ok()) << record.error().text;
		for (const FuzzFind& find : record->finds) ADD_FAILURE() << find.scenario << ": " << find.deviation;
		const uint64_t left_out = counted(*record, "arm", "not injected");
		EXPECT_EQ(left_out == 0, stops_anywhere(kind)) << engine_name(kind);
		EXPECT_EQ(counted(*record, "arm", "deliveries") + left_out, counted(*record, "arm", "boundaries"));
	}
}

// Both engines at every step of every run, and the record that each makes alone.
TEST(Engines, AgreeOnGeneratedVdsos) {
	if (!is_there(EngineKind::both)) GTEST_SKIP() << "no second engine in this build";
	Draw some = draw(28, {.guests = {{.variant = find_variant("v0")}, {.variant = find_variant("v2")}, {.variant = find_variant("v6")}}});
	some.explore = 0;
	const auto with = [&](EngineChoice engine) {
		Result<FuzzRecord> record = run_fuzz(new_task(some, 0, 24, 1, 1), {.draw = some, .engine = engine}, test::store());
		return record ? print_fuzz_record(*record) : record.error().text;
	};
	const std::string both = with(EngineKind::both);
	EXPECT_THAT(both, HasSubstr("\"finds\": []"));
	EXPECT_EQ(both, with(std::nullopt));
	EXPECT_EQ(both, with(EngineKind::dynarmic));
}

// v0 loses g exactly where the labels say, v1 exactly on the symbol's page, v7 nowhere: asked of the findings, not of the catalogue.
TEST(Law, IsWhatItSays) {
	const Draw plain = draw(23, {.functions = {Function::nanotime1}, .worlds = {WorldKind::go}, .signals = {Signal::usr1}});
	for (const Isa* isa : all_isas()) {
		const std::vector<Program> programs = test::programs(*isa, 23, 12);
		const std::vector<ImagePtr> images = test::assembled(*isa, programs);
		for (uint64_t i = 0; i < images.size(); ++i) {
			for (const char* id : {"v0", "v1", "v7"}) {
				Scenario scenario = case_of(plain, i, *isa).scenario;
				scenario.guest = {.variant = find_variant(id)};
				Result<World> world = build_world(scenario, WorldImages{.guest = *test::store().guest(*isa, scenario.guest), .vdso = images[i], .sigpage = *test::store().sigpage(*isa)});
				ASSERT_TRUE(world.ok());
				Machines machines({});
				Result<Machine*> machine = machines.of(*world);
				ASSERT_TRUE(machine.ok());
				Result<Sweep> swept = sweep(*world, std::array{Signal::usr1}, **machine);
				ASSERT_TRUE(swept.ok());
				const std::vector<uint32_t>& left_out = swept->runs[0].not_injected;
				std::set<uint32_t> lost, should;
				for (const Finding& finding : swept->runs[0].findings) {
					if (finding.verdict.property == Property::recovers_g) lost.insert(*finding.boundary);
				}
				for (uint32_t b = 0; b < swept->walk.boundaries(); ++b) {
					const GuestAddr pc{swept->walk.cpu(b).pc};
					const bool dirty = swept->walk.cpu(b).gpr[isa->g] != swept->walk.ghost(b).owner;
					EXPECT_EQ(dirty, world->truth.declared_dirty(pc)) << id << " " << i << " boundary " << b;
					if (std::binary_search(left_out.begin(), left_out.end(), b)) continue;
					const bool page = world->truth.vdso_page.contains(pc);
					if (std::string_view{id} == "v0" ? dirty : std::string_view{id} == "v1" && (page || dirty)) should.insert(b);
				}
				EXPECT_EQ(lost, should) << isa->name << " " << id << " index " << i;
				EXPECT_EQ(swept->walk.end.kind, EndKind::completed);
			}
		}
	}
}

// ---- what breaks it ----

TEST(Breakage, IsTheVdsosFault) {
	for (size_t b = 1; b < kBreakageCount; ++b) {
		Draw broken = draw(24, {.guests = {{.variant = find_variant("v6")}}, .worlds = {WorldKind::go}});
		broken.breakage = static_cast<Breakage>(b);
		broken.explore = 0;
		const FuzzRecord record = fuzzed(broken, 0, 2);
		EXPECT_EQ(verdict_of(record), Exit::deviation) << breakage_name(broken.breakage);
		ASSERT_EQ(record.finds.size(), 2 * kIsaCount) << breakage_name(broken.breakage);
		for (const FuzzFind& find : record.finds) {
			EXPECT_THAT(find.fault, HasSubstr("the vDSO's: ")) << breakage_name(broken.breakage) << ": " << find.deviation;
			EXPECT_THAT(find.deviation, HasSubstr("abi ("));
			EXPECT_EQ(find.pieces_left, 0u) << "the breakage alone is enough";
		}
	}
}

// A catalogue that is wrong: it says that v5 looks at the whole image, which needs a vDSO that is dirty outside its symbol's page to be noticed.
Variant wrong_v5() {
	Variant variant = *find_variant("v5");
	variant.page_test = PageTest::first_load;
	return variant;
}

Draw wrong_draw(const Isa& isa, const Variant& variant) {
	Draw wrong = draw(25, only(isa, {"v5"}));
	wrong.guests = {{.variant = &variant}};
	wrong.worlds = {WorldKind::go};
	wrong.explore = 0;
	return wrong;
}

// The first index at which a wrong catalogue is noticed.
std::optional<std::pair<Case, Judgement>> first_find(const Draw& draw, const Isa& isa) {
	for (uint64_t index = 0; index < 200; ++index) {
		const Case made = case_of(draw, index, isa);
		const ImagePtr image = test::assembled(isa, {made.program})[0];
		Result<Judgement> judgement = test::judge().judge(draw, made.scenario, image, std::array{Effort::sweep});
		if (judgement && !judgement->deviations.empty()) return std::pair{made, *std::move(judgement)};
	}
	return std::nullopt;
}

TEST(Shrinking, LeavesWhatIsNeededAndNothingElse) {
	const Variant variant = wrong_v5();
	for (const Isa* isa : all_isas()) {
		const Draw wrong = wrong_draw(*isa, variant);
		const auto found = first_find(wrong, *isa);
		ASSERT_TRUE(found) << "no vDSO was dirty on another page";
		const auto& [made, first] = *found;
		Result<Small> small = shrink(test::judge(), wrong, made.program, first);
		ASSERT_TRUE(small.ok());
		EXPECT_LT(weight(small->program), weight(made.program));
		EXPECT_LE(count_pieces(small->program), 3u) << source_text(small->program, *isa, "small");
		EXPECT_TRUE(sameness(first).shown_by(small->judgement));
		// Nothing more can go.
		for (const ImagePtr& image : test::assembled(*isa, smaller(small->program))) {
			Result<Judgement> judgement = test::judge().judge(wrong, first.scenario, image, std::array{Effort::sweep});
			ASSERT_TRUE(judgement.ok());
			EXPECT_FALSE(sameness(first).shown_by(*judgement));
		}
	}
}

TEST(Shrinking, StopsAfterSoManyPrograms) {
	const Variant variant = wrong_v5();
	const Draw wrong = wrong_draw(kArm64, variant);
	const auto found = first_find(wrong, kArm64);
	ASSERT_TRUE(found);
	Result<Small> small = shrink(test::judge(), wrong, found->first.program, found->second, 5);
	ASSERT_TRUE(small.ok());
	EXPECT_LE(small->tried, 20u);
	EXPECT_TRUE(sameness(found->second).shown_by(small->judgement));
}

// The file alone shows it again, by its token.
TEST(Shrinking, WritesAFileThatReplays) {
	const Variant variant = wrong_v5();
	const Draw wrong = wrong_draw(kArm, variant);
	const auto found = first_find(wrong, kArm);
	ASSERT_TRUE(found);
	Result<TempDir> dir = TempDir::make();
	ASSERT_TRUE(dir.ok());
	Result<FuzzFind> find = write_find(test::judge(), wrong, found->first, found->second, dir->path());
	ASSERT_TRUE(find.ok()) << find.error().text;
	Result<Token> token = parse_token(find->token);
	ASSERT_TRUE(token.ok()) << find->token;
	EXPECT_EQ(token->scenario.vdso.file, find->file);
	token->scenario.vdso.file = dir->file(find->file);
	Result<World> world = build_world(token->scenario, test::store());
	ASSERT_TRUE(world.ok()) << world.error().text;
	EXPECT_EQ(world->images, token->images);
	Result<Trace> traced = trace(*world, test::machine(kArm), token->schedule);
	ASSERT_TRUE(traced.ok()) << traced.error().text;
	const auto loses_g = [](const Finding& finding) { return finding.verdict.property == Property::recovers_g; };
	EXPECT_TRUE(std::any_of(traced->findings.begin(), traced->findings.end(), loses_g));
	Result<std::string> text = read_text(dir->file(find->file));
	ASSERT_TRUE(text.ok());
	EXPECT_THAT(*text, HasSubstr("seed 25"));
	EXPECT_THAT(*text, HasSubstr("siglab replay "));
}

// ---- cut up and put together ----

Draw quick(uint64_t seed) {
	Draw made = draw(seed, {.guests = {{.variant = find_variant("v1")}, {.variant = find_variant("v5")}}});
	made.explore = 0;
	return made;
}

TEST(Shards, TogetherAreTheWhole) {
	const std::string whole = print_fuzz_record(fuzzed(quick(31), 3, 50));
	for (const uint32_t of : {2u, 3u}) {
		std::vector<FuzzRecord> parts;
		for (uint32_t i = of; i >= 1; --i) parts.push_back(fuzzed(quick(31), 3, 50, i, of));
		Result<FuzzRecord> all = union_of(parts);
		ASSERT_TRUE(all.ok()) << all.error().text;
		EXPECT_EQ(print_fuzz_record(*all), whole);
	}
}

TEST(Shards, MissingOrTwiceOrUnfinishedAreSaid) {
	const FuzzRecord first = fuzzed(quick(31), 0, 10, 1, 2), second = fuzzed(quick(31), 0, 10, 2, 2);
	const auto exit_of = [](const Result<FuzzRecord>& result) { return result.ok() ? Exit::ok : result.error().exit; };
	EXPECT_EQ(exit_of(union_of({first, second})), Exit::ok);
	EXPECT_EQ(exit_of(union_of({first})), Exit::vacuous);
	EXPECT_EQ(exit_of(union_of({first, first})), Exit::usage);
	EXPECT_EQ(exit_of(union_of({})), Exit::usage);
	FuzzRecord unfinished = second;
	unfinished.shards[0].next = 5;
	EXPECT_EQ(exit_of(union_of({first, unfinished})), Exit::vacuous);
	EXPECT_EQ(exit_of(union_of({first, fuzzed(quick(32), 0, 10, 2, 2)})), Exit::usage);
}

TEST(Resuming, ComesToTheSameRecord) {
	constexpr uint64_t kCount = FuzzPlan::kMost + 4;
	const FuzzRecord whole = fuzzed(quick(33), 0, kCount);
	// Stopped behind the first batch, as by a signal; saved and read again.
	std::atomic<bool> stop{false};
	FuzzRun run{.draw = quick(33), .interrupted = &stop};
	run.progress = [&](const FuzzRecord&) { stop = true; };
	Result<FuzzRecord> part = run_fuzz(new_task(run.draw, 0, kCount, 1, 1), run, test::store());
	ASSERT_TRUE(part.ok());
	EXPECT_EQ(verdict_of(*part), Exit::interrupted);
	EXPECT_GT(part->shards[0].next, 0u);
	EXPECT_LT(part->shards[0].next, kCount);
	Result<FuzzRecord> read = parse_fuzz_record(print_fuzz_record(*part));
	ASSERT_TRUE(read.ok());
	Result<FuzzRecord> rest = run_fuzz(*read, {.draw = quick(33)}, test::store());
	ASSERT_TRUE(rest.ok());
	EXPECT_EQ(print_fuzz_record(*rest), print_fuzz_record(whole));
}

TEST(Threads, ChangeNothing) {
	EXPECT_EQ(print_fuzz_record(fuzzed(quick(34), 0, 140, 1, 1, 3)), print_fuzz_record(fuzzed(quick(34), 0, 140)));
}

// A digest that says nothing would make all of the above easy.
TEST(Digest, TellsRunsApart) {
	EXPECT_NE(fuzzed(quick(35), 0, 3).digest, fuzzed(quick(36), 0, 3).digest);
	EXPECT_NE(fuzzed(quick(35), 0, 3).digest, fuzzed(quick(35), 1, 3).digest);
	Draw other = quick(35);
	other.signals = {Signal::prof};
	Draw another = quick(35);
	another.signals = {Signal::usr1};
	EXPECT_NE(fuzzed(other, 0, 3).digest, fuzzed(another, 0, 3).digest);
}

TEST(Limit, EndsARunAndSaysSo) {
	FuzzRun run{.draw = quick(37)};
	run.deadline = std::chrono::steady_clock::now();
	Result<FuzzRecord> record = run_fuzz(new_task(run.draw, 0, 10, 1, 1), run, test::store());
	ASSERT_TRUE(record.ok());
	EXPECT_EQ(record->outcome, "time-limit");
	EXPECT_EQ(verdict_of(*record), Exit::inconclusive);
	EXPECT_EQ(record->shards[0].next, 0u);
}

// ---- the record ----

TEST(FuzzRecords, AreReadAsTheyWereWritten) {
	FuzzRecord record = fuzzed(quick(38), 0, 3);
	record.finds.push_back({.index = 7, .isa = "arm", .variant = "v2", .scenario = "s", .signals = "PROF", .budget = "1", .deviation = "d\n\"", .fault = "",
	                        .deviations = 3, .versions = 2, .pieces = 9, .pieces_left = 1, .small = "x", .file = "finds/x.S", .token = "siglab1:"});
	record.left = {"something"};
	Result<FuzzRecord> read = parse_fuzz_record(print_fuzz_record(record));
	ASSERT_TRUE(read.ok()) << read.error().text;
	EXPECT_EQ(*read, record);
}

// By index, then ISA, whichever shard they are of.
TEST(FuzzRecords, AUnionHasItsFindsInOrder) {
	FuzzRecord first = fuzzed(quick(38), 0, 4, 1, 2), second = fuzzed(quick(38), 0, 4, 2, 2);
	first.finds = {{.index = 2, .isa = "arm64"}};
	second.finds = {{.index = 1, .isa = "arm64"}, {.index = 2, .isa = "arm"}, {.index = 3, .isa = "arm"}};
	Result<FuzzRecord> all = union_of({first, second});
	ASSERT_TRUE(all.ok()) << all.error().text;
	std::vector<std::string> order;
	for (const FuzzFind& find : all->finds) order.push_back(fmt::format("{} {}", find.index, find.isa));
	EXPECT_THAT(order, testing::ElementsAre("1 arm64", "2 arm", "2 arm64", "3 arm"));
}

TEST(FuzzRecords, AFindSaysHowManyMoreThereAre) {
	FuzzRecord record = fuzzed(quick(38), 0, 1);
	record.finds = {{.index = 7, .isa = "arm", .scenario = "s", .deviation = "d", .deviations = 3, .versions = 2, .pieces = 9, .pieces_left = 1}};
	EXPECT_THAT(fuzz_text(record, "out"), HasSubstr("  and 2 more there; 2 versions deviate\n"));
}

TEST(FuzzRecords, ThatAreNoneAreRefused) {
	const std::string good = print_fuzz_record(fuzzed(quick(38), 0, 1));
	const auto refused = [](const std::string& text) {
		const Result<FuzzRecord> record = parse_fuzz_record(text);
		return record.ok() ? std::string{"read"} : record.error().text;
	};
	const auto with = [&](const std::string& what, const std::string& by) {
		std::string text = good;
		const size_t at = text.find(what);
		EXPECT_NE(at, std::string::npos) << what;
		return text.replace(at, what.size(), by);
	};
	EXPECT_THAT(refused(""), HasSubstr("not JSON"));
	EXPECT_THAT(refused("[]"), HasSubstr("version"));
	EXPECT_THAT(refused(with("siglab-fuzz-1", "siglab-fuzz-9")), HasSubstr("version"));
	EXPECT_THAT(refused(with("\"digest\"", "\"digets\"")), HasSubstr("digest is missing"));
	EXPECT_THAT(refused(with("\"seed\": \"", "\"seed\": \"x")), HasSubstr("seed is no 64-bit number"));
	EXPECT_THAT(refused(with("\"explore\": 0", "\"explore\": -1")), HasSubstr("explore is no number"));
	EXPECT_THAT(refused(with("\"number\": 1", "\"number\": 2")), HasSubstr("shard"));
	EXPECT_THAT(refused(good.substr(0, good.size() / 2)), HasSubstr("not JSON"));
	EXPECT_THAT(refused(with("\"from\": \"0x0\"", "\"from\": \"0x5\"")), HasSubstr("ends before it begins"));
	EXPECT_THAT(refused(with("\"next\": \"0x1\"", "\"next\": \"0x2\"")), HasSubstr("shard"));
	// A terminal gets one line, whatever the text names.
	EXPECT_EQ(refused("{\"a\\n\\u001b\": 1, \"a\\n\\u001b\": 2}"), "malformed fuzz record: the member 'a?" "?' stands twice");
}

// A record may come from anywhere: nothing in it moves a terminal's cursor, and no count in it is taken for granted.
TEST(FuzzRecords, OfAStrangerAreShownInPlainLines) {
	FuzzRecord record{.to = 0, .axes = {{"isa", {"arm\x1b[2J"}}, {"variant", {"v\r0"}}}, .breakage = "\x1b", .outcome = "time\nlimit", .shards = {{}}};
	record.finds.push_back({.isa = "arm\x1b", .variant = "v0", .deviations = 0, .versions = 2});
	const std::string text = fuzz_text(record, "out");
	EXPECT_EQ(text.find_first_of("\x1b\r"), std::string::npos) << text;
	EXPECT_THAT(text, HasSubstr("time?limit"));
	EXPECT_THAT(text, Not(HasSubstr("4,294,967,295")));
	EXPECT_THAT(text, Not(HasSubstr("18446744073709551615")));
}

// ---- past finds ----

// Each was once a deviation; its first lines say of what. All versions, one signal at each boundary and any number.
TEST(Corpus, EveryPastFindObeysTheLaw) {
	namespace fs = std::filesystem;
	size_t judged = 0;
	for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(SIGLAB_ROOT) / "tests" / "fuzz_vdsos")) {
		if (entry.path().extension() != ".S") continue;
		for (const Isa* isa : all_isas()) {
			if (entry.path().stem().string().find(fmt::format("-{}-", isa->name)) == std::string::npos) continue;
			for (const Variant& variant : all_variants()) {
				if (variant.museum) continue;
				for (const Signal signal : {Signal::usr1, Signal::prof}) {
					const Draw all = draw(0, {.guests = {{.variant = &variant}}, .signals = {signal}});
					const Scenario scenario{.isa = isa, .guest = {.variant = &variant}, .vdso = {.blob = &generated_vdso()}, .signal = signal};
					Result<Judgement> judgement = judge_file(test::judge(), all, scenario, entry.path().string(), std::array{Effort::sweep, Effort::explore});
					ASSERT_TRUE(judgement.ok()) << judgement.error().text;
					for (const Deviation& deviation : judgement->deviations) ADD_FAILURE() << entry.path() << " " << variant.id << ": " << deviation.text;
					EXPECT_EQ(judgement->left, "");
					++judged;
				}
			}
		}
	}
	EXPECT_GE(judged, 16u) << "tests/fuzz_vdsos is empty";
}

}  // namespace
}  // namespace siglab
