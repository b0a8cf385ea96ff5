// gdb's view of a run: packets, what a session answers, and the real gdb-multiarch on a counterexample.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <thread>

#include "base/text.h"
#include "cli_fixture.h"
#include "gdb/packet.h"
#include "gdb/server.h"
#include "gdb/session.h"
#include "guest_asm/layout.h"
#include "lab_fixture.h"

namespace siglab {
namespace {

using gdb::Decoder;
using std::string;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(GdbPacket, IsFramedAsTheManualSays) {
	EXPECT_EQ(gdb::framed("OK"), "$OK#9a");
	EXPECT_EQ(gdb::framed(""), "$#00");
	EXPECT_EQ(gdb::to_hex(0x1234, 4), "34120000");
	EXPECT_EQ(gdb::parse_hex("ffffffffffffffff"), UINT64_MAX);
	for (const char* wrong : {"", "x", "1g", "-1", "0x1", "10000000000000000"}) EXPECT_EQ(gdb::parse_hex(wrong), std::nullopt) << wrong;
}

TEST(GdbPacket, DamageInterruptsAndNoiseAreToldApart) {
	Decoder decoder;
	decoder.feed("+-junk$m1,2#00\x03$g#67$unfin");
	EXPECT_EQ(decoder.next()->kind, Decoder::Event::Kind::damaged);
	EXPECT_EQ(decoder.next()->kind, Decoder::Event::Kind::interrupt);
	EXPECT_EQ(decoder.next()->payload, "g");
	EXPECT_FALSE(decoder.next().has_value());
	decoder.feed(string(2 * Decoder::kMaxPacket, 'a'));
	EXPECT_FALSE(decoder.next().has_value());
	EXPECT_TRUE(decoder.overfull());
}

RC_GTEST_PROP(GdbPacketProperty, WhatIsSentInAnyPiecesArrives, ()) {
	const auto payload = *rc::gen::container<string>(rc::gen::inRange<char>('%', '~'));
	const string bytes = gdb::framed(payload);
	const auto cut = *rc::gen::inRange<size_t>(0, bytes.size());
	Decoder decoder;
	decoder.feed(bytes.substr(0, cut));
	RC_ASSERT(!decoder.next().has_value());
	decoder.feed(bytes.substr(cut));
	const std::optional<Decoder::Event> event = decoder.next();
	RC_ASSERT(event.has_value() && event->kind == Decoder::Event::Kind::packet && event->payload == payload);
}

// A run under a session; both know the same trace.
class GdbSession : public testing::TestWithParam<const Isa*> {
   protected:
	const Isa& isa() const { return *GetParam(); }
	void SetUp() override {
		world_ = test::world(fmt::format("{}:v2:nanotime1:curg:clobber-g:go:PROF:1", isa().name));
		Result<Trace> traced = trace(world_, test::machine(isa()), *parse_schedule("PROF@30"), Keep::everything);
		ASSERT_TRUE(traced.ok());
		for (const TraceLine& line : traced->lines) {
			if (line.told == Told::boundary) pcs_.push_back(line.pc);
		}
		tape_.emplace(*std::move(traced), test::machine(isa()).memory());
		session_.emplace(isa(), *tape_);
	}
	// Where the signal's action leads, without a Thumb bit.
	uint64_t sigtramp() { return world_.start.signals.actions[static_cast<size_t>(Signal::prof)].handler & ~uint64_t{1}; }
	uint64_t pc() { return reg(isa().word == 8 ? 32 : 15); }
	uint64_t reg(size_t number) {
		const string digits = session_->answer(fmt::format("p{:x}", number));
		uint64_t value = 0;
		for (size_t i = digits.size(); i > 0; i -= 2) value = value << 8 | *gdb::parse_hex(digits.substr(i - 2, 2));
		return value;
	}

	World world_;
	std::vector<uint64_t> pcs_;
	std::optional<gdb::Tape> tape_;
	std::optional<gdb::Session> session_;
};

TEST_P(GdbSession, StepsAreTheTracesBoundariesForwardsAndBackwards) {
	std::vector<uint64_t> seen = {pc()};
	string stop;
	while (!(stop = session_->answer("s")).ends_with("replaylog:end;")) {
		if (stop.starts_with("T05")) seen.push_back(pc());
	}
	EXPECT_EQ(seen, pcs_);
	std::vector<uint64_t> back = {pc()};
	while (!(stop = session_->answer("bs")).ends_with("replaylog:begin;")) back.push_back(pc());
	std::reverse(back.begin(), back.end());
	EXPECT_EQ(back, pcs_);
}

TEST_P(GdbSession, ASignalStopsTheRunWhereItIsTaken) {
	EXPECT_EQ(session_->answer("c"), "T1bthread:1;");
	EXPECT_EQ(pc(), pcs_[30]);
	session_->answer("s");
	EXPECT_EQ(pc(), sigtramp());
	EXPECT_THAT(session_->answer("c"), EndsWith("replaylog:end;"));
}

TEST_P(GdbSession, ThreadsActionsAreTheSame) {
	EXPECT_EQ(session_->answer("vCont?"), "vCont;c;C;s;S");
	EXPECT_EQ(session_->answer("vCont;s:1;c"), "T05thread:1;");
	EXPECT_EQ(pc(), pcs_[1]);
	EXPECT_EQ(session_->answer("vCont;c"), "T1bthread:1;");
	EXPECT_THAT(session_->answer("vCont;C1b:1"), EndsWith("replaylog:end;"));
	EXPECT_EQ(session_->answer("vCont;t"), "E01");
	EXPECT_EQ(session_->answer("vCont;"), "");
}

TEST_P(GdbSession, BreakpointsStopBothWays) {
	EXPECT_EQ(session_->answer(fmt::format("Z0,{:x},4", sigtramp())), "OK");
	session_->answer("c");
	EXPECT_EQ(session_->answer("c"), "T05thread:1;");
	EXPECT_EQ(pc(), sigtramp());
	EXPECT_THAT(session_->answer("c"), EndsWith("replaylog:end;"));
	EXPECT_EQ(session_->answer("bc"), "T05thread:1;");
	EXPECT_EQ(pc(), sigtramp());
	EXPECT_EQ(session_->answer(fmt::format("z0,{:x},4", sigtramp())), "OK");
	EXPECT_THAT(session_->answer("bc"), EndsWith("replaylog:begin;"));
}

TEST_P(GdbSession, MemoryIsWhatItWasAtEachMoment) {
	const uint64_t slot = world_.truth.slot->value;
	const uint64_t owner = world_.ghost.owner;
	const size_t word = isa().word;
	const auto read = [&] { return session_->answer(fmt::format("m{:x},{:x}", slot, word)); };
	EXPECT_EQ(read(), gdb::to_hex(0, word));
	session_->answer("c");
	EXPECT_EQ(read(), gdb::to_hex(owner, word));
	session_->answer("bc");
	EXPECT_EQ(read(), gdb::to_hex(0, word));
	// Code, which never changes; a hole, and a range that ends in one.
	EXPECT_EQ(session_->answer(fmt::format("m{:x},4", GUEST_TEXT)).size(), 8u);
	EXPECT_EQ(session_->answer("m8,4"), "E01");
	EXPECT_EQ(session_->answer(fmt::format("m{:x},8", OBSERVER + OBSERVER_SIZE - 2)).size(), 4u);
}

TEST_P(GdbSession, WhatCannotBeDoneIsRefusedAndWhatIsUnknownIsEmpty) {
	for (const char* write : {"G00", "P0=00", "M10000,1:00", "X10000,1:a", "p1000", "pzz", "m", "m1", "mx,y"}) EXPECT_EQ(session_->answer(write), "E01") << write;
	for (const char* unknown : {"", "vMustReplyEmpty", "Z2,1000,4", "bx", "qUnknown", "!"}) EXPECT_EQ(session_->answer(unknown), "") << unknown;
	EXPECT_FALSE(session_->over());
	EXPECT_EQ(session_->answer("D"), "OK");
	EXPECT_TRUE(session_->over());
}

TEST_P(GdbSession, EndsWhenItIsKilled) {
	EXPECT_EQ(session_->answer("k"), "");
	EXPECT_TRUE(session_->over());
}

// include/gdb/signals.def numbers them for all systems alike.
TEST_P(GdbSession, SignalsHaveGdbsOwnNumbers) {
	constexpr std::pair<const char*, const char*> kStops[] = {
		{"USR1", "T1ethread:1;"}, {"URG", "T10thread:1;"}, {"SEGV", "T0bthread:1;"}, {"PROF", "T1bthread:1;"}};
	for (const auto& [signal, stop] : kStops) {
		Result<Trace> traced = trace(world_, test::machine(isa()), *parse_schedule(fmt::format("{}@5", signal)), Keep::everything);
		ASSERT_TRUE(traced.ok());
		const gdb::Tape tape(*std::move(traced), test::machine(isa()).memory());
		EXPECT_EQ(gdb::Session(isa(), tape).answer("c"), stop) << signal;
	}
}

TEST_P(GdbSession, TheDescriptionComesInPieces) {
	const string whole = session_->answer("qXfer:features:read:target.xml:0,fffff");
	const string first = session_->answer("qXfer:features:read:target.xml:0,10");
	EXPECT_THAT(whole, StartsWith("l<?xml"));
	EXPECT_EQ(first, "m" + whole.substr(1, 16));
	EXPECT_EQ(session_->answer("qXfer:features:read:target.xml:fffff,10"), "E01");
	EXPECT_EQ(session_->answer("g").size(), isa().word == 8 ? 2 * (33 * 8 + 4 + 32 * 16 + 8) : 2 * (17 * 4 + 32 * 8 + 4));
}

INSTANTIATE_TEST_SUITE_P(OnEveryIsa, GdbSession, testing::ValuesIn(all_isas()), [](const auto& each) { return string{each.param->name}; });

TEST(GdbServer, TakesAPortOfThisMachineOnly) {
	EXPECT_EQ(*gdb::parse_port(":1234"), 1234);
	for (const char* wrong : {"", "1234", ":", ":65536", "0.0.0.0:1", ":1x"}) EXPECT_FALSE(gdb::parse_port(wrong).ok()) << wrong;
}

class GdbWaits : public CliTest {};

TEST_F(GdbWaits, UntilItIsInterrupted) {
	const pid_t child = start({"replay", "arm64:v7:nanotime1:curg:clean:go:PROF:1", "--gdb", ":0"});
	EXPECT_TRUE(interrupt_at_work(child));
	const Ran ran = wait(child);
	EXPECT_EQ(ran.code, 130) << ran.err;
	EXPECT_THAT(ran.out, HasSubstr("waiting for gdb\n"));
}

class RealGdb : public CliTest, public testing::WithParamInterface<const Isa*> {
   protected:
	// The command that siglab prints on its second line, once it listens.
	string command_of(pid_t) {
		for (int i = 0; i < 200; ++i) {
			const std::vector<string> lines = split(contents(dir_ / "stdout"), '\n');
			if (lines.size() >= 3) return lines[1];
			std::this_thread::sleep_for(std::chrono::milliseconds(50));
		}
		return {};
	}
	std::vector<string> gdb(const string& command, const std::vector<string>& asks) {
		string line = command;
		line.replace(0, line.find(' '), "gdb-multiarch -batch -nx -iex 'set pagination off'");
		for (const string& ask : asks) line += " -ex '" + ask + "'";
		const string file = (dir_ / "gdb").string();
		EXPECT_EQ(std::system((line + " >" + file + " 2>" + file + ".err").c_str()), 0) << contents(file + ".err");
		std::vector<string> told;
		for (const string& text : split(contents(file), '\n')) {
			if (text.starts_with("@")) told.push_back(text);
		}
		return told;
	}
};

// v0 in a vDSO that holds something else in the g register: SIGPROF finds that. From the handler one step back leads to the boundary at which
// it came, and reverse-continue to where the run began.
TEST_P(RealGdb, StepsBackFromTheHandlerToWhereGIsLost) {
	if (std::system("gdb-multiarch --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "skipped: no gdb-multiarch";
	const Isa& isa = *GetParam();
	const string scenario = fmt::format("{}:v0:nanotime1:curg:clobber-g:go:PROF:1", isa.name);
	Result<Trace> traced = trace(test::world(scenario), test::machine(isa), *parse_schedule("PROF@30"));
	ASSERT_TRUE(traced.ok());
	const auto told_at = [&](size_t line) { return fmt::format("@{:x} {:x}", traced->lines[line].pc, traced->lines[line].g_register); };
	const auto taken = std::ranges::find(traced->lines, Told::taken, &TraceLine::told) - traced->lines.begin();

	const pid_t child = start({"replay", scenario, "PROF@30", "--gdb", ":0"});
	const string command = command_of(child);
	ASSERT_THAT(command, HasSubstr("target remote 127.0.0.1:"));
	const string tell = fmt::format(R"(printf "@%lx %lx\n", (unsigned long)$pc, (unsigned long){})", isa.word == 8 ? "$x28" : "$r10");
	const std::vector<string> told = gdb(command, {tell, "handle SIGPROF stop print pass", "continue", tell, "stepi", tell, "reverse-stepi", tell,
	                                               "tbreak runtime.sigtrampgo", "continue", "continue", "output $pc == &runtime.sigtrampgo", "reverse-continue", tell,
	                                               "stepi", tell, "info registers", "x/4i $pc", "detach"});
	const auto line = static_cast<size_t>(taken);
	EXPECT_THAT(told, ElementsAre(told_at(0), told_at(line - 1), told_at(line + 1), told_at(line - 1), told_at(0), told_at(1)));
	EXPECT_NE(traced->lines[line - 1].g_register, traced->lines[line - 1].owner) << "the register is dirty there";
	EXPECT_EQ(wait(child).code, 0);
}

INSTANTIATE_TEST_SUITE_P(OnEveryIsa, RealGdb, testing::ValuesIn(all_isas()), [](const auto& each) { return string{each.param->name}; });

}  // namespace
}  // namespace siglab
