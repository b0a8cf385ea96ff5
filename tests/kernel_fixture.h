// The fixture of the kernel model's tests.
#pragma once

#include <gtest/gtest.h>

#include "kernel_stage.h"

namespace siglab::test {

using kernel::CallEnd;
using kernel::CallResult;
using kernel::Fate;
using kernel::Fault;
using kernel::Frame;
using kernel::Restart;
using kernel::Resumed;

inline constexpr uint64_t kGo = kSaSiginfo | kSaOnstack | kSaRestart;  // what Go asks for, but for SA_RESTORER
inline constexpr Action kPlain = {.handler = kHandler, .flags = kGo};
inline constexpr Action kOther = {.handler = kOtherHandler, .flags = kGo};
inline constexpr uint8_t kUsr1 = 10, kSegv = 11, kUrg = 23, kProf = 27;
inline constexpr int kEperm = 1, kEsrch = 3, kEintr = 4, kEbadf = 9, kEnomem = 12, kEfault = 14, kEinval = 22;
inline constexpr uint64_t kThumb = 0x20, kIfThen = 0x0600fc00;

// On both ISAs: SIGPROF and SIGURG have handlers, every other signal its default action.
class KernelTest : public testing::TestWithParam<const Isa*> {
   protected:
	const Isa& isa = *GetParam();
	Stage stage{isa};
	Cpu& cpu = stage.thread.cpu;
	Signals& signals = stage.thread.signals;

	void SetUp() override {
		ASSERT_TRUE(stage.placed());
		stage.handle(Signal::prof, kPlain);
		stage.handle(Signal::urg, kOther);
	}
	// Where a frame ends up whose space begins below `top`.
	[[nodiscard]] uint64_t frame_below(uint64_t top) const {
		return round_down(round_down(top - isa.frame_record_size, isa.frame_alignment) - isa.frame_size, isa.frame_alignment);
	}
};

#define SIGLAB_ON_BOTH_ISAS(fixture)                                                             \
	INSTANTIATE_TEST_SUITE_P(, fixture, testing::ValuesIn(all_isas().begin(), all_isas().end()), \
	                         [](const auto& of) { return std::string{of.param->name}; })

class KernelArmTest : public testing::Test {
   protected:
	Stage stage{kArm};
	Cpu& cpu = stage.thread.cpu;
};

}  // namespace siglab::test
