// Scenarios and tokens as text: what is printed parses back, and what is wrong is named in one line.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"
#include "world/grid.h"

namespace siglab {
namespace {

using std::string;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kPlain = "arm64:v2:nanotime1:curg:clobber-g:go:PROF:1";
constexpr std::string_view kToken = "siglab1:3f2a9c01d4e5f607:arm64:v2:nanotime1:curg:clobber-g:go:PROF:1:PROF@17";

// The same text with field `at` (of those between colons) replaced.
string with_field(std::string_view text, size_t at, const string& value) {
	std::vector<string> field = split(text, ':');
	field.at(at) = value;
	return join(field, ":");
}

template <class T>
string error_of(const Result<T>& result) {
	EXPECT_FALSE(result.ok());
	if (result.ok()) return {};
	EXPECT_EQ(result.error().exit, Exit::usage);
	EXPECT_THAT(result.error().text, AllOf(Not(HasSubstr("\n")), Not(testing::IsEmpty())));
	return result.error().text;
}
string scenario_error(const string& text) { return error_of(parse_scenario(text)); }
string token_error(const string& text) { return error_of(parse_token(text)); }

// Any file name but an empty one; with what the text form has to escape more often than chance would.
rc::Gen<string> paths() {
	const auto character = rc::gen::oneOf(rc::gen::element('%', ':', ' ', '+', '@', '/', '2'), rc::gen::character<char>());
	return rc::gen::nonEmpty(rc::gen::container<string>(character));
}

template <class T>
rc::Gen<T> enumerators(int count) {
	return rc::gen::map(rc::gen::inRange(0, count), [](int i) { return static_cast<T>(i); });
}

Scenario any_scenario() {
	Scenario scenario;
	scenario.isa = *rc::gen::element(&kArm64, &kArm);
	const auto variant = *rc::gen::inRange<size_t>(0, all_variants().size() + 1);
	scenario.guest = variant < all_variants().size() ? GuestChoice{.variant = &all_variants()[variant]} : GuestChoice{.file = *paths()};
	scenario.function = *enumerators<Function>(4);
	scenario.caller = *enumerators<Caller>(2);
	const auto vdso = *rc::gen::inRange<size_t>(0, all_vdsos().size() + 2);
	if (vdso < all_vdsos().size()) scenario.vdso.blob = &all_vdsos()[vdso];
	if (vdso == all_vdsos().size()) scenario.vdso.file = *paths();
	if (scenario.vdso.blob != nullptr && !scenario.vdso.blob->isas.on(*scenario.isa)) scenario.isa = &kArm;
	scenario.world = *enumerators<WorldKind>(kWorldCount);
	scenario.signal = *rc::gen::element(Signal::usr1, Signal::prof, Signal::urg);
	scenario.calls = *rc::gen::inRange(1u, kMaxCalls + 1);
	return scenario;
}

Event any_event() {
	const auto kind = *rc::gen::element<std::optional<Signal>>(std::nullopt, Signal::usr1, Signal::prof, Signal::urg);
	return {.signal = kind, .depth = kind ? *rc::gen::inRange<uint8_t>(0, 3) : uint8_t{0}, .boundary = *rc::gen::inRange(0u, 100'000u),
	        .again = kind ? *rc::gen::inRange(0u, 4u) : 0};
}

RC_GTEST_PROP(ScenarioText, IsParsedAsItWasPrinted, ()) {
	const Scenario scenario = any_scenario();
	const string text = print_scenario(scenario);
	const Result<Scenario> parsed = parse_scenario(text);
	if (!parsed) RC_FAIL(text + ": " + parsed.error().text);
	RC_ASSERT(*parsed == scenario);
	RC_ASSERT(split(text, ':').size() == 8u);
}

RC_GTEST_PROP(ScenarioText, OfATokenIsParsedAsItWasPrinted, ()) {
	Token token{.images = *rc::gen::arbitrary<uint64_t>(), .scenario = any_scenario()};
	const auto events = *rc::gen::inRange(0, 4);
	for (int i = 0; i < events; ++i) token.schedule.push_back(any_event());
	const string text = print_token(token);
	const Result<Token> parsed = parse_token(text);
	if (!parsed) RC_FAIL(text + ": " + parsed.error().text);
	RC_ASSERT(*parsed == token);
	RC_ASSERT(text.find(' ') == string::npos);
}

// Any one edit of a token makes another run of it, or none; never the same run under two names.
RC_GTEST_PROP(ScenarioText, OfATokenHasNoSecondSpelling, ()) {
	string text{kToken};
	const auto at = *rc::gen::inRange<size_t>(0, text.size());
	const char now = *rc::gen::suchThat(rc::gen::character<char>(), [&](char c) { return c != text[at]; });
	text[at] = now;
	const Result<Token> parsed = parse_token(text);
	if (!parsed) {
		const string& error = parsed.error().text;
		RC_ASSERT(!error.empty());
		RC_ASSERT(std::all_of(error.begin(), error.end(), [](char c) { return c >= ' ' && c <= '~'; }));
		return;
	}
	RC_ASSERT(print_token(*parsed) == text);
	RC_ASSERT(*parsed != *parse_token(kToken));
}

TEST(Scenario, IsWrittenAsTheHeaderSays) {
	const Result<Scenario> parsed = parse_scenario(kPlain);
	ASSERT_TRUE(parsed.ok());
	EXPECT_EQ(parsed->isa, &kArm64);
	EXPECT_EQ(parsed->guest.variant->id, "v2");
	EXPECT_EQ(parsed->vdso.blob->name, "clobber-g");
	EXPECT_EQ(parsed->signal, Signal::prof);
	EXPECT_EQ(print_scenario(*parsed), kPlain);
	EXPECT_EQ(guest_text({.file = "my dir/100%:a+b.S"}), "@my%20dir/100%25%3aa%2bb.S");
	EXPECT_EQ(guest_text({.file = "\xc3\xa9\n.S"}), "@%c3%a9%0a.S");
}

TEST(Scenario, EveryWrongFieldIsNamedWithTheNearestName) {
	struct Wrong {
		size_t field;
		const char* value;
		const char* complaint;
	};
	const Wrong wrongs[] = {
		{0, "arm46", "unknown isa 'arm46' (did you mean 'arm64'?)"},
		{1, "v22", "unknown variant 'v22' (did you mean 'v2'?)"},
		{2, "nanotime", "unknown function 'nanotime' (did you mean 'nanotime1'?)"},
		{3, "crug", "unknown caller 'crug' (did you mean 'curg'?)"},
		{4, "clober-g", "unknown vdso 'clober-g' (did you mean 'clobber-g'?)"},
		{5, "iscgo_foreign", "unknown world 'iscgo_foreign' (did you mean 'iscgo-foreign'?)"},
		{6, "PROFF", "unknown signal 'PROFF' (did you mean 'PROF'?)"},
		{6, "SEGV", "unknown signal 'SEGV'"},
		{7, "0", "calls is '0', not a number from 1 to 1000"},
		{7, "1001", "calls is '1001', not a number from 1 to 1000"},
		{7, "many", "calls is 'many', not a number from 1 to 1000"},
		{7, "", "calls is '', not a number from 1 to 1000"},
	};
	for (const Wrong& wrong : wrongs) EXPECT_THAT(scenario_error(with_field(kPlain, wrong.field, wrong.value)), StartsWith(wrong.complaint));
}

TEST(Scenario, AnEmptyFieldIsWrongToo) {
	for (size_t field = 0; field < 8; ++field) scenario_error(with_field(kPlain, field, ""));
}

TEST(Scenario, HasEightFields) {
	EXPECT_THAT(scenario_error(""), HasSubstr("it has 0 fields, not 8"));
	EXPECT_THAT(scenario_error("arm64"), HasSubstr("it has 1 fields, not 8"));
	EXPECT_THAT(scenario_error(string{kPlain} + ":"), HasSubstr("it has 9 fields, not 8"));
}

// An error quotes what is wrong, and is one line for a terminal.
TEST(Scenario, WhatIsNotPrintableIsRefusedWithoutQuotingIt) {
	for (const char* odd : {"cu\nrg", "cu\trg", "\xc3\xa9", "\x1b[2J", "\x7f"}) {
		EXPECT_EQ(scenario_error(with_field(kPlain, 3, odd)), "a scenario is written in printable ASCII");
		EXPECT_EQ(token_error(with_field(kToken, 5, odd)), "a token is written in printable ASCII");
	}
}

TEST(Scenario, HasOneSpelling) {
	EXPECT_THAT(scenario_error(with_field(kPlain, 7, "01")), HasSubstr("is not written as the lab writes it: " + string{kPlain}));
	EXPECT_THAT(scenario_error(with_field(kPlain, 7, "0x1")), HasSubstr("is not written as the lab writes it"));
	EXPECT_THAT(scenario_error(with_field(kPlain, 4, "@a%2Bb")), HasSubstr("is not written as the lab writes it"));
	EXPECT_THAT(scenario_error(with_field(kPlain, 4, "@a b")), HasSubstr("is not written as the lab writes it"));
}

TEST(Scenario, APathIsEscapedProperly) {
	EXPECT_THAT(scenario_error(with_field(kPlain, 1, "@")), HasSubstr("'@' is not followed by a file's path"));
	for (const char* broken : {"@a%", "@a%2", "@a%41", "@a%zz"}) {
		EXPECT_THAT(scenario_error(with_field(kPlain, 4, broken)), HasSubstr("has a % that is not followed by 25")) << broken;
	}
}

TEST(Scenario, AVdsoThatIsArmsAloneIsNotArm64s) {
	EXPECT_EQ(scenario_error(with_field(kPlain, 4, "thumb")), "the vDSO 'thumb' exists on arm only");
	EXPECT_TRUE(parse_scenario(with_field(with_field(kPlain, 4, "thumb"), 0, "arm")).ok());
}

TEST(Token, IsTheRunAndTheImagesHash) {
	const Result<Token> token = parse_token(kToken);
	ASSERT_TRUE(token.ok());
	EXPECT_EQ(token->images, 0x3f2a9c01d4e5f607u);
	EXPECT_EQ(print_scenario(token->scenario), kPlain);
	ASSERT_EQ(token->schedule.size(), 1u);
	EXPECT_EQ(token->schedule[0].boundary, 17u);
	EXPECT_EQ(print_token(*token), kToken);
}

// Cut anywhere it is refused, but for the last digits of the last boundary: those are another, honest token.
TEST(Token, CutOffIsRefused) {
	for (size_t length = 0; length < kToken.size(); ++length) {
		const string cut{kToken.substr(0, length)};
		if (cut.ends_with("PROF@1")) continue;
		token_error(cut);
	}
	EXPECT_THAT(token_error(string{kToken.substr(0, 40)}), HasSubstr("it is cut off or edited"));
}

TEST(Token, OfAnotherVersionIsRefusedByItsVersion) {
	EXPECT_EQ(token_error(with_field(kToken, 0, "siglab2")), "the token is of version 'siglab2'; this siglab reads siglab1");
	EXPECT_THAT(token_error(with_field(kToken, 0, "sig")), EndsWith("is not a token; a token begins with siglab1:"));
	EXPECT_THAT(token_error(""), HasSubstr("is not a token"));
}

TEST(Token, WithSomethingWrongInItSaysWhat) {
	for (const char* hash : {"3f2a9c01d4e5f60", "3f2a9c01d4e5f6077", "3f2a9c01d4e5f60g", "", "0x2a9c01d4e5f607"}) {
		EXPECT_THAT(token_error(with_field(kToken, 1, hash)), HasSubstr("is not a hash of 16 digits")) << hash;
	}
	EXPECT_THAT(token_error(with_field(kToken, 1, "3F2A9C01D4E5F607")), HasSubstr("it has been edited"));
	EXPECT_THAT(token_error(with_field(kToken, 6, "clober-g")), HasSubstr("did you mean 'clobber-g'?"));
	EXPECT_THAT(token_error(with_field(kToken, 10, "PROF@")), HasSubstr("PROF@"));
	EXPECT_THAT(token_error(with_field(kToken, 10, "")), Not(testing::IsEmpty()));
	EXPECT_THAT(token_error(string{kToken} + ":x"), HasSubstr("the token has 12 fields, not 11"));
}

// The default grid is what the catalogue promises: nothing twice, and nothing that does not exist.
TEST(Grid, TheCataloguesGridHasNothingTwiceAndEverythingParses) {
	std::set<string> seen;
	for (const Job& job : grid({})) {
		EXPECT_EQ(job.scenario.signal, job.signals.front());
		const string text = print_scenario(job.scenario);
		EXPECT_TRUE(seen.insert(text).second) << text;
		EXPECT_TRUE(parse_scenario(text).ok()) << text;
	}
	for (const Isa* isa : all_isas()) {
		for (const Variant& variant : all_variants()) {
			for (const string& vdso : vdso_names()) {
				const bool exists = !variant.museum && (!vdso.starts_with("thumb") || isa->id == IsaId::arm);
				EXPECT_EQ(seen.contains(fmt::format("{}:{}:nanotime1:curg:{}:go:USR1:1", isa->name, variant.id, vdso)), exists);
			}
			for (const string& world : world_names()) {
				const bool swept = !variant.museum && !is_relaxed(*parse_world(world));
				EXPECT_EQ(seen.contains(fmt::format("{}:{}:nanotime1:curg:clobber-g:{}:USR1:1", isa->name, variant.id, world)), swept);
			}
		}
	}
}

TEST(Grid, ASelectionIsEveryCombinationOfWhatWasNamed) {
	const std::vector<Job> jobs = grid({.isas = {&kArm64}, .guests = {{.variant = find_variant("v1")}, {.variant = find_variant("v2")}},
	                                    .vdsos = {{.blob = find_vdso("clean")}, {.blob = find_vdso("thumb")}},
	                                    .signals = {Signal::prof}, .calls = 3});
	ASSERT_EQ(jobs.size(), 2u);
	EXPECT_EQ(print_scenario(jobs[0].scenario), "arm64:v1:nanotime1:curg:clean:go:PROF:3");
	EXPECT_EQ(print_scenario(jobs[1].scenario), "arm64:v2:nanotime1:curg:clean:go:PROF:3");
	EXPECT_THAT(jobs[0].signals, testing::ElementsAre(Signal::prof));
}

}  // namespace
}  // namespace siglab
