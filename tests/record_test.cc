// The room record: JSON there and back, what is refused, what a record means, and files that are whole or not at all.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>

#include "base/file.h"
#include "record_fixture.h"

namespace siglab {
namespace {

namespace fs = std::filesystem;
using test::broken;
using test::small_record;

Record full_record() {
	Record record = small_record();
	record.command = "a \"quoted\"\\ command\n\x01 \xc3\xa9";
	record.outcome = "bound-reached";
	RunRecord& run = record.runs[2];
	run.outcome = "interrupted";
	run.catalogued = false;
	run.calls = 4294967295u;
	run.fired = run.injections = 2;
	run.masked = 4;
	run.deviations = {"one", ""};
	run.left = "--max-states was reached";
	run.relaxed = run.nesting_cut = true;
	run.nesting = 3;
	run.not_applicable = {"slot-discipline: no .slot_store label"};
	run.violations = {broken(Property::abi, Kind::vdso_registers, std::nullopt)};
	run.violations[0].pc = ~uint64_t{0};
	// An exploration tries more deliveries than its walk has boundaries, and goes on where that walk has ended.
	RunRecord& explored = record.runs[3];
	explored.budget = "any";
	explored.ticks = 2;
	explored.signal = "USR1+PROF";
	explored.states = 100;
	explored.injections = explored.fired = 200;
	explored.violations = {broken(Property::recovers_g, Kind::nil, 90)};
	explored.violations[0].window = {2, 5, 90};
	test::close(record);
	return record;
}

// --- there and back

TEST(RecordJson, ComesBackAsItWas) {
	for (const Record& record : {Record{}, small_record(), full_record()}) {
		const Result<Record> read = parse_record(print_record(record));
		ASSERT_TRUE(read) << read.error().text;
		EXPECT_EQ(*read, record);
	}
}

TEST(RecordJson, KnowsEveryPropertyAndKind) {
	const std::pair<Property, std::vector<Kind>> all[] = {
		{Property::recovers_g, {Kind::wrong, Kind::nil}},
		{Property::transparent_return, {Kind::registers, Kind::memory, Kind::slot, Kind::vdso_sp, Kind::vdso_pc, Kind::kernel}},
		{Property::slot_discipline, {Kind::value, Kind::overwrite, Kind::place}},
		{Property::time_correct, {Kind::bogus}},
		{Property::abi, {Kind::vdso_registers, Kind::vdso_memory, Kind::trampoline, Kind::sigtramp, Kind::stack}},
		{Property::traceback, {Kind::zero, Kind::own_sp, Kind::pair, Kind::no_pc}},
		{Property::alive, {Kind::fault, Kind::undefined, Kind::exit, Kind::killed, Kind::livelock, Kind::refused}},
		{Property::fired, {Kind::missed, Kind::elsewhere}},
		{Property::g_in_register, {Kind::stale}},
		{Property::vdso_used, {Kind::unused}},
	};
	Record record = small_record();
	size_t kinds = 0;
	for (const auto& [property, of_it] : all) {
		for (const Kind kind : of_it) record.runs[0].violations.push_back(broken(property, kind, 0));
		kinds += of_it.size();
	}
	EXPECT_EQ(kinds, static_cast<size_t>(Kind::unused) + 1);
	const Result<Record> read = parse_record(print_record(record));
	ASSERT_TRUE(read) << read.error().text;
	EXPECT_EQ(*read, record);
}

TEST(RecordJson, BeginsALineForEachRunAndEndsWithTheHash) {
	const std::string text = print_record(small_record());
	size_t lines = 0;
	for (size_t at = 0; (at = text.find("\n{\"isa\":", at)) != std::string::npos; ++at) ++lines;
	EXPECT_EQ(lines, 4u);
	EXPECT_TRUE(text.starts_with("{\n\"version\":\"siglab-record-3\",\n\"command\":\"sweep\",\n"));
	const size_t hash = text.rfind(",\n\"hash\":\"");
	ASSERT_NE(hash, std::string::npos);
	EXPECT_EQ(text.size() - hash, std::string_view{",\n\"hash\":\"\"\n}\n"}.size() + 32);
	EXPECT_EQ(sealed(text.substr(0, hash)), text);
}

TEST(RecordJson, MakesTextOfWhatIsNone) {
	Record record = small_record();
	record.runs[0].deviations = {"a\xff" "b"};
	const Result<Record> read = parse_record(print_record(record));
	ASSERT_TRUE(read) << read.error().text;
	EXPECT_EQ(read->runs[0].deviations[0], "a\xef\xbf\xbd" "b");
}

// --- what is refused

std::string refusal(std::string_view text) {
	const Result<Record> read = parse_record(text);
	if (read) return "accepted";
	EXPECT_EQ(read.error().exit, Exit::usage);
	for (const char c : read.error().text) EXPECT_TRUE(c >= ' ' && c <= '~') << read.error().text;
	return read.error().text;
}

// The small record with `from` replaced by `to` (the first time), and a hash that fits.
std::string changed(std::string_view from, std::string_view to) {
	std::string text = print_record(small_record());
	text.erase(text.rfind(",\n\"hash\":"));
	const size_t at = text.find(from);
	EXPECT_NE(at, std::string::npos) << from;
	return sealed(text.replace(at, from.size(), to));
}

struct Change {
	const char* from;
	const char* to;
	const char* why;
};

class MalformedRecord : public testing::TestWithParam<Change> {};

TEST_P(MalformedRecord, IsRefusedByName) {
	const std::string why = refusal(changed(GetParam().from, GetParam().to));
	EXPECT_NE(why.find(GetParam().why), std::string::npos) << why;
}

constexpr Change kChanges[] = {
	{"siglab-record-3", "siglab-record-2", "version 'siglab-record-2'; this siglab reads 'siglab-record-3'"},
	{"\"version\":\"siglab-record-3\"", "\"version\":1", "does not say its version"},
	{"\"version\":", "\"Version\":", "does not say its version"},
	{"\"command\":\"sweep\"", "\"command\":7", "command must be a text"},
	{"\"command\":\"sweep\"", "\"command\":null", "command must be a text"},
	{"\"command\":\"sweep\",", "", "lacks the member 'command'"},
	{"\"command\":\"sweep\",", "\"command\":\"sweep\",\"command\":\"sweep\",", "'command' stands twice"},
	{"\"command\":\"sweep\",", "\"command\":\"sweep\",\"new\":1,", "unknown member 'new'"},
	{"\"command\":\"sweep\",", "\"command\":\"sweep\",\"a\\u001b[31m\\u00e9\":1,", "unknown member 'a?[31m?"},
	{"\"outcome\":\"exhausted\"", "\"outcome\":\"fine\"", "unknown outcome 'fine'"},
	{"\"code\":{", "\"code\":[],\"x\":{", "code must be an object"},
	{"\"0x1000\":{", "\"4096\":{", "['4096'] must be an address"},
	{"\"0x1000\":{", "\"0x01000\":{", "must be an address"},
	{"\"0x1000\":{", "\"0x1004\":{", "'0x1004' stands twice"},
	{"\"line\":10,", "\"line\":-1,", "line must be a whole number"},
	{"\"line\":10,", "\"line\":1.5,", "line must be a whole number"},
	{"\"line\":10,", "\"line\":4294967296,", "line must be a whole number"},
	{"\"line\":10,", "\"line\":99999999999999999999999999,", "line must be a whole number"},
	{"\"line\":10,", "\"line\":1e999,", "not JSON"},
	{"\"pc\":[\"0x1000\"", "\"pc\":[4096", "walks[0].pc[0] must be an address"},
	{"\"pc\":[\"0x1000\"", "\"pc\":[\"0x10000000000000000\"", "walks[0].pc[0] must be an address"},
	{"\"dirty\":[2,3]", "\"dirty\":[3,2]", "walks[1]: dirty boundaries must rise"},
	{"\"dirty\":[2,3]", "\"dirty\":[2,2]", "dirty boundaries must rise"},
	{"\"dirty\":[2,3]", "\"dirty\":[2,6]", "dirty boundaries must rise, and lie in the walk"},
	{"{\"code\":\"clean\"", "{\"code\":\"dirt\"", "code 'dirt' is not in the record"},
	{"\"walk\":0", "\"walk\":4", "runs[0]: walk 4 is not in the record"},
	{"\"injections\":6", "\"injections\":7", "more injections than boundaries"},
	{"\"masked\":0", "\"masked\":4294967295", "more injections than boundaries"},
	{"\"budget\":\"1\"", "\"budget\":1", "runs[0].budget must be a text"},
	{"\"budget\":\"1\"", "\"budget\":\"some\"", "runs[0]: budget 'some' is neither 'any' nor a number"},
	{"\"budget\":\"1\"", "\"budget\":\"0\"", "budget '0' is neither"},
	{"\"budget\":\"1\"", "\"budget\":\"01\"", "budget '01' is neither"},
	{"\"nesting\":1", "\"nesting\":true", "runs[0].nesting must be a whole number"},
	{"\"nesting_cut\":false", "\"nesting_cut\":0", "runs[0].nesting_cut must be true or false"},
	{"\"relaxed\":false,", "", "runs[0] lacks the member 'relaxed'"},
	{"\"left\":\"\",", "", "runs[0] lacks the member 'left'"},
	{"\"window\":[]", "\"window\":[3,3]", "the boundaries of a window must rise"},
	{"\"window\":[]", "\"window\":[4,3]", "the boundaries of a window must rise"},
	{"\"fired\":6", "\"fired\":7", "fired more often"},
	{"\"catalogued\":true", "\"catalogued\":1", "runs[0].catalogued must be true or false"},
	{"\"not_applicable\":[]", "\"not_applicable\":[1]", "runs[0].not_applicable[0] must be a text"},
	{"\"not_applicable\":[],", "", "runs[0] lacks the member 'not_applicable'"},
	{"\"violations\":[],", "\"violations\":{},", "violations must be a list"},
	{"\"violations\":[],", "\"violations\":[7],", "runs[0].violations[0] must be an object"},
	{"\"violations\":[],", "", "runs[0] lacks the member 'violations'"},
	{"\"deviations\":[]", "\"deviations\":[1]", "runs[0].deviations[0] must be a text"},
	{"\"boundary\":2", "\"boundary\":6", "has no boundary 6"},
	{"\"boundary\":2", "\"boundary\":\"2\"", "runs[1].violations[0].boundary must be a whole number"},
	{"\"property\":\"recovers-g\"", "\"property\":\"recovers-h\"", "property must be the name of a property"},
	{"\"kind\":\"wrong\"", "\"kind\":\"fault\"", "kind must be the name of a way in which recovers-g breaks"},
	{"\"closed\":[", "\"closed\":{},\"x\":[", "closed must be a list"},
	{"\"search\":\"arm64:v0:", "\"search\":\"arm64:v1:", "closed[0]: its digest does not fit"},
	{"\"start\":\"0", "\"start\":\"00", "closed[0].start must be a hash of 32 hexadecimal digits"},
	{"\"start\":\"0", "\"start\":\"1", "closed[0]: its digest does not fit"},
	{"\"images\":\"0x1234\"", "\"images\":4660", "closed[0].images must be an address"},
	{"\"images\":\"0x1234\"", "\"images\":\"0x1235\"", "closed[0]: its digest does not fit"},
	{"\"signals\":\"USR1\"", "\"signals\":\"USR2\"", "closed[0]: 'USR2' is no signal"},
	{"\"signals\":\"USR1\"", "\"signals\":\"SIGUSR1\"", "closed[0]: 'SIGUSR1' is no signal"},
	{"\"signals\":\"USR1\"", "\"signals\":\"USR1+USR1\"", "closed[0]: the signal 'USR1' stands twice"},
	{"\"signals\":\"USR1\"", "\"signals\":\"USR1+PROF\"", "closed[0]: state 0 has 2 ways, not 3"},
	{"\"signals\":\"USR1\"", "\"signals\":\"PROF\"", "closed[0]: its digest does not fit"},
	{"0000ffffffffffffffff +=", "0000fffffffffffffff +=", "closed[0].states[0] must be a state"},
	{"0000ffffffffffffffff +=", "0000FFFFFFFFFFFFFFFF +=", "closed[0].states[0] must be a state"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff>1=", "closed[0].states[0] must be a state"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff >1=", "closed[0].states[0] must be a state"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff +<0", "closed[0].states[0] must be a state"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff +*", "closed[0].states[0] must be a state"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff +<", "closed[0].states[0] must be a state"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff +<99999999999", "closed[0].states[0] must be a state"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff +<-1", "closed[0].states[0] must be a state"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff ", "state 0 has 0 ways"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff +==", "state 1 has 2 ways, not 3"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff +<6", "state 0 leads to 6, which is not in the set"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff +<4294967295", "state 0 leads to 4294967295"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff ++", "state 1 is found twice"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff ==", "state 1 is found by no state before it"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff -=", "no instruction leads on from state 0"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff +~=", "nothing was there to be missed in state 0"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff +-~", "nothing was there to be missed in state 0"},
	{"0000ffffffffffffffff +=", "0000ffffffffffffffff +!", "its digest does not fit"},
	{"\"sweep\"", "\"sw\xff\"", "not JSON"},
	{"\"sweep\"", "\"sw\neep\"", "not JSON"},
	{"\"sweep\"", "NaN", "not JSON"},
	{"\"sweep\"", "// why\n\"sweep\"", "not JSON"},
	{"\"sweep\"", "[[[[[[[[[[]]]]]]]]]]", "nested deeper"},
};
INSTANTIATE_TEST_SUITE_P(All, MalformedRecord, testing::ValuesIn(kChanges));

// Rules that a change of the text does not reach: the digest would not fit.
std::string refusal_of(const std::function<void(Record&)>& change) {
	Record record = full_record();
	change(record);
	for (const RunRecord& run : record.runs) {
		if (run.walk < record.closed.size()) record.closed[run.walk].search = search_of(run);
	}
	for (ClosedSet& set : record.closed) set.digest = digest_of(set);
	return refusal(print_record(record));
}

TEST(RecordJson, RefusesRunsThatTheirClosedSetsDoNotFit) {
	EXPECT_EQ(refusal_of([](Record&) {}), "accepted");
	const std::pair<std::function<void(Record&)>, std::string_view> bad[] = {
		{[](Record& r) { r.closed.pop_back(); }, "3 closed sets for 4 walks"},
		{[](Record& r) { r.walks[0].pc.pop_back(); }, "runs[0]: has 6 boundaries, and its walk 5"},
		{[](Record& r) { r.runs[3].states = 99; }, "runs[3]: has 99 states, and its closed set 100"},
		{[](Record& r) { r.runs[3].signal = "PROF+USR1"; }, "runs[3]: signal 'PROF+USR1' is not what its closed set has, 'USR1+PROF'"},
		{[](Record& r) { r.runs[0].signal = "PROF"; }, "runs[0]: signal 'PROF' is not what its closed set has, 'USR1'"},
		{[](Record& r) { r.runs[3].ticks = 0; }, "runs[3]: its ticks are not what its closed set has"},
		{[](Record& r) { r.runs[0].injections = r.runs[0].fired = 5; }, "runs[0]: 5 of 5 deliveries fired, and 6 of 6 in its closed set"},
		{[](Record& r) { r.runs[0].fired = 5; }, "runs[0]: 5 of 6 deliveries fired, and 6 of 6 in its closed set"},
		{[](Record& r) { r.closed[0].states[3].ways[1].missed = true; }, "runs[0]: 6 of 6 deliveries fired, and 5 of 6 in its closed set"},
		{[](Record& r) { r.closed[0].states[3].ways[1] = {.leads = Leads::outside}; }, "runs[0]: is exhausted, and its closed set is not closed"},
		{[](Record& r) { r.closed[0].states[3].hash = r.closed[0].states[2].hash; }, "closed[0]: the state 0000000000000002fffffffffffffffd stands twice"},
		{[](Record& r) { r.runs[1] = r.runs[0]; }, "walks[1] is no run's"},
		{[](Record& r) { std::swap(r.runs[1], r.runs[2]); }, "runs[2]: its walk comes before that of the run before it"},
		{[](Record& r) { r.runs.push_back(r.runs[0]); r.runs[4].budget = "2"; }, "runs[0]: is the search 'arm64:v0:nanotime1:curg:clean:go:1, budget 1, nesting 1, ticks 0', and its closed set is of "
		                                                                               "'arm64:v0:nanotime1:curg:clean:go:1, budget 2, nesting 1, ticks 0'"},
		{[](Record& r) { r.runs.push_back(r.runs[0]); r.runs[4].outcome = "interrupted"; }, "runs[4]: another run of walk 0 was another search"},
		{[](Record& r) { r.runs.push_back(r.runs[3]); }, "runs[4]: another run of walk 3 was another search"},
	};
	for (const auto& [change, why] : bad) EXPECT_EQ(refusal_of(change), fmt::format("malformed record: {}", why));
}

TEST(RecordJson, KnowsEveryWay) {
	const ClosedState state{{.high = 1, .low = 2},
	                        {{.leads = Leads::to, .to = 8, .found = true}, {.leads = Leads::to, .to = 7}, {.leads = Leads::to, .to = 8},
	                         {.leads = Leads::to, .to = 9, .found = true, .missed = true}, {.leads = Leads::to, .to = 0}, {.leads = Leads::ends, .missed = true},
	                         {.leads = Leads::masked}, {.leads = Leads::untried}, {.leads = Leads::outside}}};
	const std::string text = print_state(state, 7);
	EXPECT_EQ(text, "00000000000000010000000000000002 +=<8>9~<0!~-.?");
	ClosedState read;
	ASSERT_TRUE(parse_state(text, 7, read));
	EXPECT_EQ(read, state);
	EXPECT_FALSE(parse_state(text, 8, read)) << "the same text is another state elsewhere";
}

TEST(RecordJson, RefusesWhatIsNoObject) {
	for (const char* text : {"", " ", "null", "[]", "7", "\"siglab-record-3\"", "{}", "{\"version\":\"siglab-record-3\"}", "\x7f" "ELF"}) {
		EXPECT_NE(refusal(text), "accepted") << text;
	}
	EXPECT_NE(refusal(std::string(1'000'000, '[')).find("nested deeper"), std::string::npos);
}

TEST(RecordJson, RefusesEveryTruncation) {
	const std::string text = print_record(small_record());
	for (size_t size = 0; size < text.size(); ++size) ASSERT_FALSE(parse_record(std::string_view{text}.substr(0, size)).ok()) << size;
}

TEST(RecordJson, RefusesEveryChangedByte) {
	const std::string text = print_record(small_record());
	for (size_t i = 0; i < text.size(); ++i) {
		std::string other = text;
		other[i] = static_cast<char>(other[i] ^ 1);
		ASSERT_FALSE(parse_record(other).ok()) << i;
	}
	EXPECT_NE(refusal(text + "\n").find("hash"), std::string::npos);
	EXPECT_NE(refusal(text + "{}").find("not JSON"), std::string::npos);
}

// --- what it means

TEST(RecordMeaning, AddsUp) {
	const Totals sum = totals(full_record());
	EXPECT_EQ(sum.runs, 4u);
	EXPECT_EQ(sum.injections, 214u);
	EXPECT_EQ(sum.fired, 214u);
	EXPECT_EQ(sum.masked, 4u);
	EXPECT_EQ(sum.violations, 6u);
	EXPECT_EQ(sum.violated_runs, 3u);
	EXPECT_EQ(sum.deviations, 2u);
}

Exit meaning(const std::function<void(Record&)>& change) {
	Record record = small_record();
	change(record);
	return verdict_of(record);
}

TEST(RecordMeaning, IsTheExitCode) {
	EXPECT_EQ(meaning([](Record&) {}), Exit::ok) << "what the catalogue expects to break is no failure";
	EXPECT_EQ(meaning([](Record& r) { r.runs[3].deviations = {"v1 should hold"}; }), Exit::deviation);
	EXPECT_EQ(meaning([](Record& r) { r.runs[1].catalogued = false; }), Exit::deviation) << "the user's file must hold";
	EXPECT_EQ(meaning([](Record& r) { r.runs[0].catalogued = false; }), Exit::ok);
	EXPECT_EQ(meaning([](Record& r) { r.runs[0].outcome = "bound-reached"; }), Exit::inconclusive);
	EXPECT_EQ(meaning([](Record& r) { r.outcome = "bound-reached"; }), Exit::inconclusive);
	EXPECT_EQ(meaning([](Record& r) { r.outcome = "interrupted"; }), Exit::interrupted);
	EXPECT_EQ(meaning([](Record& r) { r.runs.clear(); }), Exit::vacuous);
	EXPECT_EQ(meaning([](Record& r) { r.runs[0].fired = 5; }), Exit::vacuous) << "a delivery that nobody saw";
	EXPECT_EQ(meaning([](Record& r) { r.runs[0].injections = r.runs[0].fired = 5; }), Exit::vacuous) << "a boundary left out";
	const auto mask = [](RunRecord& run) {
		run.injections = run.fired = 0;
		run.masked = 6;
	};
	EXPECT_EQ(meaning([&](Record& r) { mask(r.runs[0]); }), Exit::ok) << "all masked, in one run";
	EXPECT_EQ(meaning([&](Record& r) { std::for_each(r.runs.begin(), r.runs.end(), mask); }), Exit::vacuous);
}

TEST(RecordMeaning, AWalkThatNeverEndsHasNothingToDeliverInto) {
	const auto dead = [](Record& r) {
		r.runs[0].injections = r.runs[0].fired = 0;
		r.runs[0].violations = {broken(Property::alive, Kind::livelock, std::nullopt)};
	};
	EXPECT_EQ(meaning(dead), Exit::ok);
}

// --- files

class RecordFiles : public testing::Test {
   protected:
	void SetUp() override {
		std::string name = (fs::temp_directory_path() / "siglab-record-XXXXXX").string();
		ASSERT_NE(::mkdtemp(name.data()), nullptr);
		dir_ = name;
	}
	void TearDown() override { fs::remove_all(dir_); }
	[[nodiscard]] std::string path(const std::string& name) const { return (dir_ / name).string(); }
	[[nodiscard]] static std::string text(const std::string& path) {
		const Result<std::string> read = read_text(path);
		return read ? *read : read.error().text;
	}
	[[nodiscard]] size_t entries() const { return static_cast<size_t>(std::distance(fs::directory_iterator(dir_), {})); }

	fs::path dir_;
};

TEST_F(RecordFiles, AreReplacedWhole) {
	ASSERT_TRUE(write_text(path("a/b/record.json"), "one"));
	EXPECT_EQ(text(path("a/b/record.json")), "one");
	ASSERT_TRUE(write_text(path("a/b/record.json"), "two"));
	EXPECT_EQ(text(path("a/b/record.json")), "two");
	EXPECT_EQ(std::distance(fs::directory_iterator(dir_ / "a/b"), {}), 1) << "no part file stays";
	ASSERT_TRUE(write_text(path("empty"), ""));
	EXPECT_EQ(text(path("empty")), "");
}

TEST_F(RecordFiles, AreReachedThroughLinks) {
	ASSERT_TRUE(write_text(path("file"), "one"));
	fs::create_symlink("file", dir_ / "link");
	ASSERT_TRUE(write_text(path("link"), "two"));
	EXPECT_TRUE(fs::is_symlink(dir_ / "link"));
	EXPECT_EQ(text(path("file")), "two");
}

void expect_environment(const Status& status, std::string_view why) {
	ASSERT_FALSE(status);
	EXPECT_EQ(status.error().exit, Exit::environment);
	EXPECT_NE(status.error().text.find(why), std::string::npos) << status.error().text;
	EXPECT_EQ(status.error().text.find('\n'), std::string::npos);
}

TEST_F(RecordFiles, AreNotPutWhereNoneCanBe) {
	ASSERT_TRUE(write_text(path("file"), "one"));
	expect_environment(write_text(path("file/record.json"), "x"), "cannot make its folder");
	expect_environment(write_text(dir_.string(), "x"), "is a directory");
	expect_environment(write_text("/dev/null", "x"), "is not a regular file");
	expect_environment(write_text("/proc/siglab/record.json", "x"), "cannot make its folder");
	expect_environment(write_text("/proc/record.json", "x"), "cannot write it");
	expect_environment(write_text("", "x"), "cannot");
	EXPECT_EQ(text(path("file")), "one");
	EXPECT_EQ(entries(), 1u);
}

TEST_F(RecordFiles, AreReadOnlyIfTheyAreFiles) {
	ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
	const std::pair<std::string, std::string_view> bad[] = {
		{path("none"), "no such file"},
		{dir_.string(), "is a directory"},
		{path("pipe"), "is not a regular file"},
		{"/dev/zero", "is not a regular file"},
	};
	for (const auto& [name, why] : bad) {
		const Result<std::string> read = read_text(name);
		ASSERT_FALSE(read) << name;
		EXPECT_EQ(read.error().exit, Exit::usage);
		EXPECT_NE(read.error().text.find(why), std::string::npos) << read.error().text;
	}
}

// In a child, whose limits and mounts are its own. 77: it is not allowed to.
int in_child(const std::function<int()>& body) {
	const pid_t child = ::fork();
	if (child == 0) ::_exit(body());
	int status = 0;
	::waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// 0: refused as it should be, with the earlier file as it was and nothing left beside it.
int refused_untouched(const fs::path& dir) {
	const std::string name = (dir / "record.json").string();
	const Status status = write_text(name, std::string(1 << 20, 'x'));
	if (status || status.error().exit != Exit::environment) return 1;
	const Result<std::string> kept = read_text(name);
	if (!kept || *kept != "earlier") return 2;
	return std::distance(fs::directory_iterator(dir), {}) == 1 ? 0 : 3;
}

TEST_F(RecordFiles, KeepTheEarlierOneWhenTheLimitIsReached) {
	ASSERT_TRUE(write_text(path("record.json"), "earlier"));
	EXPECT_EQ(in_child([&] {
		std::signal(SIGXFSZ, SIG_IGN);
		const rlimit limit{4096, 4096};
		::setrlimit(RLIMIT_FSIZE, &limit);
		return refused_untouched(dir_);
	}), 0);
}

TEST_F(RecordFiles, KeepTheEarlierOneWhenTheDiskIsFull) {
	const int result = in_child([&] {
		if (::unshare(::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) return 77;
		(void)::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
		if (::mount("tmpfs", dir_.c_str(), "tmpfs", 0, "size=64k") != 0) return 77;
		if (!write_text(path("record.json"), "earlier")) return 4;
		return refused_untouched(dir_);
	});
	if (result == 77) GTEST_SKIP() << "may not mount a small disk here";
	EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace siglab
