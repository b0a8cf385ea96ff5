// The room isa: the value itself, and that its rows describe a frame without gaps in what they claim.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "guest_asm/layout.h"
#include "isa/isa_set.h"

namespace siglab {
namespace {

class EveryIsa : public testing::TestWithParam<const Isa*> {
   protected:
	const Isa& isa = *GetParam();
};
INSTANTIATE_TEST_SUITE_P(, EveryIsa, testing::ValuesIn(all_isas().begin(), all_isas().end()),
                         [](const auto& of) { return std::string{of.param->name}; });

TEST_P(EveryIsa, IsFoundByItsName) {
	EXPECT_EQ(find_isa(isa.name), &isa);
	EXPECT_EQ(find_isa("riscv64"), nullptr);
}

// By their ids, tables hold one thing for each ISA.
TEST_P(EveryIsa, StandsWhereItsIdSays) { EXPECT_EQ(all_isas()[static_cast<size_t>(isa.id)], &isa); }

TEST_P(EveryIsa, IsInTheSetsThatNameIt) {
	EXPECT_TRUE(IsaSet{isa.id}.on(isa));
	EXPECT_TRUE(IsaSet::all().on(isa));
	EXPECT_FALSE(IsaSet{}.on(isa));
	for (const Isa* other : all_isas()) EXPECT_EQ(IsaSet{isa.id}.on(*other), other == &isa);
	EXPECT_EQ(isa_names(IsaSet{isa.id}), std::vector<std::string>{std::string{isa.name}});
	EXPECT_EQ(isa_names().size(), all_isas().size());
}

TEST_P(EveryIsa, CountsGAmongTheCalleeSavedRegisters) {
	EXPECT_TRUE(std::ranges::count(isa.callee_saved, isa.g) == 1);
	EXPECT_TRUE(std::ranges::is_sorted(isa.callee_saved));
	EXPECT_TRUE(std::ranges::all_of(isa.callee_saved_vec, [&](uint8_t word) { return word < isa.vec_words; }));
}

TEST_P(EveryIsa, NamesEveryRegisterThatItsRowsHold) {
	for (uint8_t i = 0; i < isa.gpr_names.size(); ++i) {
		if (isa.gpr_names[i].empty()) continue;
		const uint16_t at = frame_offset(isa, FrameField::gpr, i);
		EXPECT_GT(at, frame_offset(isa, FrameField::uc_link)) << isa.gpr_names[i];
		EXPECT_LT(at, frame_offset(isa, FrameField::pc)) << isa.gpr_names[i];
	}
}

TEST_P(EveryIsa, HasRowsThatDoNotOverlapAndStayInTheFrame) {
	std::set<unsigned> bytes;
	for (const FrameRow& row : isa.frame_rows) {
		for (unsigned i = 0; i < unsigned{row.width} * row.count; ++i) {
			EXPECT_TRUE(bytes.insert(row.offset + i).second) << row.name << " + " << i;
		}
	}
	EXPECT_LT(*bytes.rbegin(), unsigned{isa.frame_size} + isa.frame_record_size);
	EXPECT_EQ(isa.frame_size % isa.frame_alignment, 0);
	EXPECT_EQ(isa.frame_record_size % isa.frame_alignment, 0);
}

TEST_P(EveryIsa, HasNamesForItsRows) {
	std::set<std::string_view> names;
	for (const FrameRow& row : isa.frame_rows) EXPECT_TRUE(names.insert(row.name).second) << row.name;
}

TEST_P(EveryIsa, HasAllSystemCallNumbersAndNoTwoAlike) {
	const SyscallNumbers& sys = isa.sys;
	const std::set<uint32_t> numbers = {sys.rt_sigreturn, sys.rt_sigaction, sys.rt_sigprocmask, sys.sigaltstack, sys.tgkill,
	                                    sys.kill,         sys.getpid,       sys.gettid,         sys.clock_gettime, sys.nanosleep,
	                                    sys.write,        sys.exit,         sys.exit_group};
	EXPECT_EQ(numbers.size(), 13u);
	EXPECT_FALSE(numbers.contains(HYPERCALL_DONE));
}

TEST_P(EveryIsa, TakesItsOwnFreshFlagsForUserMode) {
	EXPECT_TRUE(isa.valid_user_flags(isa.user_flags));
	EXPECT_EQ(isa.user_flags & ~isa.flags_mask, 0u);
}

// The offsets that the facts state, so that a slip in a row does not rest on the row itself.
TEST(Arm64, HasTheDocumentedFrame) {
	EXPECT_EQ(kArm64.frame_size, 4688);
	EXPECT_EQ(kArm64.min_sigstack, 5120u);
	EXPECT_EQ(frame_offset(kArm64, FrameField::stack_sp), 144);
	EXPECT_EQ(frame_offset(kArm64, FrameField::mask), 168);
	EXPECT_EQ(frame_offset(kArm64, FrameField::fault_address), 304);
	EXPECT_EQ(frame_offset(kArm64, FrameField::gpr), 312);
	EXPECT_EQ(frame_offset(kArm64, FrameField::gpr, 28), 536);
	EXPECT_EQ(frame_offset(kArm64, FrameField::gpr, 30), 552);
	EXPECT_EQ(frame_offset(kArm64, FrameField::sp), 560);
	EXPECT_EQ(frame_offset(kArm64, FrameField::pc), 568);
	EXPECT_EQ(frame_offset(kArm64, FrameField::flags), 576);
	EXPECT_EQ(frame_offset(kArm64, FrameField::vec, 63), 608 + 63 * 8);
	EXPECT_EQ(frame_offset(kArm64, FrameField::record_fp), 4688);
}

TEST(Arm, HasTheDocumentedFrame) {
	EXPECT_EQ(kArm.frame_size, 888);
	EXPECT_EQ(kArm.min_sigstack, 2048u);
	EXPECT_EQ(frame_offset(kArm, FrameField::stack_sp), 136);
	EXPECT_EQ(frame_offset(kArm, FrameField::trap_no), 148);
	EXPECT_EQ(frame_offset(kArm, FrameField::gpr), 160);
	EXPECT_EQ(frame_offset(kArm, FrameField::gpr, 10), 200);
	EXPECT_EQ(frame_offset(kArm, FrameField::gpr, 14), 216);
	EXPECT_EQ(frame_offset(kArm, FrameField::pc), 220);
	EXPECT_EQ(frame_offset(kArm, FrameField::flags), 224);
	EXPECT_EQ(frame_offset(kArm, FrameField::mask), 232);
	EXPECT_EQ(frame_offset(kArm, FrameField::vec, 31), 368 + 31 * 8);
	EXPECT_EQ(frame_offset(kArm, FrameField::retcode, 1), 876);
}

constexpr uint64_t kUser = 0x10, kThumb = 0x20;

TEST(Arm, EntersAHandlerInTheStateThatBit0OfItsAddressNames) {
	Cpu cpu;
	cpu.flags = kUser;
	kArm.enter(cpu, 0x1001);
	EXPECT_EQ(cpu.pc, 0x1000u);
	EXPECT_EQ(cpu.flags, kUser | kThumb);
	EXPECT_EQ(kArm.start_address(cpu), 0x1001u);
	kArm.enter(cpu, 0x2000);
	EXPECT_EQ(cpu.pc, 0x2000u);
	EXPECT_EQ(cpu.flags, kUser);
	EXPECT_EQ(kArm.start_address(cpu), 0x2000u);
}

TEST(Arm, EntersAHandlerWithoutConditionsItBlockBigEndianOrVectors) {
	Cpu cpu;
	cpu.flags = 0xf8000000 | 0x0600fc00 | 0x000f0000 | 0x200 | kThumb | kUser;
	cpu.fpsr = 0xf8370011;
	kArm.enter(cpu, 0x2000);
	EXPECT_EQ(cpu.flags, 0x000f0000 | kUser);  // GE stays
	EXPECT_EQ(cpu.fpsr, 0xf8000011u);          // LEN and STRIDE do not
}

TEST(Arm64, EntersAHandlerWithTheConditionsOfTheInterruptedCode) {
	Cpu cpu;
	cpu.flags = 0xb0000000;
	cpu.fpsr = 0x08370011;
	kArm64.enter(cpu, 0x2000);
	EXPECT_EQ(cpu.pc, 0x2000u);
	EXPECT_EQ(cpu.flags, 0xb0000000u);
	EXPECT_EQ(cpu.fpsr, 0x08370011u);
}

TEST(Arm, StepsBackOverAnSvcByItsInstructionSet) {
	Cpu cpu;
	EXPECT_EQ(kArm.svc_size(cpu), 4);
	EXPECT_EQ(kArm64.svc_size(cpu), 4);
	cpu.flags = kThumb;
	EXPECT_EQ(kArm.svc_size(cpu), 2);
}

TEST(Arm, ReturnsThroughTheSigpageInTheHandlersInstructionSet) {
	EXPECT_EQ(kArm.return_address(0x1000, 0), SIGPAGE);
	EXPECT_EQ(kArm.return_address(0x1001, 0), SIGPAGE + SIGPAGE_THUMB + 1u);
}

TEST(Arm64, HasNoItBlocks) {
	const std::array<std::byte, 4> it_in_thumb = {std::byte{0x08}, std::byte{0xbf}, std::byte{0x08}, std::byte{0xbf}};
	EXPECT_FALSE(kArm64.may_hold_it_block(it_in_thumb));
	EXPECT_TRUE(kArm.may_hold_it_block(it_in_thumb));
	EXPECT_EQ(kArm64.it_after(kArm64.user_flags, it_in_thumb), 0u);
	EXPECT_NE(kArm.it_after(kArm.user_flags | 0x20, std::span{it_in_thumb}.first(2)), 0u);
}

TEST(Arm64, ReturnsThroughTheVdso) { EXPECT_EQ(kArm64.return_address(0x1000, 0xa0080), 0xa0080u); }

// What nearly all code consists of: were these doubted, every boundary would read everything.
TEST(Fp, IsLeftAloneByWhatIsPlain) {
	for (const uint32_t word : {0x91000420u, 0xf9400001u, 0xa9bf7bfdu, 0x14000001u, 0x54000040u, 0xd65f03c0u, 0xd503201fu, 0xd4000001u, 0x9b020c20u}) {
		EXPECT_FALSE(kArm64.may_change_fp(word, {})) << std::hex << word;  // add, ldr, stp, b, b.eq, ret, nop, svc, madd
	}
	for (const uint32_t word : {0xe2811001u, 0xe5901000u, 0xe92d4010u, 0xea000000u, 0xe12fff1eu, 0xe0010392u}) {
		EXPECT_FALSE(kArm.may_change_fp(word, {})) << std::hex << word;    // add, ldr, push, b, bx, mul
	}
	const Cpu thumb{.flags = 0x20};
	for (const uint32_t word : {0xbf003001u, 0x4010e92du, 0x1003f8d0u, 0x46c04770u, 0xf800f000u}) {
		EXPECT_FALSE(kArm.may_change_fp(word, thumb)) << std::hex << word;  // adds, push.w, ldr.w, bx, bl
	}
}

TEST(UserFlags, AreRefusedWhenTheyAreAnotherModes) {
	for (const uint64_t bad : {0x4u, 0x5u, 0x10u, 0x40u, 0x80u, 0x100u, 0x200u}) {  // EL1t, EL1h, AArch32, F, I, A, D
		EXPECT_FALSE(kArm64.valid_user_flags(0x60000000 | bad)) << bad;
	}
	for (const uint64_t bad : {0x0u, 0x11u, 0x13u, 0x1fu, 0x10u | 0x80u}) {  // 26-bit, FIQ, SVC, SYS, user with I
		EXPECT_FALSE(kArm.valid_user_flags(0x60000000 | bad)) << bad;
	}
	EXPECT_TRUE(kArm64.valid_user_flags(0xf0000000));
	EXPECT_TRUE(kArm.valid_user_flags(0xf8000010 | kThumb));
	EXPECT_TRUE(kArm.valid_user_flags(0x10 | 0x40 | 0x100));  // Linux clears F and A itself
}

TEST(GprNames, AreQuestionMarksBeyondTheLast) {
	EXPECT_EQ(gpr_name(kArm64, kArm64.g), "x28");
	EXPECT_EQ(gpr_name(kArm, kArm.g), "r10");
	EXPECT_EQ(gpr_name(kArm, 40), "?");
}

}  // namespace
}  // namespace siglab
