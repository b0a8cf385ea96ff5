// What if: a handler that leaves the signal stack by siglongjmp. Who owns the CPU then, what the kernel makes of it, and what it breaks.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "explore/delivery.h"
#include "explorer_fixture.h"
#include "guest_asm/layout.h"
#include "image/disassemble.h"

namespace siglab {
namespace {

using test::explored;
using test::traced;
using testing::HasSubstr;

World world_of(const Isa& isa, std::string_view variant, std::string_view vdso = "clobber-g") {
	return test::world(fmt::format("{}:{}:nanotime1:curg:{}:longjmp:PROF:1", isa.name, variant, vdso));
}

std::vector<Told> told(const Trace& trace) {
	std::vector<Told> events;
	for (const TraceLine& line : trace.lines) {
		if (line.told != Told::boundary) events.push_back(line.told);
	}
	return events;
}

// The boundary of the undisturbed walk at which the vDSO is entered.
uint32_t in_vdso(const World& world) {
	const Exploration found = explored(world, {}, Budget{.signals = 0});
	uint32_t at = 0;
	while (at < found.walk.boundaries() && !found.walk.ghost(at).in_vdso) ++at;
	return at + 3;
}

const TraceLine& first_after(const Trace& trace, Told told) {
	const auto at = std::find_if(trace.lines.begin(), trace.lines.end(), [&](const TraceLine& line) { return line.told == told; });
	return *std::find_if(at, trace.lines.end(), [](const TraceLine& line) { return line.told == Told::boundary; });
}

TEST(Longjmp, TheWalkIsTheSameBehindTheCodeOfC) {
	for (const Isa* isa : all_isas()) {
		const World world = world_of(*isa, "v5");
		const Trace trace = traced(world, {});
		EXPECT_EQ(trace.end.kind, EndKind::completed) << trace.end.text;
		EXPECT_THAT(trace.findings, testing::IsEmpty());
		EXPECT_THAT(world.describe({trace.lines.front().pc}), HasSubstr("clib.main"));
		const World go = test::world(fmt::format("{}:v5:nanotime1:curg:clobber-g:go:PROF:1", isa->name));
		const size_t prologue = trace.lines.size() - traced(go, {}).lines.size();
		EXPECT_EQ(trace.lines[prologue].pc, go.start.cpu.pc);
		EXPECT_NE(world.images, go.images) << "a token of the one is none of the other";
	}
}

// The interrupted call is given up: the CPU is the caller's, the stack its own, the mask as it was, and nobody is in the vDSO.
TEST(Longjmp, TheCallerGoesOnFromWhereItWas) {
	for (const Isa* isa : all_isas()) {
		const World world = world_of(*isa, "v5");
		const uint32_t at = in_vdso(world);
		const Trace trace = traced(world, {{.signal = Signal::prof, .boundary = at}});
		EXPECT_THAT(told(trace), testing::ElementsAre(Told::taken, Told::left));
		const TraceLine& back = first_after(trace, Told::left);
		EXPECT_EQ(back.boundary, at);
		EXPECT_EQ(back.depth, 0);
		EXPECT_EQ(back.owner, world.ghost.owner);
		EXPECT_EQ(back.g_register, world.ghost.owner) << "siglongjmp gives back what C keeps, and g is among it";
		EXPECT_EQ(back.state.thread.cpu.sp, world.start.cpu.sp);
		EXPECT_EQ(back.state.thread.signals.blocked, world.start.signals.blocked);
		EXPECT_EQ(back.state.ghost, ghost_after_jump(world.truth));
		EXPECT_FALSE(back.in_vdso);
		EXPECT_EQ(trace.end.kind, EndKind::completed) << trace.end.text;
		EXPECT_EQ(back.slot, CURG) << "the call never came to its clear";
	}
}

// on_altstack is asked of SP: the kernel puts the next frame at the top again, as if the first had returned.
TEST(Longjmp, TheNextSignalUsesTheStackFromItsTop) {
	for (const Isa* isa : all_isas()) {
		const World world = world_of(*isa, "v5");
		const uint32_t at = in_vdso(world);
		const Trace trace = traced(world, *parse_schedule(fmt::format("PROF@{0} PROF@{0}'", at)));
		EXPECT_THAT(told(trace), testing::ElementsAre(Told::taken, Told::left, Told::taken, Told::left));
		std::vector<uint64_t> entered;
		for (size_t i = 1; i < trace.lines.size(); ++i) {
			if (trace.lines[i - 1].told == Told::taken) entered.push_back(trace.lines[i].pc);
		}
		ASSERT_EQ(entered.size(), 2u);
		EXPECT_THAT(world.describe({entered[0]}), HasSubstr("clib.handler"));
		EXPECT_EQ(entered[0], entered[1]);
		Memory& memory = test::machine(*isa).memory();
		const Thread jumped = first_after(trace, Told::left).state.thread;
		const kernel::Resumed first = kernel::return_to_user(world.kernel, kernel::send(world.start, Signal::prof), memory);
		const kernel::Resumed second = kernel::return_to_user(world.kernel, kernel::send(jumped, Signal::prof), memory);
		EXPECT_EQ(first.thread.cpu.sp, second.thread.cpu.sp);
	}
}

TEST(Longjmp, AHandlerThatComesTooEarlyReturns) {
	for (const Isa* isa : all_isas()) {
		EXPECT_THAT(told(traced(world_of(*isa, "v5"), *parse_schedule("PROF@1"))), testing::ElementsAre(Told::taken, Told::returned));
	}
}

// ---- what it breaks ----

// What of each version an abandoned call leaves behind. No version is written for that, and none of these is called a bug.
TEST(Longjmp, LeavesTheSlotFilledAndVdsoSpSet) {
	const Verdict slot{Property::slot_discipline, Kind::value};
	for (const Isa* isa : all_isas()) {
		for (const char* variant : {"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"}) {
			SCOPED_TRACE(fmt::format("{} {}", isa->name, variant));
			const World world = world_of(*isa, variant, "clean");
			const Exploration found = explored(world, test::kProfAlone, Budget{.signals = 2});
			EXPECT_EQ(found.outcome, Outcome::exhausted);
			const std::set<Verdict> verdicts = test::verdicts_of(found);
			EXPECT_EQ(verdicts.contains(slot), world.scenario.guest.variant->saves_slot);
			EXPECT_NE(test::letters(verdicts).find('T'), std::string::npos) << "the profiler is told of a call that is over";
			EXPECT_FALSE(verdicts.contains({Property::alive, Kind::refused}));
			const auto unseen = [](const Edge& edge) { return !edge.fired; };
			EXPECT_EQ(std::count_if(found.edges.begin(), found.edges.end(), unseen), 0);
		}
	}
}

// Every finding's schedule, traced, shows it.
TEST(Longjmp, EveryFindingReplays) {
	size_t findings = 0;
	for (const Isa* isa : all_isas()) {
		for (const char* variant : {"v0", "v2", "v4", "v7"}) {
			const World world = world_of(*isa, variant);
			for (const Finding& finding : shortest_findings(explored(world, test::kProfAndUsr1, Budget{.signals = 2}))) {
				SCOPED_TRACE(fmt::format("{} '{}'", print_scenario(world.scenario), print_schedule(finding.schedule)));
				EXPECT_TRUE(test::verdicts_of(traced(world, finding.schedule).findings).contains(finding.verdict));
				++findings;
			}
		}
	}
	EXPECT_GT(findings, 20u);
}

// ---- the mask opens on the signal stack ----

std::string disassembled(const World& world, uint64_t pc) {
	const World::Site site = world.site({pc});
	return site.image == nullptr ? "" : disassemble(*site.image, site.offset, site.image->thumb(site.offset)).text;
}

// Where in the handler the mask has just been opened: the boundary behind siglongjmp's system call.
uint32_t opens_at(const World& world, uint32_t at) {
	const Trace trace = traced(world, {{.signal = Signal::prof, .boundary = at}});
	const Symbol* jump = world.clib->find("siglongjmp");
	for (size_t i = 1; i < trace.lines.size(); ++i) {
		const TraceLine &before = trace.lines[i - 1], &line = trace.lines[i];
		const bool svc = line.depth == 1 && before.depth == 1 && line.pc > jump->value &&
		                 disassembled(world, before.pc).find("svc") != std::string::npos;
		if (svc) return line.boundary;
	}
	ADD_FAILURE() << "no system call in siglongjmp";
	return 0;
}

// v7, for siglongjmp is C code: g is not yet in its register there, and v2 .. v6 would believe it all the same.
TEST(Longjmp, APendingSignalIsTakenWhereTheHandlerOpensItsMask) {
	for (const Isa* isa : all_isas()) {
		const World world = world_of(*isa, "v7");
		const uint32_t at = in_vdso(world), opens = opens_at(world, at);
		const Trace pending = traced(world, *parse_schedule(fmt::format("PROF@{} USR1@h3", at)));
		EXPECT_THAT(told(pending), testing::ElementsAre(Told::taken, Told::pending, Told::taken, Told::left));
		const Trace there = traced(world, *parse_schedule(fmt::format("PROF@{} USR1@h{}", at, opens)));
		EXPECT_THAT(told(there), testing::ElementsAre(Told::taken, Told::taken, Told::left)) << "both are abandoned by one jump";
		EXPECT_EQ(pending.lines.back().state, there.lines.back().state);
		EXPECT_EQ(test::verdicts_of(pending.findings), test::verdicts_of(there.findings));
		EXPECT_EQ(pending.end.kind, EndKind::completed) << pending.end.text;
	}
}

// So the search must look into such a handler though its mask is closed when it begins.
TEST(Longjmp, TheSearchLooksIntoAHandlerThatOpensItsMask) {
	const World world = world_of(kArm64, "v5");
	const Exploration found = explored(world, test::kProfAndUsr1, Budget{.signals = 2});
	const auto inside = [](const Node& node) { return node.depth == 1; };
	EXPECT_TRUE(std::any_of(found.nodes.begin(), found.nodes.end(), inside));
	const auto nested = [&](const Edge& edge) { return found.nodes[edge.from].depth == 1; };
	EXPECT_GT(std::count_if(found.edges.begin(), found.edges.end(), nested), 0);
	EXPECT_FALSE(found.nesting_cut);
	EXPECT_TRUE(explored(world, test::kProfAndUsr1, Budget{.signals = 2, .nesting = 0}).nesting_cut);
	EXPECT_FALSE(explored(world, test::kProfAndUsr1, Budget{.signals = 1}).nesting_cut);
}

// The un-hooked engine does not see a jump: it refuses, and is not asked by the search.
TEST(Longjmp, IsNotMistakenForAReturn) {
	const World world = world_of(kArm64, "v5");
	Machine& machine = test::machine(kArm64);
	const uint32_t at = in_vdso(world);
	const Exploration found = explored(world, {}, Budget{.signals = 0});
	ASSERT_TRUE(machine.load(world.plan).ok());
	Snapshot shadow(machine.memory());
	for (uint32_t i = 0; i <= at; ++i) {
		for (const Write& write : found.walk.writes(i)) {
			shadow.apply(write);
			ASSERT_TRUE(machine.memory().place(write.at, write.data()));
		}
	}
	Delivery delivery;
	ASSERT_TRUE(deliver_at(world, machine, shadow, found.walk.thread(at), found.walk.ghost(at), Signal::prof, delivery).ok());
	EXPECT_EQ(delivery.end.kind, EndKind::refused);
	EXPECT_THAT(delivery.end.text, HasSubstr("ends the walk from inside a handler"));
	Result<Sweep> swept = sweep(world_of(kArm64, "v5"), test::kProfAlone, machine);
	ASSERT_TRUE(swept.ok());
	EXPECT_FALSE(test::verdicts_of(swept->runs[0].findings).contains({Property::alive, Kind::refused}));
}

}  // namespace
}  // namespace siglab
