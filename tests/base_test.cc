// The room base: results, strong types, text, threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>

#include "base/result.h"
#include "base/text.h"
#include "base/threads.h"
#include "base/types.h"

namespace siglab {
namespace {

using Pieces = std::vector<std::string>;

TEST(Result, HoldsAValueOrAnError) {
	Result<int> good = 7;
	ASSERT_TRUE(good.ok());
	EXPECT_EQ(*good, 7);
	*good = 8;
	EXPECT_EQ(*good, 8);

	const Result<int> bad = Error{Exit::environment, "no engine"};
	ASSERT_FALSE(bad);
	EXPECT_EQ(bad.error().exit, Exit::environment);
	EXPECT_EQ(bad.error().text, "no engine");
}

TEST(Result, GivesItsValueAway) {
	Result<std::unique_ptr<int>> held = std::make_unique<int>(3);
	const std::unique_ptr<int> taken = *std::move(held);
	EXPECT_EQ(*taken, 3);
}

TEST(ExitCodes, AreTheDocumentedOnes) {
	EXPECT_EQ(static_cast<int>(Exit::ok), 0);
	EXPECT_EQ(static_cast<int>(Exit::deviation), 1);
	EXPECT_EQ(static_cast<int>(Exit::usage), 2);
	EXPECT_EQ(static_cast<int>(Exit::inconclusive), 3);
	EXPECT_EQ(static_cast<int>(Exit::environment), 4);
	EXPECT_EQ(static_cast<int>(Exit::vacuous), 5);
	EXPECT_EQ(static_cast<int>(Exit::interrupted), 130);
}

TEST(GuestRange, ContainsItsBeginningButNotItsEnd) {
	const GuestRange range = {{0x1000}, {0x1010}};
	EXPECT_FALSE(range.contains({0xfff}));
	EXPECT_TRUE(range.contains({0x1000}));
	EXPECT_TRUE(range.contains({0x100f}));
	EXPECT_FALSE(range.contains({0x1010}));
	EXPECT_EQ(range.size(), 16u);
	EXPECT_FALSE(range.empty());
	EXPECT_TRUE((GuestRange{{0x1000}, {0x1000}}).empty());
}

TEST(Rounding, StaysOnAMultipleAndMovesOffAnyOtherNumber) {
	EXPECT_EQ(round_down(32, 16), 32u);
	EXPECT_EQ(round_down(47, 16), 32u);
	EXPECT_EQ(round_up(32, 16), 32u);
	EXPECT_EQ(round_up(33, 16), 48u);
}

TEST(Split, KeepsEmptyPiecesButHasNoneOfNothing) {
	EXPECT_EQ(split("", ','), Pieces{});
	EXPECT_EQ(split("a", ','), Pieces{"a"});
	EXPECT_EQ(split("a,", ','), (Pieces{"a", ""}));
	EXPECT_EQ(split(",a,,b", ','), (Pieces{"", "a", "", "b"}));
}

TEST(Join, IsSplitsInverse) {
	EXPECT_EQ(join(Pieces{}, ","), "");
	EXPECT_EQ(join(split("a,,b", ','), ","), "a,,b");
	EXPECT_EQ(join(Pieces{"a", "b"}, ", "), "a, b");
}

TEST(Nearest, FindsASlipAndIgnoresAStranger) {
	const Pieces known = {"clean", "clobber-g", "leak"};
	EXPECT_EQ(nearest("clober-g", known), "clobber-g");
	EXPECT_EQ(nearest("lake", known), "leak");
	EXPECT_EQ(nearest("clean", known), "clean");
	EXPECT_EQ(nearest("entirely-else", known), std::nullopt);
	EXPECT_EQ(nearest("x", Pieces{}), std::nullopt);
}

TEST(Nearest, AllowsAThirdOfTheLength) {
	const Pieces known = {"abcdefghi"};
	EXPECT_EQ(nearest("abcdefXYZ", known), "abcdefghi");    // 3 of 9
	EXPECT_EQ(nearest("abcdeWXYZ", known), std::nullopt);   // 4 of 9
}

TEST(UnknownName, SaysWhatWasMeantAndWhatThereIs) {
	const Pieces known = {"clean", "leak"};
	EXPECT_EQ(unknown_name("vdso", "leek", known), "unknown vdso 'leek' (did you mean 'leak'?); known: clean, leak");
	EXPECT_EQ(unknown_name("vdso", "something", known), "unknown vdso 'something'; known: clean, leak");
}

TEST(Numbers, AreReadInDecimalAndHexadecimalAndNothingElse) {
	EXPECT_EQ(parse_number("0"), 0u);
	EXPECT_EQ(parse_number("42"), 42u);
	EXPECT_EQ(parse_number("0x2a"), 42u);
	EXPECT_EQ(parse_number("0xffffffffffffffff"), UINT64_MAX);
	for (const char* wrong : {"", "0x", " 1", "1 ", "+1", "-1", "1g", "0x1g", "18446744073709551616", "0x10000000000000000"}) {
		EXPECT_EQ(parse_number(wrong), std::nullopt) << "'" << wrong << "'";
	}
}

TEST(Numbers, AreWrittenInHexadecimal) {
	EXPECT_EQ(hex(0), "0x0");
	EXPECT_EQ(hex(0x1234abcd), "0x1234abcd");
}

TEST(ShareOut, GivesEachNumberToOneWorkerAndSaysHowFarItIs) {
	std::vector<std::atomic<int>> had(1000);
	std::atomic<unsigned> workers{0};
	const auto make_worker = [&] {
		++workers;
		return [&](size_t i) { return ++had[i] == 1; };
	};
	std::vector<size_t> told;
	share_out(had.size(), 4, make_worker, [&](size_t done, size_t total) {
		EXPECT_EQ(total, had.size());
		told.push_back(done);
	});
	EXPECT_EQ(workers, 4u);
	EXPECT_TRUE(std::all_of(had.begin(), had.end(), [](const auto& times) { return times == 1; }));
	std::vector<size_t> all(had.size());
	std::iota(all.begin(), all.end(), 1u);
	EXPECT_EQ(told, all);
}

TEST(ShareOut, EndsBehindANo) {
	std::vector<size_t> taken;
	std::vector<size_t> told;
	const auto make_worker = [&] {
		return [&](size_t i) {
			taken.push_back(i);
			return i != 2;
		};
	};
	share_out(9, 1, make_worker, [&](size_t done, size_t) { told.push_back(done); });
	EXPECT_EQ(taken, (std::vector<size_t>{0, 1, 2}));
	EXPECT_EQ(told, (std::vector<size_t>{1, 2}));
}

TEST(ShareOut, ANoIsOneForAllThreads) {
	constexpr size_t kCount = 2000;
	std::atomic<size_t> taken{0};
	const auto make_worker = [&] {
		return [&](size_t i) {
			++taken;
			if (i != 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
			return i != 0;
		};
	};
	share_out(kCount, 2, make_worker);
	EXPECT_LT(taken, kCount);
}

}  // namespace
}  // namespace siglab
