// The mutants: what is made, how it is judged, and that nothing can be explained away. All of them are run by tests/mutants/run.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "census.h"
#include "equivalent.h"
#include "kernel_faults.h"
#include "lab_fixture.h"
#include "page.h"

namespace siglab::mutants {
namespace {

using std::string;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Line line(const Isa& isa, const string& text, uint64_t at = 0x10000) {
	const Wanted wanted{at, text};
	Result<std::vector<std::optional<uint32_t>>> words = encode(isa, {&wanted, 1});
	EXPECT_TRUE(words.ok() && words->at(0).has_value()) << text;
	return {at, words && words->at(0) ? *words->at(0) : 0, canonical(text)};
}

std::vector<string> changes(const Isa& isa, const string& text) {
	std::vector<string> all;
	for (const Change& change : changes_of(isa, line(isa, text))) all.push_back(fmt::format("{}: {}", operator_name(change.which), change.text));
	return all;
}

// ---- what is made ----

TEST(MutantOperators, OfA64) {
	EXPECT_THAT(changes(kArm64, "str x30, [sp, #-48]!"),
	            ElementsAre("nop: nop", "register: str x0, [sp, #-48]!", "register: str x30, [x1, #-48]!", "offset: str x30, [sp, #-40]!",
	                        "offset: str x30, [sp, #-56]!", "width: str w30, [sp, #-48]!"));
	EXPECT_THAT(changes(kArm64, "stp d8, d9, [sp, #96]"), Contains("width: stp s8, s9, [sp, #96]"));
	EXPECT_THAT(changes(kArm64, "str w5, [sp, #64]"), Contains("width: strh w5, [sp, #64]"));
	EXPECT_THAT(changes(kArm64, "b.hs #0x10020"), ElementsAre("nop: nop", "condition: b.lo #0x10020", "offset: b.hs #0x10024", "offset: b.hs #0x1001c"));
	EXPECT_THAT(changes(kArm64, "cbz x2, #0x10020"), Contains("condition: cbnz x2, #0x10020"));
	EXPECT_THAT(changes(kArm64, "cset x0, lo"), Contains("condition: cset x0, hs"));
	EXPECT_THAT(changes(kArm64, "ldr x0, [x1]"), Contains("offset: ldr x0, [x1, #-8]"));
	EXPECT_THAT(changes(kArm64, "movz x9, #13, lsl #16"), Not(Contains(HasSubstr("#17"))));
	EXPECT_THAT(changes(kArm64, "svc #0"), ElementsAre("nop: nop"));
}

TEST(MutantOperators, OfA32) {
	EXPECT_THAT(changes(kArm, "push {r4, r5, lr}"),
	            ElementsAre("nop: nop", "register: push {r5, r6, lr}", "register: push {r4, r6, lr}", "register: push {r0, r4, r5}"));
	EXPECT_THAT(changes(kArm, "bhs #0x10020"), Contains("condition: blo #0x10020"));
	EXPECT_THAT(changes(kArm, "bic sp, sp, #7"), Contains("offset: bic sp, sp, #8"));
	EXPECT_THAT(changes(kArm, "str sl, [r7]"), Contains("width: strb sl, [r7]"));
	EXPECT_EQ(moved(line(kArm, "ldr fp, [pc, #1660]"), 0x10004), "ldr fp, [pc, #1656]");
}

// What Capstone reads is what GNU as would make of it again, for every instruction; and every mutant differs from what it was made from.
TEST(Mutants, AreWhatTheyAreMeantToBe) {
	for (const Isa* isa : all_isas()) {
		for (const char* variant : {"v6", "v7"}) {
			const Result<ImagePtr> guest = test::store().guest(*isa, {.variant = find_variant(variant)});
			ASSERT_TRUE(guest.ok());
			Result<std::vector<Mutant>> mutants = mutants_of(**guest, variant);
			ASSERT_TRUE(mutants.ok()) << mutants.error().text;
			EXPECT_GT(mutants->size(), 800u);
			for (const Mutant& mutant : *mutants) {
				for (size_t i = 0; i < mutant.is.size(); ++i) {
					EXPECT_NE(mutant.is[i].word, mutant.was[i].word) << mutant.name();
					EXPECT_EQ(text_of(*isa, mutant.is[i].at, mutant.is[i].word), mutant.is[i].text) << mutant.name();
				}
			}
		}
	}
}

TEST(Mutants, AnInstructionThatDoesNotExistIsNoMutant) {
	const Wanted wanted[] = {{0x10000, "str x0, [x1, #3, lsl #7]"}, {0x10004, "nop"}};
	Result<std::vector<std::optional<uint32_t>>> words = encode(kArm64, wanted);
	ASSERT_TRUE(words.ok());
	EXPECT_FALSE(words->at(0).has_value());
	EXPECT_TRUE(words->at(1).has_value());
}

// ---- how it is judged ----

class Judge : public testing::Test {
   protected:
	void SetUp() override {
		guest = *test::store().guest(kArm64, {.variant = find_variant("v6")});
		Result<Trial> made = make_trial(test::scenario("arm64:v6:nanotime1:curg:clobber-all:go:PROF:1"), {}, test::store(), test::machine(kArm64));
		ASSERT_TRUE(made.ok()) << made.error().text;
		trial.push_back(*std::move(made));
		Result<std::vector<Mutant>> made_of = mutants_of(*guest, "v6");
		ASSERT_TRUE(made_of.ok());
		mutants = *std::move(made_of);
	}
	const Mutant& mutant(std::string_view function, std::string_view change) {
		for (const Mutant& one : mutants) {
			if (one.function == function && one.change == change) return one;
		}
		ADD_FAILURE() << "no mutant " << function << ": " << change;
		return mutants.front();
	}
	Outcome judged(std::string_view function, std::string_view change) {
		Result<Outcome> outcome = judge(mutant(function, change), trial, test::machine(kArm64));
		EXPECT_TRUE(outcome.ok());
		return outcome ? *outcome : Outcome{};
	}
	std::optional<std::string_view> rule(std::string_view function, std::string_view change) {
		const std::vector<Line> lines = lines_of(*guest, fmt::format("runtime.{}", function));
		return equivalent_by(mutant(function, change), lines, trial[0].world.truth.landmarks);
	}

	ImagePtr guest;
	std::vector<Trial> trial;
	std::vector<Mutant> mutants;
};

TEST_F(Judge, KillsByThePropertyThatBreaks) {
	const auto by = [&](std::string_view function, std::string_view change) { return judged(function, change).by; };
	EXPECT_EQ(by("nanotime1", "str x28, [x22] -> nop"), (Verdict{Property::slot_discipline, Kind::value}));
	EXPECT_EQ(by("nanotime1", "mov sp, x1 -> nop"), (Verdict{Property::abi, Kind::stack}));
	EXPECT_EQ(by("nanotime1", "str x2, [x21, #896] -> nop"), (Verdict{Property::traceback, Kind::zero}));
	EXPECT_EQ(by("sigtramp", "ldp x23, x24, [sp, #48] -> nop"), (Verdict{Property::abi, Kind::sigtramp}));
	EXPECT_EQ(by("sigtramp", "ldp d10, d11, [sp, #112] -> nop"), (Verdict{Property::abi, Kind::sigtramp}));
	EXPECT_EQ(by("sigtrampgo", "str x0, [sp, #8] -> nop"), (Verdict{Property::fired, Kind::missed}));
	EXPECT_EQ(by("sigFetchG", "ldr x0, [x1] -> nop"), (Verdict{Property::recovers_g, Kind::wrong}));
}

TEST_F(Judge, LetsLiveWhatDoesNothing) {
	EXPECT_EQ(judged("nanotime1", "mov x20, sp; mov x1, sp -> mov x1, sp; mov x20, sp").fate, Fate::survived);
	EXPECT_EQ(judged("adjustSignalStack", "adr x1, msg_no_stack -> nop").tried, 0u);  // never executed in this trial
}

TEST_F(Judge, CallsEquivalentOnlyWhatARuleSays) {
	EXPECT_EQ(rule("nanotime1", "mov x20, sp; mov x1, sp -> mov x1, sp; mov x20, sp"), "independent");
	EXPECT_EQ(rule("nanotime1", "ldr x3, [sp]; ldr x5, [sp, #8] -> ldr x5, [sp, #8]; ldr x3, [sp]"), "independent");
	EXPECT_EQ(rule("nanotime1", "str x2, [sp, #8] -> str x2, [x1, #8]"), "copy");
	// One needs what the other makes; a store that the handler sees; SP; a branch between.
	EXPECT_EQ(rule("nanotime1", "sub x1, x1, #32; and x1, x1, #0xfffffffffffffff0 -> and x1, x1, #0xfffffffffffffff0; sub x1, x1, #32"), std::nullopt);
	EXPECT_EQ(rule("nanotime1", "str x2, [x21, #896]; ldr x0, [x21, #184] -> ldr x0, [x21, #184]; str x2, [x21, #896]"), std::nullopt);
	EXPECT_EQ(rule("nanotime1", "mov sp, x1; movz w0, #1 -> movz w0, #1; mov sp, x1"), std::nullopt);
	EXPECT_EQ(rule("nanotime1", "ldr x3, [sp] -> ldr x3, [x1]"), std::nullopt);
	EXPECT_EQ(rule("nanotime1", "str x28, [x22] -> nop"), std::nullopt);
}

// A few from everywhere: the same, whoever runs it and how often.
TEST(Census, DoesNotDependOnThreads) {
	std::vector<string> pages;
	for (const unsigned threads : {1u, 2u}) {
		Result<Census> census = take_census(test::store(), {.threads = threads, .every = 149});
		ASSERT_TRUE(census.ok()) << census.error().text;
		EXPECT_THAT(census->wrong_rules, IsEmpty());
		EXPECT_GT(census->all.size(), 20u);
		pages.push_back(page(*census, {}, {}));
	}
	EXPECT_EQ(pages[0], pages[1]);
}

// ---- what is explained ----

TEST(Explanations, EverySurvivorHasOneAndEveryOneASurvivor) {
	Mutant first, second;
	first.isa = second.isa = &kArm64;
	first.variant = second.variant = "v6";
	first.function = "nanotime1";
	second.function = "walltime1";
	first.change = second.change = "mov x1, sp -> nop";
	const std::vector<const Mutant*> both = {&first, &second};
	const auto complaints_of = [&](const string& text) {
		Result<Explanations> explanations = parse_explanations("reason why: because\n" + text);
		EXPECT_TRUE(explanations.ok());
		return complaints(*explanations, both);
	};
	EXPECT_THAT(complaints_of("arm64 v6 nanotime1,walltime1: mov x1, sp -> nop | why\n"), IsEmpty());
	EXPECT_THAT(complaints_of("arm64 v6 nanotime1: mov x1, sp -> nop | why\n"), ElementsAre(HasSubstr("nothing explains it: arm64 v6 walltime1")));
	EXPECT_THAT(complaints_of("arm64 v6,v7 nanotime1,walltime1: mov x1, sp -> nop | why\n"),
	            ElementsAre(HasSubstr("arm64 v7 nanotime1"), HasSubstr("arm64 v7 walltime1")));
	EXPECT_THAT(complaints_of("arm64 v6 nanotime1,walltime1: mov x1, sp -> nop | other\n"), ElementsAre(HasSubstr("no reason 'other'"), HasSubstr("nobody uses")));
}

TEST(Explanations, RefuseWhatIsNoEntry) {
	for (const char* text : {"reason why", "reason a: b\nreason a: c", "arm64 v6: x -> y | a", "arm64 v6 f x -> y | a", "arm64 v6 f: x -> y"}) {
		EXPECT_FALSE(parse_explanations(text).ok()) << text;
	}
	const Result<string> text = read_text(string{SIGLAB_ROOT} + "/tests/mutants/survivors.txt");
	ASSERT_TRUE(text.ok());
	EXPECT_TRUE(parse_explanations(*text).ok());
}

// ---- faults of the kernel model ----

TEST(KernelFaultTable, NamesEachFaultOnceAndInOrder) {
	std::set<std::string_view> names;
	for (size_t i = 0; i < kernel::all_faults().size(); ++i) {
		const kernel::Spoil& fault = kernel::all_faults()[i];
		EXPECT_EQ(static_cast<size_t>(fault.fault), i);
		EXPECT_TRUE(names.insert(fault.name).second) << fault.name;
		EXPECT_FALSE(fault.meaning.empty());
	}
	EXPECT_GE(names.size(), 25u);
}

}  // namespace
}  // namespace siglab::mutants
