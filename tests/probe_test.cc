// One call of a vDSO function: the counter, the data pages, and how calls end.
#include <gmock/gmock.h>

#include "guest_asm/layout.h"
#include "image/operands.h"
#include "image/vdso_file.h"
#include "lab_fixture.h"
#include "probe/data_pages.h"
#include "real_vdsos.h"

namespace siglab {
namespace {

using testing::HasSubstr;

Image assembled(const Isa& isa, const std::string& text) {
	const test::OwnFile source("own.S", text);
	Result<Image> image = assemble(isa, {ImageKind::vdso}, source.path(), SIGLAB_SOURCES);
	if (!image) ADD_FAILURE() << image.error().text;
	return *std::move(image);
}

std::string function(const Isa& isa, const std::string& body) {
	const std::string name{isa.clock_gettime.name};
	const std::string restorer = isa.vdso_restorer ? "\t.globl __kernel_rt_sigreturn\n\t.type __kernel_rt_sigreturn, %function\n__kernel_rt_sigreturn:\n\tnop\n" : "";
	return "\t.globl " + name + "\n\t.type " + name + ", %function\n" + name + ":\n" + body + "\t.size " + name + ", . - " + name + "\n" + restorer;
}

// Reads the counter, and leaves it where a timespec would be.
std::string reads_counter(const Isa& isa) {
	return isa.word == 8 ? function(isa, "\tisb\n\tmrs x2, cntvct_el0\n\tstr x2, [x1]\n\tmov w0, wzr\n\tret\n")
	                     : function(isa, "\tisb\n\tmrrc p15, 1, r2, r3, c14\n\tstrd r2, [r1]\n\tmov r0, #0\n\tbx lr\n");
}

CallEnding call(const Image& image, const CallPlan& plan, Engines engines = {}, const OnCallBoundary& on_boundary = {}) {
	Result<std::unique_ptr<Machine>> machine = Machine::open(image.isa(), engines);
	Result<VdsoCaller> caller = VdsoCaller::open(image, {}, **machine);
	if (!caller) ADD_FAILURE() << caller.error().text;
	Result<CallEnding> ending = caller->call(plan, on_boundary);
	if (!ending) ADD_FAILURE() << ending.error().text;
	return *std::move(ending);
}

CallPlan plan_of(const Isa& isa) { return {.function = std::string{isa.clock_gettime.name}, .arguments = {1, kCallBuffer}}; }

TEST(Counter, IsTheModelsOnBothIsasAndBothEngines) {
	for (const Isa* isa : all_isas()) {
		const Image image = assembled(*isa, reads_counter(*isa));
		for (const EngineKind kind : {EngineKind::unicorn, EngineKind::dynarmic}) {
			if (!is_there(kind)) continue;
			uint32_t boundaries = 0;
			const CallEnding ending = call(image, plan_of(*isa), {.recorder = kind, .replayer = kind}, [&](uint32_t i, const Cpu&, const Memory&) {
				EXPECT_EQ(i, boundaries++);
			});
			EXPECT_TRUE(ending.returned()) << ending.text;
			uint64_t counter = 0;
			std::memcpy(&counter, ending.buffer.data(), sizeof counter);
			EXPECT_EQ(counter, kernel::counter_at(kStartClock)) << isa->name << " " << engine_name(kind);
			EXPECT_EQ(boundaries, 5u);
			EXPECT_EQ(ending.boundaries, 5u);
		}
	}
}

TEST(Counter, TheUnhookedEngineReadsTheSame) {
	for (const Isa* isa : all_isas()) {
		const Image image = assembled(*isa, reads_counter(*isa));
		Result<std::unique_ptr<Machine>> machine = Machine::open(*isa);
		kernel::Config config{.isa = isa};
		std::vector<RegionPlan> plan = *map_vdso(image, {}, config);
		plan.push_back({"buffer", {{kCallBuffer}, {kCallBuffer + kPageSize}}, Perm::read | Perm::write, {}});
		ASSERT_TRUE((*machine)->load(plan));
		Cpu cpu;
		fill_registers(*isa, cpu);
		cpu.gpr[1] = kCallBuffer;
		cpu.gpr[isa->lr] = 0x5000;  // nothing is there: the run ends
		isa->enter(cpu, VDSO + image.find(isa->clock_gettime.name)->value);
		Result<Stop> stop = (*machine)->replay(cpu);
		ASSERT_TRUE(stop) << stop.error().text;
		EXPECT_EQ(stop->reason, StopReason::fault);
		EXPECT_EQ((*machine)->memory().load<uint64_t>({kCallBuffer}), kernel::counter_at(kStartClock));
	}
}

TEST(Counter, OtherCountersStayUndefined) {
	const Image image = assembled(kArm64, function(kArm64, "\tmrs x2, cntpct_el0\n\tret\n"));
	EXPECT_EQ(call(image, plan_of(kArm64)).outcome, CallOutcome::undefined);
}

TEST(Counter, AYieldOnArmIsPassedAndWhatStandsBehindItStillCounts) {
	const Image image = assembled(kArm, function(kArm, "\tyield\n\tyield\n\tmov r0, #0\n\tbx lr\n"));
	EXPECT_TRUE(call(image, plan_of(kArm)).returned());
	const Image undefined = assembled(kArm, function(kArm, "\tyield\n\tudf #0\n\tbx lr\n"));
	EXPECT_EQ(call(undefined, plan_of(kArm)).outcome, CallOutcome::undefined);
}

TEST(Call, EndsInWords) {
	const auto outcome = [](const Isa& isa, const std::string& body) { return call(assembled(isa, function(isa, body)), plan_of(isa)); };
	const CallEnding out = outcome(kArm64, "\tmov x9, #0x7000\n\tbr x9\n");
	EXPECT_EQ(out.outcome, CallOutcome::fault);
	EXPECT_THAT(out.text, HasSubstr("jumps to 0x7000"));
	const CallEnding round = outcome(kArm64, "1:\tldr w2, _vvar\n\ttbz w2, #0, 1b\n\tret\n");
	EXPECT_EQ(round.outcome, CallOutcome::loops);
	EXPECT_THAT(round.text, HasSubstr("runs for ever"));
	EXPECT_EQ(outcome(kArm64, "1:\tadd x0, x0, #1\n\tb 1b\n").outcome, CallOutcome::bound);
	EXPECT_EQ(outcome(kArm64, "\tmov x8, #57\n\tsvc #0\n\tret\n").outcome, CallOutcome::refused);
}

Result<DataPages> pages_of(const Image& image) { return find_data_pages(image, test::machine(image.isa())); }

TEST(DataPages, OfTheLabsOwnAreAPageInFront) {
	for (const Isa* isa : all_isas()) {
		for (const Vdso& blob : all_vdsos()) {
			if (!blob.isas.on(*isa)) continue;
			const Result<DataPages> pages = pages_of(**test::store().vdso(*isa, {.blob = &blob}));
			ASSERT_TRUE(pages) << pages.error().text;
			EXPECT_EQ(pages->time, std::optional<uint64_t>{VVAR_SIZE}) << blob.name;
			EXPECT_FALSE(pages->layout.counter) << blob.name;
		}
	}
}

// The data lie where the image says, and it is told apart from one that looks elsewhere.
TEST(DataPages, AreDerivedOrRefused) {
	const Result<DataPages> far = pages_of(assembled(kArm64, function(kArm64, "\tadr x2, _vvar\n\tsub x2, x2, #0x3000\n\tldr w3, [x2]\n\tmrs x4, cntvct_el0\n\tmov w0, wzr\n\tret\n")));
	ASSERT_TRUE(far) << far.error().text;
	EXPECT_EQ(far->time, std::optional<uint64_t>{0x4000});
	EXPECT_TRUE(far->layout.counter);
	const Result<DataPages> none = pages_of(assembled(kArm64, function(kArm64, "\tmov x8, #113\n\tsvc #0\n\tret\n")));
	ASSERT_TRUE(none);
	EXPECT_EQ(none->time, std::nullopt);
	const Result<DataPages> middle = pages_of(assembled(kArm64, function(kArm64, "\tadr x2, _vvar\n\tldr w3, [x2, #32]\n\tmov w0, wzr\n\tret\n")));
	ASSERT_FALSE(middle);
	EXPECT_THAT(middle.error().text, HasSubstr("no page's beginning"));
	const Result<DataPages> two = pages_of(assembled(kArm64, function(kArm64, "\tadr x2, _vvar\n\tldr w3, [x2]\n\tsub x2, x2, #4096\n\tldr w3, [x2]\n\tmov w0, wzr\n\tret\n")));
	ASSERT_FALSE(two);
	EXPECT_THAT(two.error().text, HasSubstr("cannot tell where its data are"));
	const Result<DataPages> elsewhere = pages_of(assembled(kArm64, function(kArm64, "\tmov x2, #0x7000\n\tldr w3, [x2]\n\tmov w0, wzr\n\tret\n")));
	EXPECT_TRUE(elsewhere);  // its own fault, and shown as that when it is run
}

// Every register that a step changed is one that its instruction writes by Capstone's tables.
void expect_declared_writes(const Image& image, const CallPlan& plan, const DataPages& pages) {
	const Isa& isa = image.isa();
	Result<VdsoCaller> caller = VdsoCaller::open(image, pages, test::machine(isa));
	ASSERT_TRUE(caller);
	std::optional<Cpu> before;
	Result<CallEnding> ending = caller->call(plan, [&](uint32_t, const Cpu& cpu, const Memory&) {
		if (before) {
			const bool thumb = isa.start_address(*before) != before->pc;
			const WrittenRegisters written = written_registers(image, before->pc - VDSO, thumb);
			for (uint8_t reg = 0; reg < cpu.gpr.size(); ++reg) {
				if (cpu.gpr[reg] == before->gpr[reg]) continue;
				EXPECT_THAT(written.gprs, testing::Contains(reg)) << image.name() << " +" << std::hex << before->pc - VDSO;
			}
		}
		before = cpu;
	});
	ASSERT_TRUE(ending);
}

TEST(Operands, WhatAStepChangesItsInstructionWrites) {
	for (const Isa* isa : all_isas()) {
		for (const Vdso& blob : all_vdsos()) {
			if (blob.isas.on(*isa)) expect_declared_writes(**test::store().vdso(*isa, {.blob = &blob}), plan_of(*isa), {});
		}
	}
}

TEST(Operands, OfRealImagesToo) {
	SIGLAB_NEEDS_REAL_VDSOS();
	for (const std::string& path : test::real_vdsos()) {
		Result<std::vector<VdsoFile>> file = read_vdso_file(path);
		ASSERT_TRUE(file) << file.error().text;
		const Image& image = file->front().image;
		const Result<DataPages> pages = pages_of(image);
		if (pages) expect_declared_writes(image, plan_of(image.isa()), *pages);
	}
}

}  // namespace
}  // namespace siglab
