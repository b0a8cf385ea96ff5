// The room state: memory, snapshots, the hash, schedules, the ghost.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "state/schedule.h"
#include "state/state.h"

namespace siglab {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> values) {
	Bytes bytes;
	for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
	return bytes;
}

// Three neighbours with a hole behind them: code, data, and a page that only the kernel writes.
class MemoryTest : public testing::Test {
   protected:
	static constexpr GuestAddr kCode{0x1000}, kData{0x2000}, kVvar{0x3000}, kHole{0x4000};
	Bytes code = Bytes(0x1000, std::byte{1});
	Bytes data = Bytes(0x1000, std::byte{2});
	Bytes vvar = Bytes(0x1000, std::byte{3});
	// Not in the order of their addresses, on purpose.
	Memory memory{{{"vvar", {kVvar, kHole}, Perm::read | Perm::kernel_writes, vvar.data()},
	               {"code", {kCode, kData}, Perm::read | Perm::exec, code.data()},
	               {"data", {kData, kVvar}, Perm::read | Perm::write, data.data()}}};
};

TEST_F(MemoryTest, AWordIsReadWholeOrNotAtAll) {
	EXPECT_EQ(memory.load_word(kHole - 8, 8), 0x0303030303030303u);
	EXPECT_EQ(memory.load_word(kHole - 4, 4), 0x03030303u);
	EXPECT_EQ(memory.load_word(kHole - 2, 2), 0x0303u);
	for (const auto width : std::array<uint8_t, 3>{2, 4, 8}) EXPECT_EQ(memory.load_word(kHole - 1, width), std::nullopt) << int{width};
	EXPECT_EQ(memory.load_word(kHole, 4), std::nullopt);
	EXPECT_EQ(memory.load_word(kCode - 4, 8), std::nullopt);
}

TEST_F(MemoryTest, FindsTheRegionOfAnAddress) {
	EXPECT_EQ(memory.find(kCode - 1), nullptr);
	EXPECT_EQ(memory.find(kCode)->name, "code");
	EXPECT_EQ(memory.find(kData - 1)->name, "code");
	EXPECT_EQ(memory.find(kData)->name, "data");
	EXPECT_EQ(memory.find(kHole), nullptr);
	EXPECT_EQ(memory.regions().front().name, "code");
}

TEST_F(MemoryTest, WritesOnlyWhereUserCodeMay) {
	const Bytes four = bytes_of({9, 8, 7, 6});
	EXPECT_TRUE(memory.write(kData, four));
	EXPECT_EQ(memory.load<uint32_t>(kData), 0x06070809u);
	EXPECT_FALSE(memory.write(kCode, four));
	EXPECT_FALSE(memory.write(kVvar, four));
	EXPECT_FALSE(memory.write(kHole, four));
	EXPECT_EQ(code, Bytes(0x1000, std::byte{1}));
	EXPECT_EQ(vvar, Bytes(0x1000, std::byte{3}));
}

TEST_F(MemoryTest, DoesNothingAtAllAcrossTheEndOfARegion) {
	const Bytes four = bytes_of({9, 8, 7, 6});
	EXPECT_TRUE(memory.write(kVvar - 4, four));
	EXPECT_FALSE(memory.write(kVvar - 3, four));
	EXPECT_EQ(data[0xffd], std::byte{8});  // still the first write's
	EXPECT_FALSE(memory.load<uint32_t>(kHole - 3).has_value());
	EXPECT_TRUE(memory.load<uint32_t>(kHole - 4).has_value());
	EXPECT_FALSE(memory.load<uint32_t>({UINT64_MAX - 1}).has_value());
	EXPECT_TRUE(memory.open_for_write(kVvar - 3, 4).empty());
}

// Two regions that touch in the guest and in the host: who writes does not see the border, and both are touched.
TEST(Memory, IsOnePieceWhereRegionsTouch) {
	Bytes host(0x2000);
	Memory memory({{"below", {{0x1000}, {0x2000}}, Perm::read | Perm::write, host.data()},
	               {"above", {{0x2000}, {0x3000}}, Perm::read | Perm::write, host.data() + 0x1000}});
	const Snapshot before(memory);
	memory.track();
	ASSERT_TRUE(memory.store<uint64_t>({0x1ffc}, 0x1122334455667788));
	EXPECT_EQ(memory.load<uint64_t>({0x1ffc}), 0x1122334455667788u);
	EXPECT_EQ(host[0xfff], std::byte{0x55});
	EXPECT_EQ(host[0x1000], std::byte{0x44});
	size_t touched = 0;
	memory.each_touched([&](uint32_t, const Block&) { ++touched; });
	EXPECT_EQ(touched, 2u);
	Snapshot after = before;
	Write write{{0x1ffc}, 8};
	std::memcpy(write.bytes.data(), host.data() + 0xffc, 8);
	after.apply(write);
	EXPECT_EQ(after, Snapshot(memory));
	EXPECT_FALSE(memory.load<uint64_t>({0x2ffc}).has_value());
}

// Blocks that follow one another are one stretch, but not over a gap, nor into another region.
TEST(Memory, IsToldOfInStretches) {
	Bytes host(0x3000);
	Memory memory({{"below", {{0x1000}, {0x2000}}, Perm::read | Perm::write, host.data()},
	               {"above", {{0x2000}, {0x4000}}, Perm::read | Perm::write, host.data() + 0x1000}});
	memory.track();
	for (const uint64_t at : {0x1400u, 0x1800u, 0x1c00u, 0x2000u, 0x2400u, 0x3000u}) memory.touch({at}, 1);
	std::vector<std::tuple<std::string, uint32_t, uint64_t, size_t>> told;
	memory.each_touched_stretch([&](const Stretch& stretch) {
		EXPECT_EQ(stretch.host, host.data() + (stretch.at.value - 0x1000));
		told.emplace_back(stretch.region->name, stretch.first, stretch.at.value, stretch.size);
	});
	EXPECT_EQ(told, (decltype(told){{"below", 1, 0x1400, 0xc00}, {"above", 4, 0x2000, 0x800}, {"above", 8, 0x3000, 0x400}}));
	memory.begin_recent();
	memory.each_recent_stretch([](const Stretch&) { FAIL(); });
}

TEST_F(MemoryTest, LetsTheLabPlaceBytesAnywhereButInAHole) {
	EXPECT_TRUE(memory.place(kCode, bytes_of({5})));
	EXPECT_EQ(code[0], std::byte{5});
	EXPECT_TRUE(memory.place_word(kVvar, 0x0102, 2));
	EXPECT_EQ(memory.load_word(kVvar, 4), 0x03030102u);
	EXPECT_FALSE(memory.place(kHole, bytes_of({5})));
}

TEST_F(MemoryTest, StoresWordsOfEveryWidthLittleEndian) {
	for (const uint8_t width : {uint8_t{1}, uint8_t{2}, uint8_t{4}, uint8_t{8}}) {
		ASSERT_TRUE(memory.store<uint64_t>(kData, 0));
		ASSERT_TRUE(memory.store_word(kData, 0x8877665544332211, width));
		const uint64_t kept = width == 8 ? 0x8877665544332211 : 0x8877665544332211 & ((uint64_t{1} << (8 * width)) - 1);
		EXPECT_EQ(memory.load<uint64_t>(kData), kept);
		EXPECT_EQ(memory.load_word(kData, width), kept);
	}
}

TEST_F(MemoryTest, LogsWritesInPiecesOfSixteenBytes) {
	std::vector<Write> log;
	memory.log_writes_to(&log);
	Bytes long_one(37);
	for (size_t i = 0; i < long_one.size(); ++i) long_one[i] = static_cast<std::byte>(i);
	ASSERT_TRUE(memory.write(kData, long_one));
	EXPECT_FALSE(memory.write(kCode, long_one));              // refused: not logged
	EXPECT_TRUE(memory.place(kCode, long_one));               // the lab's own: not logged
	memory.log_writes_to(nullptr);
	ASSERT_TRUE(memory.store<uint8_t>(kData, 1));

	ASSERT_EQ(log.size(), 3u);
	Bytes seen;
	for (const Write& piece : log) {
		EXPECT_EQ(piece.at, kData + seen.size());
		seen.insert(seen.end(), piece.data().begin(), piece.data().end());
	}
	EXPECT_EQ(seen, long_one);
}

TEST_F(MemoryTest, ASnapshotGivesBackWhatCanChange) {
	const Snapshot before{memory};
	EXPECT_EQ(before.all().size(), 0x2000u);  // data and vvar
	ASSERT_TRUE(memory.store<uint32_t>(kData + 8, 0xffffffff));
	ASSERT_TRUE(memory.place_word(kVvar, 7, 4));
	EXPECT_NE(Snapshot{memory}, before);
	before.restore(memory);
	EXPECT_EQ(data, Bytes(0x1000, std::byte{2}));
	EXPECT_EQ(vvar, Bytes(0x1000, std::byte{3}));
	EXPECT_EQ(Snapshot{memory}, before);
}

TEST_F(MemoryTest, ASnapshotFollowsALogOfWrites) {
	Snapshot follower{memory};
	std::vector<Write> log;
	memory.log_writes_to(&log);
	ASSERT_TRUE(memory.store<uint64_t>(kData + 24, 0x1122334455667788));
	ASSERT_TRUE(memory.store<uint16_t>(kVvar - 2, 0xabcd));
	for (const Write& write : log) follower.apply(write);
	EXPECT_EQ(follower, Snapshot{memory});
	follower.apply({kHole, 4, {}});  // nobody's memory
	follower.apply({kCode, 4, {}});
	EXPECT_EQ(follower, Snapshot{memory});
}

TEST_F(MemoryTest, ASnapshotShowsBytesOfOneRegionAtATime) {
	const Snapshot snapshot{memory};
	EXPECT_EQ(snapshot.bytes(kData + 4, 2).size(), 2u);
	EXPECT_EQ(snapshot.bytes(kVvar, 1).front(), std::byte{3});
	EXPECT_TRUE(snapshot.bytes(kVvar - 1, 2).empty());
	EXPECT_TRUE(snapshot.bytes(kCode, 1).empty());
}

// Every field that == sees, as one change to a state.
const std::vector<std::pair<const char*, std::function<void(State&)>>> kChanges = {
	{"gpr", [](State& s) { s.thread.cpu.gpr[28] = 1; }},
	{"sp", [](State& s) { s.thread.cpu.sp = 1; }},
	{"pc", [](State& s) { s.thread.cpu.pc = 1; }},
	{"flags", [](State& s) { s.thread.cpu.flags = 1; }},
	{"tls", [](State& s) { s.thread.cpu.tls = 1; }},
	{"fpsr", [](State& s) { s.thread.cpu.fpsr = 1; }},
	{"fpcr", [](State& s) { s.thread.cpu.fpcr = 1; }},
	{"vec", [](State& s) { s.thread.cpu.vec[63] = 1; }},
	{"blocked", [](State& s) { s.thread.signals.blocked = 1; }},
	{"pending", [](State& s) { s.thread.signals.pending = 1; }},
	{"altstack sp", [](State& s) { s.thread.signals.altstack.sp = 1; }},
	{"altstack size", [](State& s) { s.thread.signals.altstack.size = 1; }},
	{"altstack flags", [](State& s) { s.thread.signals.altstack.flags = 1; }},
	{"handler", [](State& s) { s.thread.signals.actions.set(31, {.handler = 1}); }},
	{"action flags", [](State& s) { s.thread.signals.actions.set(31, {.flags = 1}); }},
	{"restorer", [](State& s) { s.thread.signals.actions.set(31, {.restorer = 1}); }},
	{"action mask", [](State& s) { s.thread.signals.actions.set(31, {.mask = 1}); }},
	{"realtime", [](State& s) { s.thread.signals.clock.realtime_ns = 1; }},
	{"monotonic", [](State& s) { s.thread.signals.clock.monotonic_ns = 1; }},
	{"owner", [](State& s) { s.ghost.owner = 1; }},
	{"depth", [](State& s) { s.ghost.depth = 1; }},
	{"function", [](State& s) { s.ghost.depth = 4, s.ghost.calls[3].function = TimeCall::walltime; }},
	{"interrupted", [](State& s) { s.ghost.interrupted = 1; }},
	{"return_pc", [](State& s) { s.ghost.depth = 4, s.ghost.calls[3].return_pc = 1; }},
	{"caller_sp", [](State& s) { s.ghost.depth = 4, s.ghost.calls[3].caller_sp = 1; }},
	{"trace_pc", [](State& s) { s.ghost.depth = 4, s.ghost.calls[3].trace_pc = 1; }},
	{"trace_sp", [](State& s) { s.ghost.depth = 4, s.ghost.calls[3].trace_sp = 1; }},
	{"pc_stored", [](State& s) { s.ghost.depth = 4, s.ghost.calls[3].pc_stored = true; }},
	{"sp_stored", [](State& s) { s.ghost.depth = 4, s.ghost.calls[3].sp_stored = true; }},
	{"sp_switched", [](State& s) { s.ghost.depth = 4, s.ghost.calls[3].sp_switched = true; }},
	{"slot_set", [](State& s) { s.ghost.depth = 4, s.ghost.calls[3].slot_set = true; }},
	{"at_entry", [](State& s) { s.ghost.depth = 4, s.ghost.calls[3].at_entry.monotonic_ns = 1; }},
	{"in_vdso", [](State& s) { s.ghost.in_vdso = true; }},
	{"vdso sp", [](State& s) { s.ghost.vdso.sp = 1; }},
	{"vdso return_pc", [](State& s) { s.ghost.vdso.return_pc = 1; }},
	{"vdso timespec", [](State& s) { s.ghost.vdso.timespec = 1; }},
	{"vdso callee-saved", [](State& s) { s.ghost.vdso.callee_saved[10] = 1; }},
	{"vdso vec", [](State& s) { s.ghost.vdso.callee_saved_vec[7] = 1; }},
	{"returned", [](State& s) { s.ghost.returned[1].to.realtime_ns = 1; }},
};

TEST(HashState, ChangesWithEveryFieldAndWithNoTwoAlike) {
	const State base;
	std::vector<Hash128> seen = {hash_state(base)};
	for (const auto& [name, change] : kChanges) {
		State changed = base;
		change(changed);
		EXPECT_NE(changed, base) << name;
		const Hash128 hash = hash_state(changed);
		EXPECT_EQ(std::ranges::count(seen, hash), 0) << name;
		seen.push_back(hash);
	}
}

TEST_F(MemoryTest, TheHashSeesAByteOfMemory) {
	State state;
	const Snapshot base{memory};
	const std::vector<GuestRange> everything = {{{0}, {~uint64_t{0}}}};
	const Hash128 before = hash_state(state);
	ASSERT_TRUE(memory.store<uint8_t>(kData + 77, 0xff));
	take_delta(memory, base, everything, state.memory);
	EXPECT_NE(hash_state(state), before);
	ASSERT_TRUE(memory.store<uint8_t>(kData + 77, 2));
	take_delta(memory, base, everything, state.memory);
	EXPECT_EQ(hash_state(state), before);
}

// Hashes stand in records: a change of what is hashed, or how, must be noticed.
TEST(HashState, IsTheSameOnEveryRun) {
	EXPECT_EQ(print_hash(hash_bytes({})), "99aa06d3014798d86001c324468d497f");  // XXH3's own value for nothing
	EXPECT_EQ(print_hash({.high = 1, .low = 0xab}), "000000000000000100000000000000ab");
	EXPECT_EQ(hash_state(State{}), hash_state(State{}));
}

Event event(Signal signal, uint32_t boundary, uint32_t again = 0) {
	return {.signal = signal, .boundary = boundary, .again = again};
}

TEST(ScheduleText, SaysSignalBoundaryAndRepetition) {
	const Schedule schedule = {event(Signal::prof, 17), event(Signal::prof, 17, 1),
	                           {.signal = Signal::urg, .depth = 1, .boundary = 3},
	                           {.signal = Signal::usr1, .depth = 2, .boundary = 0},
	                           {.signal = std::nullopt, .boundary = 12}};
	EXPECT_EQ(print_schedule(schedule), "PROF@17 PROF@17' URG@h3 USR1@hh0 tick@12");
	const Result<Schedule> back = parse_schedule("PROF@17 PROF@17' URG@h3 USR1@hh0 tick@12");
	ASSERT_TRUE(back);
	EXPECT_EQ(*back, schedule);
}

TEST(ScheduleText, WritesTheUndisturbedWalkAsADash) {
	EXPECT_EQ(print_schedule({}), "-");
	ASSERT_TRUE(parse_schedule("-"));
	EXPECT_TRUE(parse_schedule("-")->empty());
}

TEST(ScheduleText, RefusesWhatItWouldNotPrint) {
	for (const char* wrong : {"", " ", "- -", "PROF", "PROF@", "@1", "prof@1", "SIGPROF@1", "KILL@1", "PROF@1 ", " PROF@1", "PROF@1  URG@2",
	                          "PROF@01", "PROF@0x1", "PROF@-1", "PROF@1h", "PROF@hh", "PROF@'1", "PROF@1\n",
	                          "PR\033@1", "PROF@100000001", "Tick@1"}) {
		EXPECT_FALSE(parse_schedule(wrong)) << "'" << wrong << "'";
	}
	EXPECT_TRUE(parse_schedule("PROF@100000000"));
	EXPECT_TRUE(parse_schedule("PROF@" + std::string(64, 'h') + "1"));
	EXPECT_FALSE(parse_schedule("PROF@" + std::string(65, 'h') + "1"));
}

// Deliveries are counted at one boundary of one walk; ticks are not, and each handler's walk is another one.
TEST(ScheduleText, CountsWhatComesAgain) {
	const auto counted_text = [](const char* text) {
		Schedule schedule = *parse_schedule(text);
		for (Event& event : schedule) event.again = 0;
		return print_schedule(counted(std::move(schedule)));
	};
	for (const char* text : {"-", "PROF@1 PROF@1' USR1@1'' PROF@2", "PROF@1 tick@1' PROF@1'", "PROF@1 URG@h3 URG@h3' PROF@1'",
	                         "PROF@1 URG@h3 USR1@hh3 URG@h3'", "tick@4 tick@4 PROF@4"}) {
		EXPECT_EQ(counted_text(text), text);
	}
}

TEST(ScheduleText, NamesThePieceThatIsWrong) {
	const Result<Schedule> wrong = parse_schedule("PROF@1 PORF@2");
	ASSERT_FALSE(wrong);
	EXPECT_EQ(wrong.error().exit, Exit::usage);
	EXPECT_NE(wrong.error().text.find("'PORF@2'"), std::string::npos) << wrong.error().text;
}

TEST(ScheduleText, QuotesNothingThatATerminalWouldObey) {
	EXPECT_EQ(parse_schedule("PROF@1\n").error().text, "a schedule is written in printable ASCII");
	EXPECT_EQ(parse_schedule("\033[2J@1").error().text, "a schedule is written in printable ASCII");
}

TEST(ScheduleText, HasABound) {
	std::string text = "PROF@1";
	for (int i = 1; i < 10'000; ++i) text += " PROF@1";
	EXPECT_TRUE(parse_schedule(text));
	EXPECT_FALSE(parse_schedule(text + " PROF@1"));
}

TEST(SignalNames, AreReadWithAndWithoutSig) {
	EXPECT_EQ(signal_name(Signal::usr1), "USR1");
	EXPECT_EQ(signal_name(Signal{40}), "");
	EXPECT_EQ(parse_signal("PROF"), Signal::prof);
	EXPECT_EQ(parse_signal("SIGURG"), Signal::urg);
	EXPECT_EQ(parse_signal("SEGV"), Signal::segv);
	EXPECT_EQ(parse_signal("SIG"), std::nullopt);
	EXPECT_EQ(parse_signal("prof"), std::nullopt);
}

TEST(SignalNumbers, AreLinuxs) {
	EXPECT_EQ(bit(Signal::usr1), 1u << 9);
	EXPECT_EQ(bit(Signal::segv), 1u << 10);
	EXPECT_EQ(bit(Signal::urg), 1u << 22);
	EXPECT_EQ(bit(Signal::prof), 1u << 26);
	EXPECT_EQ(kUnblockable, (1u << 8) | (1u << 18));
}

// A guest in outline: a trampoline at 0x100 that calls a vDSO at 0x1000, and a handler.
class GhostTest : public testing::Test {
   protected:
	static constexpr uint64_t kTramp = 0x100, kCall = 0x120, kBack = 0x50, kSetg = 0x200, kVdso = 0x1000, kSp = 0x8000;
	Truth truth{.gsignal = 0x77, .vdso = {{kVdso}, {kVdso + 0x1000}}};
	Clock clock{.realtime_ns = 10, .monotonic_ns = 20};
	Ghost ghost{.owner = 0x55};

	void SetUp() override {
		truth.landmarks.add({kTramp}, Mark::enter_nanotime);
		truth.landmarks.add({kTramp + 4}, Mark::vdsopc_store);
		truth.landmarks.add({kTramp + 4}, Mark::vdsosp_store);
		truth.landmarks.add({kTramp + 8}, Mark::slot_store);
		truth.landmarks.add({kTramp + 12}, Mark::slot_clear);
		truth.landmarks.add({kTramp + 16}, Mark::vdsosp_restore);
		truth.landmarks.add({kCall}, Mark::call);
		truth.landmarks.add({kSetg}, Mark::setg);
	}
	static Cpu at(uint64_t pc, uint64_t sp = kSp) {
		Cpu cpu;
		cpu.pc = pc;
		cpu.sp = sp;
		cpu.gpr[kArm64.lr] = kBack;
		cpu.gpr[28] = 0x2828;
		cpu.gpr[1] = 0x11;
		cpu.vec[16] = 0x88;
		return cpu;
	}
	void go(uint64_t from, uint64_t to, uint64_t sp = kSp) { ghost = advance(kArm64, truth, ghost, {from}, at(to, sp), clock); }
};

TEST_F(GhostTest, OpensACallAtItsFirstInstructionAndClosesItAtItsReturn) {
	go(0x40, kTramp);
	ASSERT_EQ(ghost.depth, 1);
	EXPECT_EQ(ghost.open()->return_pc, kBack);
	EXPECT_EQ(ghost.open()->caller_sp, kSp);
	EXPECT_EQ(ghost.open()->at_entry, clock);

	const Clock entered = clock;
	clock.monotonic_ns = 30;
	go(0x140, kBack, kSp - 16);  // the same address on another stack is not the return
	EXPECT_EQ(ghost.depth, 1);
	go(0x140, kBack);
	EXPECT_EQ(ghost.depth, 0);
	EXPECT_EQ(ghost.open(), nullptr);
	EXPECT_EQ(ghost.calls[0], OpenCall{});
	EXPECT_EQ(ghost.returned[0], (TimeWindow{entered, clock}));
	EXPECT_EQ(ghost.returned[1], TimeWindow{});
}

TEST_F(GhostTest, NotesAMarkWhenItsInstructionHasRetired) {
	go(0x40, kTramp);
	go(kTramp, kTramp + 4);
	EXPECT_FALSE(ghost.open()->pc_stored);
	go(kTramp + 4, kTramp + 8);
	EXPECT_TRUE(ghost.open()->pc_stored);
	EXPECT_TRUE(ghost.open()->sp_stored);
	EXPECT_FALSE(ghost.open()->slot_set);
	go(kTramp + 8, kTramp + 12);
	EXPECT_TRUE(ghost.open()->slot_set);
	go(kTramp + 12, kTramp + 16);
	EXPECT_FALSE(ghost.open()->slot_set);
	go(kTramp + 16, kTramp + 20);
	EXPECT_FALSE(ghost.open()->sp_stored);
	EXPECT_TRUE(ghost.open()->pc_stored);
}

TEST_F(GhostTest, KeepsTheOuterCallWhileAHandlersOwnIsOpen) {
	go(0x40, kTramp);
	go(kTramp + 8, kTramp + 12);
	go(0x240, kTramp, kSp - 0x1000);
	EXPECT_EQ(ghost.depth, 2);
	EXPECT_FALSE(ghost.open()->slot_set);
	EXPECT_TRUE(ghost.calls[0].slot_set);
	go(0x140, kBack, kSp - 0x1000);
	EXPECT_EQ(ghost.depth, 1);
	EXPECT_TRUE(ghost.open()->slot_set);
}

TEST_F(GhostTest, TracesTheCallerOfWhoeverStoresIt) {
	go(0x40, kTramp);
	EXPECT_EQ(ghost.open()->trace_pc, kBack);
	EXPECT_EQ(ghost.open()->trace_sp, kSp);
	truth.landmarks.add({0x180}, Mark::enter_vdsocall);
	go(kTramp + 4, 0x180, kSp - 32);
	EXPECT_EQ(ghost.open()->trace_sp, kSp - 32);
	EXPECT_EQ(ghost.open()->caller_sp, kSp);
}

TEST_F(GhostTest, CountsCallsThatAreTooDeepToFollow) {
	for (size_t i = 0; i < Ghost::kMaxDepth + 2; ++i) go(0x40, kTramp, kSp - i * 16);
	EXPECT_EQ(ghost.depth, Ghost::kMaxDepth + 2);
	const Ghost before = ghost;
	go(kTramp + 8, kTramp + 12);
	EXPECT_EQ(ghost, before);
}

TEST_F(GhostTest, ChangesTheOwnerAtSetgAndNowhereElse) {
	go(kSetg - 4, kSetg);
	EXPECT_EQ(ghost.owner, 0x55u);
	go(kSetg, kSetg + 4);
	EXPECT_EQ(ghost.owner, 0x77u);
}

TEST_F(GhostTest, RemembersWhatTheVdsoOwesFromItsCallToItsReturn) {
	go(kCall, kVdso);
	EXPECT_TRUE(ghost.in_vdso);
	EXPECT_EQ(ghost.vdso.sp, kSp);
	EXPECT_EQ(ghost.vdso.return_pc, kBack);
	EXPECT_EQ(ghost.vdso.timespec, 0x11u);
	EXPECT_EQ(ghost.vdso.callee_saved[28 - 19], 0x2828u);
	EXPECT_EQ(ghost.vdso.callee_saved_vec[0], 0x88u);
	go(kVdso, kVdso + 4);
	EXPECT_TRUE(ghost.in_vdso);
	go(kVdso + 4, kCall + 4);
	EXPECT_FALSE(ghost.in_vdso);
	EXPECT_EQ(ghost.vdso, VdsoEntry{});
}

TEST_F(GhostTest, DoesNotTakeAHandlersReturnThroughTheVdsoForACall) {
	go(0x300, kVdso + 0x80);
	EXPECT_FALSE(ghost.in_vdso);
}

}  // namespace
}  // namespace siglab
