// The kernel model against another implementation of the same ABI: qemu-user's, met by the same CPU in the same situation.
//
// Every row of the frame and every register at the handler's entry is compared. What differs stands in kDifferences with its reason;
// a difference that is not there fails, and so does one that is there and no longer differs.
// Not compared  bytes of the frame that no row names.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstring>
#include <set>

#include "guest_asm/layout.h"
#include "kernel_model/deliver.h"
#include "raise.h"
#include "run_guest.h"

namespace siglab::test {
namespace {

static_assert(sizeof(Registers) == REG_SIZE && offsetof(Registers, vec) == REG_VEC && offsetof(Registers, flags) == REG_FLAGS);

struct Guest {
	const Isa* isa;
	const char* command;
	uint32_t frame_bytes;
};
const Guest kGuestArm64 = {&kArm64, SIGLAB_QEMU_ARM64 " -cpu cortex-a57 " SIGLAB_RAISE_ARM64, RAISE_FRAME_ARM64};
const Guest kGuestArm = {&kArm, SIGLAB_QEMU_ARM " -cpu cortex-a15 " SIGLAB_RAISE_ARM, RAISE_FRAME_ARM};

struct Run {
	const Guest* guest;
	unsigned variant;
};
void PrintTo(const Run& run, std::ostream* out) { *out << run.guest->isa->name << " variant " << run.variant; }

struct Difference {
	const Isa* isa;
	unsigned in;  // in every variant that has these bits, and in no other
	std::string_view what;
	std::string_view why;
};
constexpr unsigned kAny = 0;
const Difference kDifferences[] = {
	{&kArm, kAny, "entry.flags",
	 "Linux's setup_return clears the whole flag byte of CPSR, N Z C V Q among them; qemu only the IT bits and T"},
	{&kArm, RAISE_NO_RESTORER, "entry.lr", "the sigpage: Linux puts it anywhere, the lab at SIGPAGE, qemu below 1 GiB"},
	{&kArm64, RAISE_NO_RESTORER, "entry.x30", "__kernel_rt_sigreturn of the lab's vDSO; qemu has a page of its own for it"},
};

std::set<std::string> expected_differences(const Run& run) {
	std::set<std::string> names;
	for (const Difference& one : kDifferences) {
		const bool here = (run.variant & one.in) == one.in;
		if (one.isa == run.guest->isa && here) names.emplace(one.what);
	}
	return names;
}

uint64_t word_at(std::span<const uint8_t> bytes, size_t offset, uint8_t width) {
	uint64_t value = 0;
	std::memcpy(&value, bytes.data() + offset, width);
	return value;
}

class AgainstQemu : public testing::TestWithParam<Run> {
   protected:
	const Isa& isa = *GetParam().guest->isa;
	RaiseReport guest{};
	std::set<std::string> differences;
	std::string account;  // one line for each difference, for a failure's message

	void SetUp() override {
		const std::optional<std::string> output =
			output_of(fmt::format("{} {:c}", GetParam().guest->command, static_cast<char>('a' + GetParam().variant)));
		ASSERT_TRUE(output.has_value());
		ASSERT_EQ(output->size(), sizeof guest);
		std::memcpy(&guest, output->data(), sizeof guest);
	}

	void compare(const std::string& what, uint64_t ours, uint64_t theirs) {
		if (ours == theirs) return;
		differences.insert(what);
		account += fmt::format("{}: the model has {:#x}, qemu {:#x}\n", what, ours, theirs);
	}
	void compare_rows(std::span<const uint8_t> ours) {
		for (const FrameRow& row : isa.frame_rows) {
			for (unsigned i = 0; i < row.count; ++i) {
				const size_t offset = row.offset + size_t{i} * row.width;
				uint64_t theirs = word_at(guest.frame, offset, row.width);
				// The process has a number and an owner of its own here and there.
				if (row.field == FrameField::pid && theirs == guest.pid) theirs = kernel::kPid;
				if (row.field == FrameField::uid && theirs == guest.uid) theirs = kernel::kUid;
				const std::string name = row.count == 1 ? std::string{row.name} : fmt::format("{}[{}]", row.name, i);
				compare(name, word_at(ours, offset, row.width), theirs);
			}
		}
	}
	void compare_entry(const Cpu& ours) {
		for (uint8_t i = 0; i < isa.gpr_names.size(); ++i) {
			if (!isa.gpr_names[i].empty()) compare(fmt::format("entry.{}", isa.gpr_names[i]), ours.gpr[i], guest.entry.gpr[i]);
		}
		for (size_t i = 0; i < isa.vec_words; ++i) compare(fmt::format("entry.vec[{}]", i), ours.vec[i], guest.entry.vec[i]);
		compare("entry.sp", ours.sp, guest.entry.sp);
		compare("entry.pc", ours.pc, guest.entry.pc);
		compare("entry.flags", ours.flags, guest.entry.flags);
		compare("entry.fpsr", ours.fpsr, guest.entry.fpsr);
		compare("entry.fpcr", ours.fpcr, guest.entry.fpcr);
	}

	// The guest's thread at the instruction after its call, the signal pending.
	[[nodiscard]] Thread thread_before() const {
		Thread thread;
		std::memcpy(thread.cpu.gpr.data(), guest.before.gpr, sizeof guest.before.gpr);
		std::memcpy(thread.cpu.vec.data(), guest.before.vec, sizeof guest.before.vec);
		thread.cpu.gpr[0] = 0;  // the call's result
		thread.cpu.sp = guest.before.sp;
		thread.cpu.pc = guest.before.pc;
		thread.cpu.flags = guest.before.flags;
		thread.cpu.fpsr = guest.before.fpsr;
		thread.cpu.fpcr = guest.before.fpcr;
		thread.signals.blocked = guest.mask_before;
		thread.signals.altstack = {guest.stack_sp, guest.stack_size, static_cast<uint32_t>(guest.stack_flags)};
		thread.signals.actions.set(guest.signal, {guest.handler, guest.action_flags, guest.restorer, guest.action_mask});
		return kernel::send(thread, Signal{static_cast<uint8_t>(guest.signal)});
	}
};

constexpr uint64_t kLabVdsoRestorer = VDSO + 0x80;

TEST_P(AgainstQemu, DiffersOnlyWhereAReasonIsKnown) {
	const uint64_t low = round_down(guest.entry.sp, kPageSize) - kPageSize;
	std::vector<std::byte> stack(4 * kPageSize);
	std::vector<std::byte> sigpage(SIGPAGE_SIZE);
	Memory memory{{{"stack", {{low}, {low + stack.size()}}, Perm::read | Perm::write, stack.data()},
	               {"sigpage", {{SIGPAGE}, {SIGPAGE + SIGPAGE_SIZE}}, Perm::read | Perm::exec, sigpage.data()}}};
	ASSERT_TRUE(memory.place_word({SIGPAGE}, 0xe3a070ad, 4));                  // mov r7, #173
	ASSERT_TRUE(memory.place_word({SIGPAGE + 4}, 0xef9000ad, 4));              // svc #0x9000ad
	ASSERT_TRUE(memory.place_word({SIGPAGE + SIGPAGE_THUMB}, 0xdf0027ad, 4));  // movs r7, #173; svc #0
	const kernel::Config config = {.isa = &isa, .vdso_restorer = kLabVdsoRestorer};

	const kernel::Resumed entered = kernel::return_to_user(config, thread_before(), memory);
	ASSERT_EQ(entered.frames, 1u);
	std::vector<uint8_t> frame(GetParam().guest->frame_bytes);
	ASSERT_TRUE(memory.read({entered.thread.cpu.sp}, std::as_writable_bytes(std::span{frame})));

	compare_entry(entered.thread.cpu);
	compare("mask inside", entered.thread.signals.blocked, guest.mask_inside);
	compare_rows(frame);
	EXPECT_EQ(differences, expected_differences(GetParam())) << account;
}

constexpr unsigned kVariants[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13};
std::vector<Run> all_runs() {
	std::vector<Run> runs;
	for (const unsigned variant : kVariants) {
		if ((variant & RAISE_THUMB) == 0) runs.push_back({&kGuestArm64, variant});
		runs.push_back({&kGuestArm, variant});
	}
	return runs;
}
std::string name_of(const testing::TestParamInfo<Run>& info) {
	const unsigned variant = info.param.variant;
	return fmt::format("{}{}{}{}{}", info.param.guest->isa->name, variant & RAISE_ALTSTACK ? "_onstack" : "",
	                   variant & RAISE_BY_KILL ? "_kill" : "_tgkill", variant & RAISE_NO_RESTORER ? "_norestorer" : "",
	                   variant & RAISE_THUMB ? "_thumb" : "");
}
INSTANTIATE_TEST_SUITE_P(, AgainstQemu, testing::ValuesIn(all_runs()), name_of);

}  // namespace
}  // namespace siglab::test
