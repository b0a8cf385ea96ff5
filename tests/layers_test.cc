// The plan of the house, held: who may include whom, what each room links, and what is stated in two languages says the same in both.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "base/text.h"
#include "guest_asm/layout.h"

namespace siglab {
namespace {

namespace fs = std::filesystem;
using std::string;
using Names = std::set<string>;
using testing::ElementsAre;
using testing::IsEmpty;

// Directly below each room, as design.md draws it. What lies below those is below it too.
const std::map<string, Names> kBelow = {
	{"base", {}},
	{"isa", {"base"}},
	{"state", {"isa"}},
	{"image", {"state"}},
	{"kernel_model", {"state"}},
	{"machine", {"state"}},
	{"properties", {"state"}},
	{"record", {"state"}},
	{"guest_asm", {"isa"}},
	{"vdso_blobs", {"isa"}},
	{"generate", {"vdso_blobs"}},
	{"probe", {"image", "kernel_model", "machine"}},
	{"world", {"image", "kernel_model", "machine", "guest_asm", "probe", "vdso_blobs"}},
	{"explore", {"world", "machine", "properties", "record"}},
	{"verify", {"world", "machine", "properties", "record"}},
	{"abi", {"world", "record"}},
	{"fuzz", {"explore", "generate"}},
	{"report", {"record"}},
	{"gdb", {"explore"}},
	{"grade", {"explore", "report"}},
	{"cli", {"abi", "fuzz", "gdb", "grade", "verify", "report"}},
};
// What guest and host share belongs to everybody.
constexpr std::string_view kShared = "guest_asm/layout.h";

Names everything_below(const string& room) {
	Names below;
	for (const string& next : kBelow.at(room)) {
		below.insert(next);
		below.merge(everything_below(next));
	}
	return below;
}

string text_of(const fs::path& path) {
	std::ifstream file(path);
	return {std::istreambuf_iterator<char>(file), {}};
}

struct Source {
	string path;  // "state/ghost.h"
	string room;
	string text;
	std::vector<string> quoted, system;
};

std::vector<string> matches(const string& text, const char* pattern) {
	const std::regex regex(pattern);
	std::vector<string> found;
	for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) found.push_back((*at)[1]);
	return found;
}

string room_of(const string& path) { return path.substr(0, path.find('/')); }

const std::vector<Source>& sources() {
	static const std::vector<Source> all = [] {
		std::vector<Source> read;
		for (const fs::directory_entry& entry : fs::recursive_directory_iterator(SIGLAB_SOURCES)) {
			if (entry.path().extension() != ".h" && entry.path().extension() != ".cc") continue;
			const string path = fs::relative(entry.path(), SIGLAB_SOURCES).string();
			string text = text_of(entry.path());
			std::vector<string> quoted = matches(text, R"re(#\s*include\s*"([^"]+)")re");
			std::vector<string> system = matches(text, R"re(#\s*include\s*<([^>]+)>)re");
			read.push_back({path, room_of(path), std::move(text), std::move(quoted), std::move(system)});
		}
		return read;
	}();
	return all;
}

const Source* source(const string& path) {
	for (const Source& one : sources()) {
		if (one.path == path) return &one;
	}
	return nullptr;
}

// Every file of the lab that `path` comes to see, itself not counted.
Names seen_from(const string& path) {
	Names seen;
	std::vector<string> next = {path};
	while (!next.empty()) {
		const Source* from = source(next.back());
		next.pop_back();
		if (from == nullptr) continue;
		for (const string& included : from->quoted) {
			if (seen.insert(included).second) next.push_back(included);
		}
	}
	return seen;
}

// room(NAME SOURCES ... ROOMS ... LIBRARIES ...) of lab/CMakeLists.txt.
std::map<string, Names> linked_rooms() {
	std::map<string, Names> linked;
	for (const string& call : matches(text_of(string{SIGLAB_SOURCES} + "/CMakeLists.txt"), R"re((?:^|\n)room\(([^)]*)\))re")) {
		std::istringstream words(call);
		string name, list;
		words >> name;
		linked[name];
		for (string word; words >> word;) {
			if (word == "SOURCES" || word == "ROOMS" || word == "LIBRARIES") {
				list = word;
			} else if (list == "ROOMS") {
				linked[name].insert(word);
			}
		}
	}
	return linked;
}

TEST(Layers, ThereAreSourcesToRead) {
	EXPECT_GT(sources().size(), 80u);
	for (const Source& from : sources()) EXPECT_TRUE(kBelow.contains(from.room)) << from.path << " is in no room of the plan";
}

TEST(Layers, IncludesOnlyPointDown) {
	for (const Source& from : sources()) {
		for (const string& included : from.quoted) {
			const string room = room_of(included);
			ASSERT_NE(source(included), nullptr) << from.path << " includes " << included << ", which is not there under that name";
			if (room == from.room || included == kShared) continue;
			EXPECT_TRUE(everything_below(from.room).contains(room)) << from.path << " includes " << included;
		}
	}
}

TEST(Layers, TheKernelModelNeverSeesAMachineNorAnImage) {
	for (const Source& from : sources()) {
		if (from.room != "kernel_model") continue;
		for (const string& seen : seen_from(from.path)) {
			EXPECT_NE(room_of(seen), "machine") << from.path;
			EXPECT_NE(room_of(seen), "image") << from.path;
		}
	}
}

// By any way round: names of verdicts and schedules are all that a report may know of the state room.
TEST(Layers, AReportNeverSeesAState) {
	size_t reports = 0;
	for (const Source& from : sources()) {
		if (from.room != "report") continue;
		++reports;
		const Names seen = seen_from(from.path);
		for (const char* hidden : {"state/state.h", "state/memory.h", "state/ghost.h", "isa/isa.h", "isa/cpu.h"}) {
			EXPECT_FALSE(seen.contains(hidden)) << from.path << " comes to see " << hidden;
		}
		for (const string& included : from.quoted) {
			if (room_of(included) != "state") continue;
			EXPECT_EQ(included, "state/verdict.h") << from.path;
		}
	}
	EXPECT_GT(reports, 10u);
}

// What verifies a search shares none of its code: no search, no class of handler runs, no un-hooked engine.
TEST(Layers, WhatVerifiesNeverSeesASearch) {
	size_t files = 0;
	for (const Source& from : sources()) {
		if (from.room != "verify") continue;
		++files;
		for (const string& seen : seen_from(from.path)) {
			EXPECT_NE(room_of(seen), "explore") << from.path << " comes to see " << seen;
		}
		for (const string word : {"replayer()", ".replay(", "run_steps", "_in_place", "take_delta"}) {
			EXPECT_EQ(from.text.find(word), string::npos) << from.path << " takes a short cut: " << word;
		}
	}
	EXPECT_GT(files, 10u);
	EXPECT_FALSE(linked_rooms().at("verify").contains("explore"));
}

TEST(Layers, CataloguesNeedNothingButIsasAndTheStandardLibrary) {
	for (const char* room : {"guest_asm", "vdso_blobs"}) {
		for (const Source& from : sources()) {
			if (from.room != room) continue;
			for (const string& included : from.quoted) {
				EXPECT_TRUE(room_of(included) == room || included == "isa/isa_set.h") << from.path << " includes " << included;
			}
			for (const string& included : from.system) {
				EXPECT_EQ(included.find_first_of("./"), string::npos) << from.path << " includes <" << included << ">";
			}
		}
	}
}

TEST(Layers, OneFileKnowsEachEmulator) {
	std::map<string, Names> who;
	for (const Source& from : sources()) {
		for (const string& included : from.system) {
			for (const string emulator : {"unicorn", "dynarmic"}) {
				if (included.starts_with(emulator + "/")) who[emulator].insert(from.path);
			}
		}
	}
	EXPECT_THAT(who["unicorn"], ElementsAre("machine/unicorn_engine.cc"));
	EXPECT_THAT(who["dynarmic"], ElementsAre("machine/dynarmic_engine.cc"));
}

TEST(Layers, EachRoomIsATargetThatLinksOnlyWhatLiesBelow) {
	const std::map<string, Names> linked = linked_rooms();
	for (const auto& [room, below] : kBelow) {
		if (room == "cli") continue;  // the program itself
		ASSERT_TRUE(linked.contains(room)) << room << " is no target";
		for (const string& other : linked.at(room)) EXPECT_TRUE(everything_below(room).contains(other)) << room << " links " << other;
	}
	for (const auto& [room, others] : linked) EXPECT_TRUE(kBelow.contains(room)) << "the target " << room << " is no room of the plan";
}

// A room that includes what its target does not link would build by luck alone.
TEST(Layers, WhatARoomIncludesItLinks) {
	const std::map<string, Names> linked = linked_rooms();
	const auto reach = [&](const string& room) {
		Names all;
		std::vector<string> next = {room};
		while (!next.empty()) {
			const string at = next.back();
			next.pop_back();
			for (const string& other : linked.at(at)) {
				if (all.insert(other).second) next.push_back(other);
			}
		}
		return all;
	};
	for (const Source& from : sources()) {
		if (from.room == "cli" || from.path == "image/assemble_main.cc") continue;
		const Names linkable = reach(from.room);
		for (const string& included : from.quoted) {
			if (room_of(included) == from.room || included == kShared) continue;
			const string room = room_of(included);
			EXPECT_TRUE(linkable.contains(room)) << from.path << " includes " << included << ", but its room does not link " << room;
		}
	}
}

TEST(Layers, EverySourceIsBuilt) {
	const string cmake = text_of(string{SIGLAB_SOURCES} + "/CMakeLists.txt");
	for (const Source& from : sources()) {
		if (!from.path.ends_with(".cc")) continue;
		EXPECT_NE(cmake.find(from.path), string::npos) << from.path << " is in no target";
	}
}

// Shared rooms ask the Isa value, or a catalogue's IsaSet. Which one it is is for the isa room, the catalogues, the engine's register map
// and the disassembler's mode.
TEST(Layers, SharedRoomsDoNotAskWhichIsaItIs) {
	for (const Source& from : sources()) {
		if (Names{"isa", "guest_asm", "vdso_blobs"}.contains(from.room)) continue;
		const Names may = {"generate/arm.cc", "generate/arm64.cc", "machine/unicorn_engine.cc", "machine/dynarmic_engine.cc",
		                   "image/disassemble.cc", "image/operands.cc", "world/museum.cc"};
		if (may.contains(from.path)) continue;
		EXPECT_THAT(matches(from.text, R"re(\b(IsaId|kArm|kArm64)\b)re"), IsEmpty()) << from.path;
	}
}

// Two types of one name in one namespace are one to the linker, and what it makes of them fits neither.
TEST(Layers, NoTwoTypesShareAName) {
	std::map<string, string> defined;  // by namespace and name: where
	for (const Source& from : sources()) {
		std::vector<string> open;
		for (const string& line : split(from.text, '\n')) {
			if (line.starts_with("namespace ") && line.ends_with("{")) open.push_back(line);
			if (line.starts_with("}  // namespace") && !open.empty()) open.pop_back();
			const bool inner = std::find(open.begin(), open.end(), "namespace {") != open.end();
			if (!line.starts_with("struct ") && !line.starts_with("class ") && !line.starts_with("enum class ")) continue;
			const std::vector<string> names = matches(line, R"re(^(?:struct|class|enum class) ([A-Z]\w*)(?: final)?(?: :[^{;]*)? \{)re");
			if (inner || names.empty()) continue;
			string scope;
			for (const string& name : open) scope += name;
			const auto [at, fresh] = defined.emplace(scope + names.front(), from.path);
			EXPECT_TRUE(fresh) << from.path << " and " << at->second << " both have a " << names.front();
		}
	}
	EXPECT_GT(defined.size(), 200u);
}

TEST(Layers, FilesAreShortAndNoneIsUnfinished) {
	for (const Source& from : sources()) {
		const std::vector<string> lines = split(from.text, '\n');
		// An emulator and its traps stand in one file.
		EXPECT_LE(lines.size(), from.path.ends_with("_engine.cc") ? 450u : 400u) << from.path;
		for (const string marker : {"TODO", "FIXME"}) EXPECT_EQ(from.text.find(marker), string::npos) << from.path << " has a " << marker;
	}
}

// Which lines of a linker script begin with `. = NUMBER;`.
std::vector<uint64_t> places(const string& script) {
	std::vector<uint64_t> found;
	for (const string& number : matches(script, R"re(\n\s*\. = (0x[0-9a-f]+);)re")) found.push_back(parse_number(number).value_or(0));
	return found;
}

TEST(Layers, TheGuestIsLinkedWhereTheLayoutSays) {
	const string script = text_of(string{SIGLAB_SOURCES} + "/guest_asm/guest.ld");
	EXPECT_THAT(places(script), ElementsAre(uint64_t{GUEST_TEXT}, uint64_t{GUEST_DATA}));
}

TEST(Layers, TheCodeOfCIsLinkedWhereTheLayoutSays) {
	const string script = text_of(string{SIGLAB_SOURCES} + "/guest_asm/longjmp.ld");
	EXPECT_THAT(places(script), ElementsAre(uint64_t{CLIB_TEXT}, uint64_t{CLIB_DATA}));
}

TEST(Layers, TheDataPageLiesInFrontOfTheVdsoAsTheLayoutSays) {
	const string script = text_of(string{SIGLAB_SOURCES} + "/vdso_blobs/vdso.ld");
	const std::vector<string> in_front = matches(script, R"re(_vvar = \. - (0x[0-9a-f]+)\))re");
	ASSERT_EQ(in_front.size(), 1u);
	EXPECT_EQ(parse_number(in_front[0]), uint64_t{VVAR_SIZE});
}

// Between any two areas lies unmapped memory, so that a stray access faults. The vDSO's data page counts as a part of it. Only the neighbour
// of one world is mapped where its signal stack ends, and belongs there.
TEST(Layers, AreasOfTheLayoutDoNotTouch) {
	const std::map<uint64_t, uint64_t> areas = {
		{GUEST_TEXT, GUEST_TEXT_SIZE}, {CLIB_TEXT, CLIB_TEXT_SIZE}, {GUEST_DATA, GUEST_DATA_SIZE}, {MHEAP, MHEAP_SIZE},
		{CLIB_DATA, CLIB_DATA_SIZE}, {GM, GM_SIZE}, {CURG_STACK, CURG_STACK_SIZE}, {HEAP_STACK, HEAP_STACK_SIZE},
		{G0_STACK, G0_STACK_SIZE}, {GSIGNAL_STACK, GSIGNAL_STACK_SIZE}, {FOREIGN_STACK, FOREIGN_STACK_SIZE},
		{VDSO - VVAR_SIZE, VVAR_SIZE + VDSO_MAX_SIZE}, {SIGPAGE, SIGPAGE_SIZE}, {OBSERVER, OBSERVER_SIZE}, {TLS_BLOCK, TLS_SIZE}};
	EXPECT_EQ(NEIGHBOUR + NEIGHBOUR_SIZE, GSIGNAL_STACK);
	EXPECT_GT(NEIGHBOUR, G0_STACK + G0_STACK_SIZE);
	EXPECT_EQ(areas.size(), 15u) << "two areas begin at one address";
	uint64_t end = 0;
	for (const auto& [begin, size] : areas) {
		EXPECT_LT(end, begin) << fmt::format("{:#x} touches the area before it", begin);
		EXPECT_EQ(begin % 4096, 0u);
		end = begin + size;
	}
}

// The catalogues name what is there, and nothing lies about that they do not name.
TEST(Layers, EverySourceOfTheGuestAndTheVdsosIsInItsCatalogue) {
	const string variants = text_of(string{SIGLAB_SOURCES} + "/guest_asm/catalogue.cc");
	const string vdsos = text_of(string{SIGLAB_SOURCES} + "/vdso_blobs/catalogue.cc");
	std::vector<string> strays;
	for (const auto& [folder, catalogue] : {std::pair{"/guest_asm", &variants}, std::pair{"/vdso_blobs", &vdsos}}) {
		for (const fs::directory_entry& entry : fs::recursive_directory_iterator(string{SIGLAB_SOURCES} + folder)) {
			const string quoted = "\"" + entry.path().stem().string() + "\"";
			if (entry.path().extension() == ".S" && catalogue->find(quoted) == string::npos) strays.push_back(entry.path().filename());
		}
	}
	EXPECT_THAT(strays, IsEmpty());
}

}  // namespace
}  // namespace siglab
