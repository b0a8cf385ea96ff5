// The machine on guests of a few instructions: what is loaded is what is stored, and each boundary, write and stop is exact.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "micro.h"

namespace siglab {
namespace {

using std::string;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using test::assembled;
using test::kData;
using test::kText;
using test::kThumbFlag;
using test::Micro;
using test::of;
using test::OnEngine;

INSTANTIATE_TEST_SUITE_P(, OnEngine, test::every_engine(), test::name_of_engine);

TEST_P(OnEngine, EveryRegisterThatGoesInComesOut) {
	for (const Isa* isa : all_isas()) {
		for (const bool hooked : {true, false}) {
			Micro micro(*isa, "\tsvc #0");
			Cpu expected = micro.cpu;
			expected.pc += 4;
			const Stop stop = micro.run(hooked);
			EXPECT_EQ(stop.reason, StopReason::syscall);
			EXPECT_TRUE(micro.cpu == expected) << isa->name << (hooked ? ", hooked" : ", un-hooked");
		}
	}
}

// Where a store opens a block of memory the run is made again, all of it: also if registers have been read for a counter on the way.
TEST_P(OnEngine, ARunThatOpensABlockBeginsAgain) {
	for (const Isa* isa : all_isas()) {
		Micro micro(*isa, of(*isa, "\tstr x2, [x0]\n\tmrs x1, cntvct_el0\n\tadd x2, x2, #1\n\tstr x2, [x0, #2048]\n\tsvc #0",
		                     "\tstr r2, [r0]\n\tmrrc p15, 1, r4, r5, c14\n\tadd r2, r2, #1\n\tstr r2, [r0, #2048]\n\tsvc #0"));
		micro.cpu.gpr[0] = kData;
		micro.cpu.gpr[2] = 7;
		EXPECT_EQ(micro.replay().reason, StopReason::syscall);
		EXPECT_EQ(micro.cpu.gpr[2], 8u) << isa->name;
		EXPECT_EQ(micro.memory().load_word({kData}, isa->word), 7u) << isa->name;
		EXPECT_EQ(micro.memory().load_word({kData + 2048}, isa->word), 8u) << isa->name;
	}
}

// Not only kept, but where guest code looks for it.
TEST_P(OnEngine, TheGuestSeesTheRegistersThatAreNoGeneralOnes) {
	Micro arm64(kArm64, "\tmrs x0, tpidr_el0\n\tmrs x1, fpcr\n\tmrs x2, fpsr\n\tmrs x3, nzcv\n"
	                    "\tmov x4, v8.d[0]\n\tmov x5, v8.d[1]\n\tmov x6, v31.d[1]\n\tsvc #0");
	const Cpu was = arm64.cpu;
	arm64.replay();
	EXPECT_THAT(std::vector(arm64.cpu.gpr.begin(), arm64.cpu.gpr.begin() + 7),
	            ElementsAre(was.tls, was.fpcr, was.fpsr, was.flags & 0xf0000000, was.vec[16], was.vec[17], was.vec[63]));
	Micro arm(kArm, "\tmrc p15, 0, r0, c13, c0, 3\n\tvmrs r1, fpscr\n\tmrs r2, cpsr\n\tvmov r3, r4, d8\n\tvmov r5, r6, d31\n\tsvc #0");
	const Cpu arm_was = arm.cpu;
	arm.replay();
	EXPECT_THAT(std::vector(arm.cpu.gpr.begin(), arm.cpu.gpr.begin() + 2), ElementsAre(arm_was.tls, arm_was.fpsr));
	EXPECT_EQ(arm.cpu.gpr[2] & 0xf0000000, arm_was.flags & 0xf0000000);
	EXPECT_EQ(arm.cpu.gpr[2] & 0x1f, 0x10u) << "user mode";
	EXPECT_EQ(arm.cpu.gpr[3] | arm.cpu.gpr[4] << 32, arm_was.vec[8]);
	EXPECT_EQ(arm.cpu.gpr[5] | arm.cpu.gpr[6] << 32, arm_was.vec[31]);
}

TEST_P(OnEngine, ThereIsOneBoundaryBeforeEachInstruction) {
	for (const Isa* isa : all_isas()) {
		// Three times round, a conditional branch not taken, one over it, then the call.
		Micro micro(*isa, of(*isa, "\tmov x0, #3\n1:\tsubs x0, x0, #1\n\tb.ne 1b\n\tb 2f\n\tnop\n2:\tsvc #0\n\tnop\n\tsvc #0",
		                     "\tmov r0, #3\n1:\tsubs r0, r0, #1\n\tbne 1b\n\tb 2f\n\tnop\n2:\tsvc #0\n\tnop\n\tsvc #0"));
		EXPECT_EQ(micro.record().reason, StopReason::syscall);
		const uint64_t at = kText;
		EXPECT_THAT(micro.pcs, ElementsAre(at, at + 4, at + 8, at + 4, at + 8, at + 4, at + 8, at + 12, at + 20));
		EXPECT_EQ(micro.cpu.pc, at + 24);
		// The instruction behind the svc is the next run's first boundary.
		EXPECT_EQ(micro.record().reason, StopReason::syscall);
		EXPECT_THAT(micro.pcs, ElementsAre(at + 24, at + 28));
	}
}

TEST_P(OnEngine, TheWatcherStopsBeforeTheInstruction) {
	for (const Isa* isa : all_isas()) {
		Micro micro(*isa, of(*isa, "\tmov x0, #1\n\tmov x0, #2\n\tmov x0, #3\n\tsvc #0",
		                     "\tmov r0, #1\n\tmov r0, #2\n\tmov r0, #3\n\tsvc #0"));
		EXPECT_EQ(micro.record(2).reason, StopReason::told_to);
		EXPECT_EQ(micro.cpu.pc, kText + 8);
		EXPECT_EQ(micro.cpu.gpr[0], 2u);
		EXPECT_EQ(micro.record().reason, StopReason::syscall);
		EXPECT_EQ(micro.cpu.gpr[0], 3u);
	}
}

struct Stores {
	const char* what;
	const char* arm64;
	const char* arm;
	uint64_t offset, arm64_size, arm_size;
};
constexpr Stores kStores[] = {
	{"a byte", "strb w1, [x0]", "strb r1, [r0]", 0, 1, 1},
	{"a halfword", "strh w1, [x0]", "strh r1, [r0]", 0, 2, 2},
	{"a word", "str x1, [x0]", "str r1, [r0]", 0, 8, 4},
	{"a pair", "stp x1, x2, [x0, #16]", "strd r2, r3, [r0, #16]", 16, 16, 8},
	{"a pair of halves", "stp w1, w2, [x0, #16]", "stm r0, {r1, r2}", 0, 8, 8},
	{"several", "st1 {v0.16b, v1.16b}, [x0]", "stm r0, {r1, r2, r3, r4, r5}", 0, 32, 20},
	{"a vector", "str q8, [x0, #32]", "vstr d8, [r0, #32]", 32, 16, 8},
	{"two vectors", "stp q8, q9, [x0, #32]", "vstm r0, {d8-d11}", 0, 32, 32},
	{"an odd place", "str x1, [x0, #3]", "str r1, [r0, #3]", 3, 8, 4},
	{"a vector at an odd place", "str q8, [x0, #5]", "vst1.8 {d8}, [r0]", 0, 16, 8},
};

TEST_P(OnEngine, TheWriteLogIsExact) {
	for (const Isa* isa : all_isas()) {
		for (const Stores& store : kStores) {
			SCOPED_TRACE(fmt::format("{}: {}", isa->name, store.what));
			Micro micro(*isa, fmt::format("\t{}\n\tnop\n\tsvc #0", isa->word == 8 ? store.arm64 : store.arm));
			micro.cpu.gpr[0] = kData + 0x100;
			std::vector<std::byte> before(kPageSize), after(kPageSize);
			ASSERT_TRUE(micro.memory().read({kData}, before));
			EXPECT_EQ(micro.record().reason, StopReason::syscall);
			ASSERT_TRUE(micro.memory().read({kData}, after));
			// What the log says, applied to what was there, is what is there; and no byte is claimed twice.
			uint64_t logged = 0;
			for (const Write& write : micro.writes) {
				ASSERT_LE(write.at.value + write.size, kData + kPageSize);
				std::memcpy(before.data() + (write.at.value - kData), write.bytes.data(), write.size);
				logged += write.size;
			}
			EXPECT_EQ(before, after);
			EXPECT_EQ(logged, isa->word == 8 ? store.arm64_size : store.arm_size);
		}
	}
}

// The log of a store that crosses a page, told at the boundary behind it and not later.
TEST_P(OnEngine, AWriteIsToldAtTheBoundaryBehindIt) {
	for (const Isa* isa : all_isas()) {
		Micro micro(*isa, of(*isa, "\tnop\n\tstr x1, [x0]\n\tnop\n\tsvc #0", "\tnop\n\tstr r1, [r0]\n\tnop\n\tsvc #0"));
		micro.cpu.gpr[0] = kData;
		EXPECT_EQ(micro.record(1).reason, StopReason::told_to);
		EXPECT_THAT(micro.writes, IsEmpty());
		EXPECT_EQ(micro.record(1).reason, StopReason::told_to);
		ASSERT_EQ(micro.writes.size(), 1u);
		EXPECT_EQ(micro.writes[0].at, GuestAddr{kData});
	}
}

TEST_P(OnEngine, ASystemCallStopsBehindItself) {
	for (const bool hooked : {true, false}) {
		for (const Isa* isa : all_isas()) {
			Micro micro(*isa, "\tnop\n\tsvc #0\n\tnop");
			EXPECT_EQ(micro.run(hooked).reason, StopReason::syscall);
			EXPECT_EQ(micro.cpu.pc, kText + 8);
		}
		Micro thumb(kArm, "\t.thumb\n\tnop\n\tsvc #0\n\tnop");
		thumb.cpu.flags |= kThumbFlag;
		EXPECT_EQ(thumb.run(hooked).reason, StopReason::syscall);
		EXPECT_EQ(thumb.cpu.pc, kText + 4);
		EXPECT_EQ(thumb.cpu.flags & kThumbFlag, kThumbFlag);
	}
}

struct Fault {
	const char* arm64;
	const char* arm;
	const char* says;
	uint64_t address;
	bool at_target;  // PC is where it jumped to
};
constexpr Fault kFaults[] = {
	{"ldr x1, [x0]", "ldr r1, [r0]", "reads from 0x90000", 0x90000, false},
	{"str x1, [x0]", "str r1, [r0]", "writes to 0x90000", 0x90000, false},
	{"str x1, [x0]", "str r1, [r0]", "writes to 0x10100", kText + 0x100, false},
	{"br x0", "bx r0", "jumps to 0x90000", 0x90000, true},
	{"br x0", "bx r0", "jumps to 0x20000", kData, true},
	{"br x0", "bx r0", "jumps to 0x0", 0, true},
};

TEST_P(OnEngine, AFaultNamesItsAddressAndItsInstruction) {
	for (const Isa* isa : all_isas()) {
		for (const Fault& fault : kFaults) {
			SCOPED_TRACE(fmt::format("{}: {}", isa->name, fault.says));
			Micro micro(*isa, fmt::format("\tnop\n\tnop\n\t{}\n\tsvc #0", isa->word == 8 ? fault.arm64 : fault.arm));
			micro.cpu.gpr[0] = fault.address;
			const Stop stop = micro.record();
			EXPECT_EQ(stop.reason, StopReason::fault);
			EXPECT_EQ(stop.address, GuestAddr{fault.address});
			EXPECT_EQ(stop.text, fault.says);
			EXPECT_EQ(micro.cpu.pc, fault.at_target ? fault.address : kText + 8);
			// Nothing of it is left for the next run.
			micro.cpu.pc = kText + 12;
			EXPECT_EQ(micro.record().reason, StopReason::syscall);
			micro.cpu.pc = kText + 8;
			EXPECT_EQ(micro.replay().reason, StopReason::fault);
		}
	}
}

TEST_P(OnEngine, WhatUserModeDoesNotHaveIsUndefined) {
	struct Case {
		const char* arm64;
		const char* arm;
	};
	// No such instruction; registers of the kernel's; the physical counter, whose value would come from the host's clock.
	for (const Case& one : {Case{"udf #0", "udf #0"}, Case{"mrs x0, ttbr0_el1", "mrc p15, 0, r0, c2, c0, 0"},
	                        Case{"mrs x0, currentel", "mrs r0, spsr"},
	                        Case{"mrs x0, cntpct_el0", "mrrc p15, 0, r0, r1, c14"}}) {
		for (const Isa* isa : all_isas()) {
			SCOPED_TRACE(of(*isa, one.arm64, one.arm));
			for (const bool hooked : {true, false}) {
				Micro micro(*isa, fmt::format("\tnop\n\t{}\n\tsvc #0", of(*isa, one.arm64, one.arm)));
				const Stop stop = micro.run(hooked);
				EXPECT_EQ(stop.reason, StopReason::undefined);
				if (!hooked) continue;
				EXPECT_EQ(micro.cpu.pc, kText + 4);
				EXPECT_THAT(stop.text, StartsWith("executes an undefined instruction at 0x10004"));
			}
		}
	}
}

// Unicorn keeps translations of what was at an address before.
TEST_P(OnEngine, AnotherImageAtTheSameAddressIsTheOneThatRuns) {
	for (const Isa* isa : all_isas()) {
		for (const uint64_t value : {7u, 8u, 7u, 9u}) {
			Micro micro(*isa, fmt::format("\tmov {}0, #{}\n\tsvc #0", isa->word == 8 ? 'x' : 'r', value));
			const Cpu start = micro.cpu;
			micro.record();
			EXPECT_EQ(micro.cpu.gpr[0], value);
			micro.cpu = start;
			micro.replay();
			EXPECT_EQ(micro.cpu.gpr[0], value);
		}
	}
}

TEST_P(OnEngine, WhatAFormerPlanLeftIsGone) {
	for (const Isa* isa : all_isas()) {
		Micro first(*isa, of(*isa, "\tstr x1, [x0]\n\tsvc #0", "\tstr r1, [r0]\n\tsvc #0"));
		first.cpu.gpr[0] = kData;
		first.replay();
		EXPECT_NE(first.memory().load_word({kData}, 4), 0u);
		Micro second(*isa, "\tsvc #0");
		EXPECT_EQ(second.memory().load_word({kData}, 4), 0u);
	}
}

// An engine of its own, which no watchdog looks after.
TEST_P(OnEngine, ARunCanBeInterruptedFromAnotherThread) {
	for (const Isa* isa : all_isas()) {
		Micro micro(*isa, "\tb .");
		Result<std::unique_ptr<Engine>> engine = open_engine(GetParam(), *isa, Hooks::none);
		ASSERT_TRUE(engine.ok());
		ASSERT_TRUE((*engine)->map(micro.memory()).ok());
		const uint64_t before = (*engine)->serial();
		std::atomic<bool> back = false;
		std::thread other([&] {
			// Once may come too early: the run has been counted but not begun.
			while (!back) {
				if ((*engine)->serial() % 2 == 1) (*engine)->interrupt();
				std::this_thread::sleep_for(std::chrono::milliseconds(1));
			}
		});
		const Result<Stop> stop = (*engine)->run(micro.cpu);
		back = true;
		other.join();
		ASSERT_TRUE(stop.ok());
		EXPECT_EQ(stop->reason, StopReason::told_to);
		EXPECT_EQ(micro.cpu.pc, kText);
		EXPECT_EQ((*engine)->serial(), before + 2);
	}
}

TEST(Machine, APlanThatDoesNotFitIsRefused) {
	Machine& machine = test::machine(kArm64);
	const auto refusal = [&](std::vector<RegionPlan> plan) {
		const Status loaded = machine.load(plan);
		EXPECT_FALSE(loaded.ok());
		return loaded.ok() ? string{} : loaded.error().text;
	};
	const auto region = [](uint64_t begin, uint64_t end) { return RegionPlan{"text", {{begin}, {end}}, Perm::read, {}}; };
	EXPECT_THAT(refusal({region(0x1000, 0x1800)}), HasSubstr("does not fit"));
	EXPECT_THAT(refusal({region(0x1800, 0x2000)}), HasSubstr("does not fit"));
	EXPECT_THAT(refusal({region(0x2000, 0x2000)}), HasSubstr("does not fit"));
	EXPECT_THAT(refusal({region(Machine::kArenaEnd - 0x1000, Machine::kArenaEnd + 0x1000)}), HasSubstr("does not fit"));
	EXPECT_THAT(refusal({region(0x1000, 0x3000), region(0x2000, 0x4000)}), HasSubstr("text and text overlap"));
	EXPECT_THAT(refusal({{"text", {{0x1000}, {0x2000}}, Perm::read, std::vector<std::byte>(0x1001)}}), HasSubstr("does not fit"));
}

std::vector<uint64_t> touched(const Memory& memory) {
	std::vector<uint64_t> at;
	memory.each_touched([&](uint32_t, const Block& block) { at.push_back(block.at.value); });
	return at;
}

// What is not compared must be what cannot have changed: both engines name the blocks that they store to, also where a store lies in two.
TEST(Machine, EveryBlockThatAStoreReachesIsTouched) {
	for (const Isa* isa : all_isas()) {
		Result<std::unique_ptr<Machine>> machine = Machine::open(*isa);
		ASSERT_TRUE(machine.ok());
		const std::vector<RegionPlan> plan = {
			{"text", {{kText}, {kText + kPageSize}}, Perm::read | Perm::exec,
		     assembled(*isa, of(*isa, "\tstp x1, x2, [x0, #-8]\n\tstrb w1, [x0, #2048]\n\tsvc #0",
		                        "\tstr r1, [r0, #-2]\n\tstrb r1, [r0, #2048]\n\tsvc #0"))},
			{"data", {{kData}, {kData + 2 * kPageSize}}, Perm::read | Perm::write, {}}};
		for (const bool hooked : {true, false, false}) {
			ASSERT_TRUE((*machine)->load(plan).ok());
			Cpu cpu = test::patterned_cpu(*isa);
			cpu.pc = kText;
			cpu.gpr[0] = kData + 2 * kBlockSize;
			const Snapshot before((*machine)->memory());
			const Result<Stop> stop = hooked ? (*machine)->recorder().run(cpu) : (*machine)->replay(cpu);
			ASSERT_TRUE(stop && stop->reason == StopReason::syscall);
			EXPECT_NE(Snapshot((*machine)->memory()), before);
			EXPECT_THAT(touched((*machine)->memory()), ElementsAre(kData + kBlockSize, kData + 2 * kBlockSize, kData + 4 * kBlockSize));
			before.restore((*machine)->memory());
			EXPECT_EQ(Snapshot((*machine)->memory()), before);
		}
	}
}

TEST(Machine, AnEngineThatOpensABlockSaysSoAndLeavesTheCpuAlone) {
	Result<std::unique_ptr<Machine>> machine = Machine::open(kArm64);
	ASSERT_TRUE(machine.ok());
	ASSERT_TRUE((*machine)->load(std::vector<RegionPlan>{
		{"text", {{kText}, {kText + kPageSize}}, Perm::read | Perm::exec, assembled(kArm64, "\tmov x5, #7\n\tstr x1, [x0]\n\tsvc #0")},
		{"data", {{kData}, {kData + kPageSize}}, Perm::read | Perm::write, {}}}).ok());
	Cpu cpu = test::patterned_cpu(kArm64);
	cpu.pc = kText;
	cpu.gpr[0] = kData;
	const Cpu start = cpu;
	Result<Stop> stop = (*machine)->replayer().run(cpu);
	ASSERT_TRUE(stop.ok());
	EXPECT_EQ(stop->reason, StopReason::opened);
	EXPECT_EQ(cpu, start);
	stop = (*machine)->replayer().run(cpu);
	ASSERT_TRUE(stop.ok());
	EXPECT_EQ(stop->reason, StopReason::syscall);
	EXPECT_EQ((*machine)->memory().load_word({kData}, 8), start.gpr[1]);
}

// The two engines are one CPU: from any registers, arithmetic, flags, FP and stores leave the same behind.
RC_GTEST_PROP(MachineProperty, BothEnginesDoTheSame, ()) {
	static const char* kArm64Code =
		"\tadds x1, x2, x3, lsl #3\n\tcsel x4, x5, x6, mi\n\tmul x7, x1, x4\n\tfadd d0, d1, d2\n\tfmul v3.2d, v4.2d, v0.2d\n"
		"\tstp x1, x7, [x0]\n\tstr q3, [x0, #16]\n\tmrs x9, fpsr\n\tsvc #0";
	static const char* kArmCode =
		"\tadds r1, r2, r3, lsl #3\n\tmovmi r4, r5\n\tmul r7, r1, r4\n\tvadd.f64 d0, d1, d2\n\tvmul.f32 q2, q3, q0\n"
		"\tstm r0, {r1, r7}\n\tvstr d4, [r0, #16]\n\tvmrs r9, fpscr\n\tsvc #0";
	const Isa& isa = **rc::gen::element(&kArm64, &kArm);
	Micro micro(isa, of(isa, kArm64Code, kArmCode));
	for (size_t i = 1; i < 8; ++i) micro.cpu.gpr[i] = isa.word == 8 ? *rc::gen::arbitrary<uint64_t>() : *rc::gen::arbitrary<uint32_t>();
	for (size_t i = 0; i < 16; ++i) micro.cpu.vec[i] = *rc::gen::arbitrary<uint64_t>();
	micro.cpu.gpr[0] = kData;
	const Cpu start = micro.cpu;
	RC_ASSERT(micro.record().reason == StopReason::syscall);
	const Cpu recorded = micro.cpu;
	const Snapshot memory(micro.memory());
	std::vector<std::byte> zero(kPageSize);
	RC_ASSERT(micro.memory().place({kData}, zero));
	micro.cpu = start;
	RC_ASSERT(micro.replay().reason == StopReason::syscall);
	RC_ASSERT(micro.cpu == recorded);
	RC_ASSERT(Snapshot(micro.memory()) == memory);
}

}  // namespace
}  // namespace siglab
