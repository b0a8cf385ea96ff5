// Films: played back, they are the runs that they were taken of, in every register and every word; and nothing else passes for a film.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "explore/film.h"
#include "explore/film_again.h"
#include "explore/film_raw.h"
#include "explore/places.h"
#include "explorer_fixture.h"
#include "film_player.h"
#include "record_fixture.h"
#include "verify/claim.h"
#include "verify/verify.h"

namespace siglab {
namespace {

using test::FilmPlayer;
using testing::HasSubstr;

const std::vector<Signal> kAll = {Signal::usr1, Signal::prof, Signal::urg};

FilmRecord filmed(const World& world, const std::vector<Signal>& signals = kAll) {
	ListingStore listings(SIGLAB_SOURCES);
	Result<FilmRecord> film = film_walk(world, test::machine(world.isa()), signals, listings);
	if (!film) ADD_FAILURE() << film.error().text;
	FilmCutter cutter;
	if (film) cutter.add_walk(*std::move(film), 0);
	return cutter.take(listings);
}

// The first thing in which the player's state is not this one.
std::string differs(const World& world, const FilmPlayer& player, const Thread& thread, uint64_t owner) {
	const std::vector<std::string> names = names_by_place(world.isa());
	const Registers registers = registers_of(thread.cpu);
	const Besides besides = besides_of(thread.signals, owner);
	for (Place place = 0; place < kPlaces; ++place) {
		if (names[place].empty()) continue;
		const uint64_t is = place < kRegisters ? registers[place] : besides[place - kRegisters];
		const uint64_t shown = player.now.values.at(names[place]);
		if (is != shown) return fmt::format("{} is {:#x}, the film shows {:#x}", names[place], is, shown);
	}
	return {};
}

std::string differs(const World& world, const FilmPlayer& player, std::span<const Write> writes, const Memory& memory) {
	for (const Write& write : writes) {
		const uint64_t at = round_down(write.at.value, world.isa().word);
		const auto shown = player.now.words.find(at);
		const std::optional<uint64_t> is = memory.load_word({at}, world.isa().word);
		if (!is || shown == player.now.words.end() || shown->second != *is) return fmt::format("the word at {:#x} is not what was written", at);
	}
	return {};
}

struct Compared {
	size_t walks = 0, handlers = 0, steps = 0;
	std::string wrong;
};

// Every step of the walk and of every handler, run once more and held against the film.
class Projection {
   public:
	Projection(const World& world, const FilmRecord& film) : world_(world), machine_(test::machine(world.isa())), film_(film) {
		EXPECT_TRUE(machine_.load(world.plan).ok());
	}

	Compared run() {
		const WalkFilmRecord& walk = film_.walks.at(0);
		Snapshot base(machine_.memory()), shadow = base;
		std::vector<Finding> findings;
		Result<Walk> walked = record_walk(world_, machine_, world_.start, world_.ghost, 0, findings);
		EXPECT_TRUE(walked.ok());
		base.restore(machine_.memory());
		follow(CourseOf::walk, world_.start, world_.ghost, FilmPlayer(film_, walk.shot), walk.shot.reel, 0);
		base.restore(machine_.memory());
		FilmPlayer player(film_, walk.shot);
		const std::vector<std::string> steps = player.steps(walk.shot.reel);
		for (uint32_t i = 0; i < walked->boundaries() && compared_.wrong.empty(); ++i) {
			if (i > 0) player.step(steps[i - 1]);
			for (const Write& write : walked->writes(i)) {
				(void)machine_.memory().place(write.at, write.data());
				shadow.apply(write);
			}
			for (size_t s = 0; s < kAll.size(); ++s) {
				deliver(walked->thread(i), walked->ghost(i), kAll[s], player, walk.deliveries.at(s).reels.at(i), shadow);
			}
		}
		++compared_.walks;
		return compared_;
	}

   private:
	void deliver(const Thread& thread, const Ghost& ghost, Signal signal, FilmPlayer player, std::optional<uint32_t> reel,
	             const Snapshot& shadow) {
		EXPECT_EQ(reel.has_value(), kernel::deliverable(thread.signals, signal));
		if (!reel) return;
		++compared_.handlers;
		const kernel::Resumed entered = kernel::return_to_user(world_.kernel, kernel::send(thread, signal), machine_.memory());
		const std::vector<std::string> steps = player.steps(*reel);
		player.step(steps.at(0));
		note(differs(world_, player, entered.thread, ghost.owner));
		const Course course = follow(CourseOf::handler, entered.thread, handler_ghost(ghost), player, *reel, 1);
		if (course.end.kind == EndKind::completed) {
			for (size_t i = 1; i < steps.size(); ++i) player.step(steps[i]);
			EXPECT_TRUE(steps.back().starts_with("return "));
			note(differs(world_, player, course.thread, ghost.owner));
			EXPECT_EQ(film_.reels[*reel].end, "");
		} else {
			EXPECT_NE(film_.reels[*reel].end, "");
		}
		const std::vector<Change> left = live_changes(world_, machine_.memory(), shadow, thread.cpu.sp);
		shadow.restore(machine_.memory());
		std::string text;
		for (const Change& change : left) text += fmt::format("{}@{:x}={:x}", text.empty() ? "" : " ", change.at.value, change.after);
		if (course.end.kind == EndKind::completed) note(film_.reels[*reel].left == text ? "" : "what it left is not what the film says: " + text);
	}

	// Runs it, and steps through the reel from its step `next` on. A livelock's reel ends after two rounds.
	Course follow(CourseOf what, const Thread& thread, const Ghost& ghost, FilmPlayer player, uint32_t reel, size_t next) {
		const std::vector<std::string> steps = player.steps(reel);
		const auto watch = [&](const Moment& moment) {
			if (moment.boundary > 0) {
				if (next == steps.size()) return true;
				player.step(steps[next++]);
				++compared_.steps;
			}
			note(differs(world_, player, moment.thread, moment.ghost.owner));
			if (moment.boundary > 0) note(differs(world_, player, moment.step.writes, machine_.memory()));
			return compared_.wrong.empty();
		};
		Result<Course> course = run_course(world_, machine_, what, thread, ghost, watch);
		EXPECT_TRUE(course.ok());
		return course ? *std::move(course) : Course{};
	}

	void note(const std::string& wrong) {
		if (compared_.wrong.empty()) compared_.wrong = wrong;
	}

	const World& world_;
	Machine& machine_;
	const FilmRecord& film_;
	Compared compared_;
};

TEST(Film, EveryStepIsTheOneThatWasRun) {
	size_t steps = 0, handlers = 0;
	for (const char* scenario : {"arm64:v3:nanotime1:curg:clobber-g:go:PROF:1", "arm:v4:nanotime1:curg:thumb:go:PROF:1",
	                             "arm64:v0:nanotime1:curg:clobber-all:go:PROF:1", "arm:v6:nanotime1:curg:clobber-all:go:PROF:1",
	                             "arm64:v1:nanotime1:curg:two-page:go:PROF:1", "arm64:v6:time.now:g0:clobber-g:iscgo:PROF:1"}) {
		SCOPED_TRACE(scenario);
		const World world = test::world(scenario);
		const Compared compared = Projection(world, filmed(world)).run();
		EXPECT_EQ(compared.wrong, "");
		steps += compared.steps;
		handlers += compared.handlers;
	}
	EXPECT_GT(handlers, 1000u);
	EXPECT_GT(steps, 100'000u);
}

TEST(Film, AWrongStepIsSeen) {
	const World world = test::world("arm64:v3:nanotime1:curg:clobber-g:go:PROF:1");
	const FilmRecord film = filmed(world);
	size_t seen = 0;
	for (size_t i = 0; i < film.steps.size(); i += 37) {
		FilmRecord broken = film;
		std::string& step = broken.steps[i];
		const size_t at = step.rfind('=');
		if (at == std::string::npos) continue;
		step = step.substr(0, at) + "=123456789";
		EXPECT_NE(Projection(world, broken).run().wrong, "") << film.steps[i];
		++seen;
	}
	EXPECT_GT(seen, 5u);
}

// What a handler makes of the interrupted PC is told as such: then the steps of many deliveries are one.
TEST(Film, TellsWhatIsMadeOfTheInterruptedPc) {
	const std::string label = "\nruntime.sigFetchG:\n";
	const test::OwnFile guest("subtracts.S", test::edited("guest_asm/arm64/v5.S", label, label + "\tldr x9, [x0, #uc_pc]\n\tldr x10, =0x12345\n\tsub x11, x9, x10\n"));
	const World world = test::world(fmt::format("arm64:{}:nanotime1:curg:clean:go:PROF:1", guest.text()));
	const FilmRecord film = filmed(world);
	const auto tells = [](const std::string& step) { return step.ends_with(" x11=$pc-12345"); };
	EXPECT_EQ(std::count_if(film.steps.begin(), film.steps.end(), tells), 1);
	EXPECT_EQ(Projection(world, film).run().wrong, "");
}

TEST(Film, HandlersThatRunAlikeAreOneReel) {
	const FilmRecord film = filmed(test::world("arm64:v6:nanotime1:curg:clobber-g:go:PROF:1"));
	for (const DeliveriesRecord& deliveries : film.walks.at(0).deliveries) {
		const std::set<std::optional<uint32_t>> reels(deliveries.reels.begin(), deliveries.reels.end());
		EXPECT_GT(deliveries.reels.size(), 80u);
		EXPECT_LE(reels.size(), 6u) << deliveries.signal;
	}
}

TEST(Film, ItsCodeIsThereWithItsSource) {
	const FilmRecord film = filmed(test::world("arm:v3:nanotime1:curg:clobber-g:go:PROF:1"));
	EXPECT_THAT(film.walks.at(0).shot.listings, testing::ElementsAre("arm:v3", "arm:vdso:clobber-g", "arm:sigpage"));
	std::set<uint64_t> listed;
	std::string source;
	for (const auto& [name, listing] : film.listings) {
		for (const auto& [address, line] : listing.code) listed.insert(address);
		for (const StretchRecord& stretch : listing.source) source += stretch.text;
	}
	EXPECT_THAT(source, HasSubstr("runtime.sigFetchG:"));
	for (const std::string& step : film.steps) {
		std::vector<std::string> words = split(step, ' ');
		const std::string pc = words[words[0] == "take" ? 2 : words[0] == "return" ? 1 : 0];
		EXPECT_TRUE(pc == "$pc" || listed.contains(*parse_number("0x" + pc))) << step;
	}
}

TEST(Film, AStoryGoesWhereItsTraceGoes) {
	const World world = test::world("arm64:v2:nanotime1:curg:clobber-g:go:PROF:1");
	const Schedule schedule = *parse_schedule("PROF@27 PROF@28");
	const Trace trace = test::traced(world, schedule);
	ListingStore listings(SIGLAB_SOURCES);
	Result<FilmRecord> film = film_story(world, test::machine(world.isa()), schedule, listings);
	ASSERT_TRUE(film.ok());
	const StoryRecord& story = film->stories.at(0);
	EXPECT_EQ(story.schedule, "PROF@27 PROF@28");
	FilmPlayer player(*film, story.shot);
	std::vector<std::pair<uint64_t, uint64_t>> shown = {{player.now.values.at("pc"), player.now.values.at("x28")}};
	for (const std::string& step : player.steps(story.shot.reel)) {
		player.step(step);
		shown.emplace_back(player.now.values.at("pc"), player.now.values.at("x28"));
	}
	std::vector<std::pair<uint64_t, uint64_t>> told;
	for (const TraceLine& line : trace.lines) {
		if (line.told == Told::boundary) told.emplace_back(line.pc, line.g_register);
	}
	// A trace tells an interrupted boundary before and after; a film says only what a step changes.
	told.erase(std::unique(told.begin(), told.end()), told.end());
	shown.erase(std::unique(shown.begin(), shown.end()), shown.end());
	EXPECT_EQ(shown, told);
}

TEST(Film, ARecordCarriesItThereAndBack) {
	ImageStore& store = test::store();
	std::vector<Job> jobs = grid({.isas = {&kArm64}, .guests = {{.variant = find_variant("v2")}, {.variant = find_variant("v3")}},
	                              .vdsos = {{.blob = find_vdso("clean")}, {.blob = find_vdso("clobber-g")}}});
	const auto all = [](const Scenario&) { return true; };
	Result<Record> one = run_campaign(jobs, store, {.threads = 1, .film = all});
	Result<Record> two = run_campaign(jobs, store, {.threads = 3, .film = all});
	ASSERT_TRUE(one.ok() && two.ok());
	EXPECT_EQ(one->film.walks.size(), 4u);
	const std::string text = print_record(*one);
	EXPECT_EQ(text, print_record(*two));
	Result<Record> read = parse_record(text);
	ASSERT_TRUE(read.ok()) << read.error().text;
	EXPECT_TRUE(*read == *one);
}

// A handler that jumps out: the story goes on where it jumps to, with no handler open, and as the trace tells it.
TEST(Film, AHandlerThatJumpsOutLeavesAllHandlers) {
	const World world = test::world("arm64:v4:nanotime1:curg:clobber-g:longjmp:PROF:1");
	const FilmRecord walks = filmed(world, {Signal::prof});
	size_t jumps = 0;
	for (const ReelRecord& reel : walks.reels) {
		const std::vector<uint32_t> steps = *parse_ranges(reel.steps, static_cast<uint32_t>(walks.steps.size()), SIZE_MAX);
		if (!steps.empty() && walks.steps[steps.back()].starts_with("leave ")) ++jumps;
	}
	EXPECT_GT(jumps, 0u);
	const Schedule schedule = *parse_schedule("PROF@40");
	const Trace trace = test::traced(world, schedule);
	ListingStore listings(SIGLAB_SOURCES);
	Result<FilmRecord> film = film_story(world, test::machine(world.isa()), schedule, listings);
	ASSERT_TRUE(film.ok());
	FilmPlayer player(*film, film->stories.at(0).shot);
	std::vector<uint64_t> after, told;
	for (const std::string& step : player.steps(film->stories[0].shot.reel)) {
		player.step(step);
		if (step.starts_with("leave ")) after.clear();
		after.push_back(player.now.values.at("pc"));
	}
	for (const TraceLine& line : trace.lines) {
		if (line.told == Told::left) told.clear();
		if (line.told == Told::boundary) told.push_back(line.pc);
	}
	EXPECT_EQ(after, told);
	EXPECT_LT(after.size(), player.steps(film->stories[0].shot.reel).size());
}

// Two walks with films, and the museum's stories of one ISA.
std::vector<Record> records_with_films() {
	std::vector<Job> jobs = grid({.isas = {&kArm64, &kArm}, .guests = {{.variant = find_variant("v3")}},
	                              .vdsos = {{.blob = find_vdso("clobber-g")}}});
	Result<Record> sweep = run_campaign(jobs, test::store(), {.threads = 2, .film = [](const Scenario&) { return true; }});
	const std::vector<const Isa*> arm = {find_isa("arm")};
	Result<Record> museum = run_museum(arm, test::store(), {.threads = 2, .film = [](const Scenario&) { return false; }});
	EXPECT_TRUE(sweep.ok() && museum.ok());
	EXPECT_EQ(sweep->film.walks.size(), 2u);
	EXPECT_GT(museum->film.stories.size(), 20u);
	return {*std::move(sweep), *std::move(museum)};
}

std::string again(const Record& record, EngineKind engine) {
	const auto claims = verify::claims_of(record);
	if (!claims) return claims.error().text;
	std::vector<Swept> walks;
	for (const verify::Claim& claim : *claims) walks.push_back({claim.scenario, claim.signals});
	const Result<std::string> difference = film_difference(record, walks, test::store(), {.engine = engine});
	return difference ? *difference : difference.error().text;
}

TEST(Film, TakenAgainItIsTheSameOnEitherEngine) {
	for (const Record& record : records_with_films()) {
		EXPECT_EQ(again(record, EngineKind::unicorn), "");
		EXPECT_EQ(again(record, verify::other_engine()), "");
	}
}

TEST(Film, WhateverIsChangedInOneIsNoticed) {
	const std::vector<Record> records = records_with_films();
	const auto noticed = [&](size_t which, auto change) {
		Record record = records[which];
		change(record.film);
		EXPECT_FALSE(record == records[which]) << "nothing was changed";
		const Result<Record> read = parse_record(print_record(record));
		return read ? again(*read, EngineKind::unicorn) : read.error().text;
	};
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.machines.begin()->second.frame[3].offset += 8; }), HasSubstr("film.machines['arm']"));
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.stages[0].regions[0].fill ^= 1; }), HasSubstr("film.stages[0]"));
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.stages[1].names.begin()->second += "x"; }), HasSubstr("film.stages[1]"));
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.stages[0].memory.back() ^= 1; }), HasSubstr("film.stages[0]"));
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.listings.begin()->second.code.begin()->second.text = "nop"; }),
	            HasSubstr("film.listings['arm"));
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.listings.rbegin()->second.source[0].text += "?"; }), HasSubstr("film.listings['"));
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.listings.erase(f.listings.begin()); }), HasSubstr("is not in the film"));
	for (size_t i = 0; i < records[0].film.steps.size(); i += records[0].film.steps.size() / 5) {
		EXPECT_THAT(noticed(0, [i](FilmRecord& f) { f.steps[i] += " x0=77"; }), HasSubstr(fmt::format("film.steps[{}] is another", i)));
	}
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.steps.push_back("1000"); }), HasSubstr("film.steps has "));
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.reels[2].end += "x"; }), HasSubstr("film.reels[2]"));
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.reels[3].steps = "0"; }), HasSubstr("film.reels[3]"));
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.reels[1].left = "@60000=1"; }), HasSubstr("film.reels[1]"));
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.walks[0].deliveries[1].reels[9] = 0; }), HasSubstr("film.walks[0]"));
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.walks[1].deliveries[2].signal = "USR2"; }), HasSubstr("film.walks[1]"));
	EXPECT_THAT(noticed(0, [](FilmRecord& f) { f.walks[1].shot.start = 1; }), HasSubstr("film.walks[1]"));
	EXPECT_NE(noticed(0, [](FilmRecord& f) { f.walks[1].walk = 0; }), "");
	EXPECT_THAT(noticed(1, [](FilmRecord& f) { f.stories[4].schedule = "PROF@1"; }), HasSubstr("film.stories[4]"));
	EXPECT_THAT(noticed(1, [](FilmRecord& f) { std::swap(f.stories[0].run, f.stories[1].run); }), HasSubstr("film.stories[0]"));
	EXPECT_THAT(noticed(1, [](FilmRecord& f) { f.stories.pop_back(); }), HasSubstr("film.stories has "));
}

TEST(Film, IsLeftOutUnlessAskedFor) {
	std::vector<Job> jobs = grid({.isas = {&kArm64}, .guests = {{.variant = find_variant("v3")}}, .vdsos = {{.blob = find_vdso("clean")}}});
	Result<Record> record = run_campaign(jobs, test::store(), {});
	ASSERT_TRUE(record.ok());
	EXPECT_TRUE(record->film == FilmRecord{});
}

// A record of one walk with the smallest film.
Record small_film() {
	Record record = test::small_record();
	FilmRecord& film = record.film;
	film.machines["arm64"] = {.word = 8, .registers = {"x0", "sp", "pc"}, .g = "x0", .link = "x0", .frame_size = 16,
	                          .frame = {{"regs", 0, 8, 2, 0}}};
	film.stages.push_back({.regions = {{"a stack", 0x100, 0x200, 0xa5}}, .memory = "@100=7", .names = {{0x100, "slot"}},
	                       .objects = {{0x30000, "curg"}}});
	film.listings["arm64:v0"] = {.functions = {{0x1000, "f"}}, .code = {{0x1000, {"nop", 3}}}, .source = {{1, "a\nb"}}};
	film.steps = {"1000 x0=1 sp=180 owner=1", "1004 x0=2", "take USR1 2000 @180=$x0", "return $pc", "2004 x0=$pc^10"};
	film.reels = {{.steps = "1 1 1 1 1", .end = "", .left = ""}, {.steps = "2 4 3", .end = "", .left = "@100=0"}};
	const ShotRecord shot{.isa = "arm64", .stage = 0, .listings = {"arm64:v0"}, .start = 0, .reel = 0};
	film.walks = {{.walk = 0, .shot = shot, .deliveries = {{"USR1", {1, 1, 1, 1, 1, std::nullopt}}}}};
	return record;
}

TEST(Film, WhatIsNoFilmIsRefused) {
	const Record good = small_film();
	ASSERT_TRUE(parse_record(print_record(good)).ok()) << parse_record(print_record(good)).error().text;
	EXPECT_TRUE(*parse_record(print_record(good)) == good);
	const auto refused = [&](auto change, std::string_view why) {
		Record bad = good;
		change(bad.film);
		const Result<Record> read = parse_record(print_record(bad));
		ASSERT_FALSE(read.ok()) << why;
		EXPECT_THAT(read.error().text, HasSubstr(why));
	};
	refused([](FilmRecord& film) { film.steps[1] = ""; }, "film.steps[1]: it has no PC");
	refused([](FilmRecord& film) { film.steps[1] = "take USR1"; }, "film.steps[1]: it has no PC");
	refused([](FilmRecord& film) { film.steps[1] = "0x1000"; }, "film.steps[1]: it has no PC");
	refused([](FilmRecord& film) { film.steps[1] = "1000 x9=1"; }, "'x9=1' is no assignment");
	refused([](FilmRecord& film) { film.steps[1] = "1000 x0=$y"; }, "'x0=$y' is no assignment");
	refused([](FilmRecord& film) { film.steps[1] = "1000 x0=1ffffffffffffffff"; }, "is no assignment");
	refused([](FilmRecord& film) { film.stages[0].memory = "@zz=1"; }, "film.stages[0]");
	refused([](FilmRecord& film) { film.reels[0].steps = "0-5"; }, "film.reels[0]: its steps are not in the film");
	refused([](FilmRecord& film) { film.reels[0].steps = "2-1"; }, "film.reels[0]");
	refused([](FilmRecord& film) { film.reels[1].left = "x"; }, "film.reels[1]");
	refused([](FilmRecord& film) { film.walks[0].walk = 9; }, "walk 9 is not in the record");
	refused([](FilmRecord& film) { film.walks[0].deliveries[0].reels.pop_back(); }, "not a delivery for each boundary");
	refused([](FilmRecord& film) { film.walks[0].deliveries[0].reels[0] = 2; }, "reel 2 is not in the film");
	refused([](FilmRecord& film) { film.walks[0].shot.isa = "mips"; }, "machine 'mips' is not in the film");
	refused([](FilmRecord& film) { film.walks[0].shot.listings = {"x"}; }, "listing 'x' is not in the film");
	refused([](FilmRecord& film) { film.stories.push_back({.shot = film.walks[0].shot}); }, "exhibit 0 is not in the record");
}

RC_GTEST_PROP(FilmProperty, RangesAreTheirNumbers, ()) {
	const auto numbers = *rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange<uint32_t>(0, 50));
	RC_ASSERT(*parse_ranges(print_ranges(numbers), 50, numbers.size() + 1) == numbers);
}

TEST(Film, WhatIsNoRangeIsRefused) {
	EXPECT_EQ(print_ranges({0, 1, 2, 7, 5, 6}), "0-2 7 5-6");
	for (const char* wrong : {"a", "1-", "-1", "3-1", "9", "0x1", "1  2", "1 2 3 4 5 6"}) EXPECT_FALSE(parse_ranges(wrong, 9, 5)) << wrong;
}

TEST(Places, TheSameInstructionIsTheSamePlace) {
	EXPECT_EQ(same_places({"a", "b", "c", "d"}, {"a", "x", "b", "d"}), (std::vector<uint32_t>{0, 2, 3, 3}));
	EXPECT_EQ(same_places({"a", "b"}, {}), (std::vector<uint32_t>{0, 0}));
	EXPECT_EQ(print_schedule(moved(*parse_schedule("PROF@1 URG@h3 PROF@2"), {0, 5, 5})), "PROF@5 URG@h3 PROF@5'");
}

}  // namespace
}  // namespace siglab
