// siglab verify as its users run it: what it prints, its exit codes, and records that are refused in one line.
#include "cli_fixture.h"
#include "record/closed_rules.h"

namespace siglab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class CliVerifyTest : public CliTest {
   protected:
	// A record in the test's folder, made as a user would.
	std::string record(const std::vector<std::string>& options) {
		std::vector<std::string> arguments = {"sweep", "--function", "native", "--vdso", "clean", "--out", "."};
		arguments.insert(arguments.end(), options.begin(), options.end());
		(void)siglab(arguments);
		return contents(dir_ / "record.json");
	}

	// The same with one change, and a hash that fits.
	void forge(std::string text, const std::string& what, const std::string& by) {
		text.erase(text.rfind(",\n\"hash\":"));
		const size_t at = text.find(what);
		ASSERT_NE(at, std::string::npos) << what;
		write(dir_ / "forged.json", sealed(text.replace(at, what.size(), by)));
	}
};

TEST_F(CliVerifyTest, SaysWhatWasMadeAgain) {
	record({"--isa", "arm64", "--variant", "v4,v7"});
	const Ran ran = siglab({"verify", "record.json"});
	EXPECT_EQ(ran.code, 0) << ran.err;
	EXPECT_EQ(ran.err, "");
	EXPECT_THAT(ran.out, StartsWith("siglab-record-3, sweep: 6 runs over 2 closed sets\nmade again, one instruction at a time, on "));
	EXPECT_THAT(ran.out, HasSubstr("  44 states, each with its next step\n  132 injections, every one\n"));
	EXPECT_THAT(ran.out, testing::EndsWith("\nVerified: nothing differs.\n"));
	for (const char* threads : {"1", "3"}) EXPECT_EQ(siglab({"verify", "record.json", "-j", threads}).out, ran.out);
}

TEST_F(CliVerifyTest, TakesFilmsAgain) {
	const std::string text = record({"--isa", "arm64", "--variant", "v7", "--signal", "PROF", "--film"});
	Ran ran = siglab({"verify", "record.json"});
	EXPECT_EQ(ran.code, 0) << ran.err;
	EXPECT_THAT(ran.out, AllOf(HasSubstr("\n  1 filmed walk, every step\n"), testing::EndsWith("\nVerified: nothing differs.\n")));
	forge(text, "\"end\":\"\"", "\"end\":\"x\"");
	ran = siglab({"verify", "forged.json"});
	EXPECT_EQ(ran.code, 1);
	EXPECT_THAT(ran.out, HasSubstr("\nDIFFERS: film.reels[0] is another one when filmed again\n"));
	forge(text, "\"reel\":0", "\"reel\":9999");
	complains({"verify", "forged.json"}, 2, HasSubstr("film.walks[0]: reel 9999 is not in the film"));
}

TEST_F(CliVerifyTest, SaysWhatIsSampled) {
	record({"--isa", "arm", "--variant", "v6", "--budget", "any"});
	const Ran ran = siglab({"verify", "record.json", "--sample", "0.25", "--seed", "3"});
	EXPECT_EQ(ran.code, 0) << ran.err;
	EXPECT_THAT(ran.out, AllOf(HasSubstr(" of 66 injections (sampled: 0.25 of those that lead to no new state, seed 3)\n"), HasSubstr("\nVerified, sampled: ")));
	EXPECT_EQ(siglab({"verify", "record.json", "--sample", "0.25", "--seed", "3", "-j", "3"}).out, ran.out);
	EXPECT_THAT(siglab({"verify", "record.json", "--sample", "1"}).out, Not(HasSubstr("sampled")));
	complains({"verify", "record.json", "--sample", "1.5"}, 2, HasSubstr("--sample"));
	complains({"verify", "record.json", "--sample", "few"}, 2, HasSubstr("--sample"));
	complains({"verify", "record.json", "--seed", "-1"}, 2, HasSubstr("--seed"));
}

TEST_F(CliVerifyTest, NamesWhatDiffers) {
	const std::string text = record({"--isa", "arm64", "--variant", "v7", "--signal", "PROF"});
	forge(text, "\"boundaries\":22", "\"boundaries\":22,\"x\":0");
	complains({"verify", "forged.json"}, 2, HasSubstr("forged.json: malformed record: runs[0] has an unknown member 'x'"));
	forge(text, "\"world\":\"go\"", "\"world\":\"iscgo\"");
	complains({"verify", "forged.json"}, 2, HasSubstr("runs[0]: is the search 'arm64:v7:native:curg:clean:iscgo:1, budget 1, nesting 1, ticks 0', and its "));
	forge(text, "\"catalogued\":true", "\"catalogued\":false");
	Ran ran = siglab({"verify", "forged.json"});
	EXPECT_EQ(ran.code, 1);
	EXPECT_THAT(ran.out, HasSubstr("\nDIFFERS: arm64:v7:native:curg:clean:go:PROF:1, catalogued is false, and true when made again\n"));
	forge(text, "\"deviations\":[]", "\"deviations\":[\"all is well\"]");
	ran = siglab({"verify", "forged.json"});
	EXPECT_EQ(ran.code, 1);
	EXPECT_THAT(ran.out, HasSubstr("\nDIFFERS: arm64:v7:native:curg:clean:go:PROF:1, deviations has 1 entries, and 0 when made again\n"));
	forge(text, "\"calls\":1,", "\"calls\":4000000000,");
	complains({"verify", "forged.json"}, 2, HasSubstr("runs[0]: "));
	Result<Record> record = parse_record(text);
	ASSERT_TRUE(record.ok());
	record->runs[0].vdso = "@none.so";
	record->closed[0].search = search_of(record->runs[0]);
	record->closed[0].digest = digest_of(record->closed[0]);
	write(dir_ / "forged.json", print_record(*record));
	complains({"verify", "forged.json"}, 2, HasSubstr("none.so"));
}

TEST_F(CliVerifyTest, RefusesWhatIsNoRecordOfItsOwn) {
	const std::string text = record({"--isa", "arm64", "--variant", "v7", "--signal", "PROF"});
	complains({"verify"}, 2, HasSubstr("record"));
	complains({"verify", "none.json"}, 2, HasSubstr("none.json"));
	write(dir_ / "cut.json", text.substr(0, text.size() / 2));
	complains({"verify", "cut.json"}, 2, HasSubstr("cut.json: malformed record: not JSON"));
	write(dir_ / "edited.json", std::string{text}.replace(text.find("\"masked\":0"), 10, "\"masked\":1"));
	complains({"verify", "edited.json"}, 2, HasSubstr("its hash does not fit"));
	write(dir_ / "old.json", std::string{text}.replace(text.find("siglab-record-3"), 15, "siglab-record-2"));
	complains({"verify", "old.json"}, 2, HasSubstr("version 'siglab-record-2'; this siglab reads 'siglab-record-3'"));
	write(dir_ / "deep.json", std::string(1'000'000, '['));
	complains({"verify", "deep.json"}, 2, HasSubstr("nested deeper"));
	const size_t images = text.find("\"images\":\"0x") + 12;
	forge(text, text.substr(images, 8), "00000000");
	complains({"verify", "forged.json"}, 2, HasSubstr("malformed record"));
}

TEST_F(CliVerifyTest, DoesNotCallWhatWasCutShortVerified) {
	record({"--isa", "arm", "--variant", "v0", "--budget", "any", "--max-states", "30"});
	const Ran ran = siglab({"verify", "record.json"});
	EXPECT_EQ(ran.code, 3);
	EXPECT_THAT(ran.out, HasSubstr("\nNothing differs, but the record is not whole: its outcome is 'bound-reached', 1 closed set cut short.\n"));
}

TEST_F(CliVerifyTest, EndsWhenItIsInterrupted) {
	(void)siglab({"sweep", "--isa", "arm64", "--variant", "v0,v1,v2,v3", "--out", "."});
	const pid_t child = start({"verify", "record.json", "-j", "1"});
	EXPECT_TRUE(interrupt_at_work(child));
	const Ran ran = wait(child);
	EXPECT_EQ(ran.code, 130);
	EXPECT_THAT(ran.err, HasSubstr("interrupted"));
}

}  // namespace
}  // namespace siglab
