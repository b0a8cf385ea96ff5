// The command line given files: the user's own vDSO or runtime, records, folders. Each bad one is told in one line, and nothing is lost.
#include <elf.h>
#include <sys/mount.h>

#include <cstring>

#include "cli_fixture.h"

namespace siglab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string clean_image(const std::string& isa = "arm64") { return contents(image("vdso/" + isa + "/clean.so")); }

// ---- A vDSO of the user's own ----

TEST_F(CliTest, CleanVdsoOfTheUsersHolds) {
	write(dir_ / "mine.so", clean_image());
	for (const std::string& file : {(dir_ / "mine.so").string(),
	                                source("vdso_blobs/arm64/clean.S").string(), source("vdso_blobs/arm/clobber-g.S").string()}) {
		const Ran ran = siglab({"sweep", "--vdso", file});
		EXPECT_EQ(ran.code, 0) << file << ran.out << ran.err;
		EXPECT_THAT(ran.out, AllOf(HasSubstr("\nv6 "), HasSubstr("Not of the catalogue: every property is expected to hold.")));
	}
}

TEST_F(CliTest, LabelsOfTheUsersVdsoAreHeldAgainstTheWalk) {
	changed("vdso_blobs/arm64/clobber-g.S", "\ndirty_end:\n", "\n\tnop\ndirty_end:\n", "late.S");
	const Ran ran = siglab({"sweep", "--vdso", "late.S", "--isa", "arm64", "--variant", "v6", "--signal", "USR1"});
	EXPECT_EQ(ran.code, 1) << ran.err;
	EXPECT_THAT(ran.out, HasSubstr("The labels and the walk disagree, 1 time:"));
	EXPECT_THAT(ran.out, HasSubstr("the g register is clean, the labels declare it dirty"));
	EXPECT_THAT(ran.out, Not(HasSubstr("from the catalogue")));
}

TEST_F(CliTest, LeakingVdsoOfTheUsersIsNamedAsTheCause) {
	const Ran ran = siglab({"sweep", "--vdso", source("vdso_blobs/arm/leak.S").string()});
	EXPECT_EQ(ran.code, 1);
	EXPECT_THAT(ran.out, HasSubstr("abi broken"));
}

// A number of an image's bytes, read or written in place.
template <class T>
T at(const std::string& bytes, size_t offset) {
	T value{};
	std::memcpy(&value, bytes.data() + offset, sizeof value);
	return value;
}
template <class T>
void put(std::string& bytes, size_t offset, T value) {
	std::memcpy(bytes.data() + offset, &value, sizeof value);
}

// The file offset of the program header of this type; an image of ours has one of each.
size_t program_header(const std::string& bytes, uint32_t type) {
	const auto header = at<Elf64_Ehdr>(bytes, 0);
	for (size_t i = 0; i < header.e_phnum; ++i) {
		const size_t offset = header.e_phoff + i * sizeof(Elf64_Phdr);
		if (at<Elf64_Phdr>(bytes, offset).p_type == type) return offset;
	}
	ADD_FAILURE() << "no program header of type " << type;
	return header.e_phoff;
}

// Every hash bucket begins with symbol 2, which is not the clock's, and every symbol is followed by itself.
std::string cyclic_image() {
	std::string bytes = clean_image();
	size_t row = at<Elf64_Phdr>(bytes, program_header(bytes, PT_DYNAMIC)).p_offset;
	while (at<Elf64_Dyn>(bytes, row).d_tag != DT_HASH) row += sizeof(Elf64_Dyn);
	const size_t table = at<Elf64_Dyn>(bytes, row).d_un.d_ptr;
	const uint32_t buckets = at<uint32_t>(bytes, table), symbols = at<uint32_t>(bytes, table + 4);
	for (uint32_t i = 0; i < buckets; ++i) put<uint32_t>(bytes, table + 8 + 4 * i, 2);
	for (uint32_t i = 0; i < symbols; ++i) put<uint32_t>(bytes, table + 8 + 4 * (buckets + i), i);
	return bytes;
}

TEST_F(CliTest, MalformedElfIsOneLine) {
	const auto refuses = [&](const std::string& bytes, const std::string& why) {
		write(dir_ / "bad.so", bytes);
		complains({"sweep", "--vdso", "bad.so"}, 2, AllOf(StartsWith("bad.so: "), HasSubstr(why)));
	};
	const std::string whole = clean_image();
	refuses("", "is empty");
	refuses("hello\n", "is not an ELF file");
	refuses(whole.substr(0, 500), "is truncated");
	refuses(whole.substr(0, 40), "is truncated");
	refuses(cyclic_image(), "hash chain that runs in a circle");
	std::string overlapping = whole;
	put<uint32_t>(overlapping, program_header(whole, PT_DYNAMIC), PT_LOAD);
	refuses(overlapping, "overlapping PT_LOAD");
	refuses(contents(SIGLAB_BINARY), "not an arm64 one");
	refuses(contents(image("guest/arm64/v6.elf")), "not an executable");
}

TEST_F(CliTest, AnotherMachinesElfIsOneLine) {
	write(dir_ / "arm.so", clean_image("arm"));
	complains({"sweep", "--vdso", "arm.so", "--isa", "arm64"}, 2, testing::Eq("arm.so: is an arm image, not an arm64 one"));
	EXPECT_EQ(siglab({"sweep", "--vdso", "arm.so"}).code, 0) << "only the ISA that was not asked for is left out";
}

TEST_F(CliTest, WhatIsNoFileIsOneLine) {
	complains({"sweep", "--vdso", "./nothing"}, 2, testing::Eq("./nothing: no such file"));
	complains({"sweep", "--guest", "nothing.S"}, 2, testing::Eq("nothing.S: no such file"));
	complains({"sweep", "--vdso", "."}, 2, testing::Eq(".: is a directory"));
	complains({"sweep", "--vdso", "/dev/null"}, 2, testing::Eq("/dev/null: is not a regular file"));
	complains({"report", "nothing.json"}, 2, testing::Eq("nothing.json: no such file"));
	complains({"report", "."}, 2, testing::Eq(".: is a directory"));
}

TEST_F(CliTest, TheAssemblersLinesAreShown) {
	const auto shows = [&](const std::string& text, const std::string& expected) {
		write(dir_ / "bad.S", text);
		const Ran ran = siglab({"sweep", "--vdso", "bad.S"});
		EXPECT_EQ(ran.code, 2);
		EXPECT_EQ(ran.out, "");
		EXPECT_EQ(ran.err, expected);
	};
	shows("\t.text\n\tadr x0, .\n\tfrobnicate x0\n",
	      "siglab: bad.S: does not assemble; aarch64-linux-gnu-as says:\nbad.S:3: Error: unknown mnemonic `frobnicate' -- `frobnicate x0'\n");
	// Written for arm: what arm's assembler says is shown, not what arm64's thinks of each line.
	shows("\t.text\n\tmov r0, r1\n\tfrobnicate r0\n\tstr r0, [r1]\n",
	      "siglab: bad.S: does not assemble; arm-linux-gnueabihf-as says:\nbad.S:3: Error: bad instruction `frobnicate r0'\n");
	shows("\t.text\n\t.size nothing, . - nothing\n",
	      "siglab: bad.S: does not assemble; aarch64-linux-gnu-as says:\n"
	      "bad.S: Error: .size expression for nothing does not evaluate to a constant\n");
}

TEST_F(CliTest, VdsoWithoutItsSymbolIsNamed) {
	std::string text = contents(source("vdso_blobs/arm64/clean.S"));
	for (size_t at = 0; (at = text.find("clock_gettime", at)) != std::string::npos; ++at) text.replace(at, 13, "clock_gettame");
	write(dir_ / "nosym.S", text);
	complains({"sweep", "--vdso", "nosym.S", "--isa", "arm64"}, 2,
	          testing::Eq("nosym.S: the image does not export __kernel_clock_gettime (LINUX_2.6.39)"));
}

// A vDSO that does something before it does its work.
class WildVdsoTest : public CliTest {
   protected:
	void violates_alive(const std::string& isa, const std::string& function, const std::string& code, const std::string& how) {
		SCOPED_TRACE(isa + ": " + code);
		changed("vdso_blobs/" + isa + "/clean.S", "\n" + function + ":\n", "\n" + function + ":\n" + code, "wild.S");
		// Not SIGPROF: its handler calls the vDSO too, and would run for ever at each boundary (BadGuest is about that).
		const Ran ran = siglab({"sweep", "--vdso", "wild.S", "--isa", isa, "--signal", "USR1,URG"});
		EXPECT_EQ(ran.code, 1) << ran.err;
		EXPECT_EQ(ran.err, "");
		EXPECT_THAT(ran.out, AllOf(HasSubstr("alive broken"), HasSubstr(how), HasSubstr("siglab replay siglab2:")));
	}
};

TEST_F(WildVdsoTest, OnArm64) {
	const std::string clock = "__kernel_clock_gettime";
	violates_alive("arm64", clock, "\tb .\n", "vdso:__kernel_clock_gettime runs for ever: the whole state comes again");
	violates_alive("arm64", clock, "\tmov x9, xzr\n\tstr x0, [x9]\n", "vdso:__kernel_clock_gettime+0x4 writes to 0x0");
	violates_alive("arm64", clock, "\tadr x9, .\n\tadd x9, x9, #0x2000\n\tbr x9\n", "jumps to");
	violates_alive("arm64", clock, "\tmov x8, #198\n\tsvc #0\n", "system call 198 is not modelled on arm64");
	violates_alive("arm64", clock, "\t.inst 0\n", "undefined");
}

TEST_F(WildVdsoTest, OnArm) {
	const std::string clock = "__vdso_clock_gettime";
	violates_alive("arm", clock, "\tb .\n", "vdso:__vdso_clock_gettime runs for ever: the whole state comes again");
	violates_alive("arm", clock, "\tmov r3, #0\n\tstr r0, [r3]\n", "vdso:__vdso_clock_gettime+0x4 writes to 0x0");
	violates_alive("arm", clock, "\tadd pc, pc, #0x2000\n", "jumps to");
	violates_alive("arm", clock, "\tmov r7, #281\n\tswi #0\n", "system call 281 is not modelled on arm");
}

// ---- A runtime of the user's own ----

TEST_F(CliTest, GuestOfTheUsersHolds) {
	const Ran ran = siglab({"sweep", "--guest", source("guest_asm/arm/v6.S").string()});
	EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
	EXPECT_THAT(ran.out, HasSubstr("Not of the catalogue"));
}

// A file without a slot, or without a label on its call, is not judged for it, and says so.
TEST_F(CliTest, WhatTheUsersGuestDoesNotDeclareIsNotApplicableByName) {
	const Ran whole = siglab({"sweep", "--guest", source("guest_asm/arm64/v6.S").string(), "--isa", "arm64", "--vdso", "clean"});
	EXPECT_THAT(whole.out, Not(HasSubstr("Not applicable")));
	std::string text = contents(source("guest_asm/arm64/v6.S"));
	for (const std::string label : {".call:", ".call_nosave", ".slot_store:", ".fetched:"}) {
		for (size_t at = 0; (at = text.find(label, at)) != std::string::npos; ++at) text.insert(at + 1, "no_");
	}
	write(dir_ / "guest.S", text);
	const Ran ran = siglab({"sweep", "--guest", "guest.S", "--isa", "arm64", "--vdso", "clean"});
	EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
	EXPECT_THAT(ran.out, HasSubstr("Not applicable, because the guest does not declare what it takes:\n"
	                               "  @guest.S: recovers-g: no .fetched label\n"
	                               "  @guest.S: g-in-register: no .fetched label\n"
	                               "  @guest.S: slot-discipline: no .slot_store label\n"
	                               "  @guest.S: vdso-used: no .call label\n"
	                               "  @guest.S: abi (the vDSO's part): no .call label\n"));
}

TEST_F(CliTest, GuestWithoutASymbolIsNamed) {
	std::string text = contents(source("guest_asm/arm64/v6.S"));
	for (size_t at = 0; (at = text.find("runtime.sigtramp", at)) != std::string::npos; ++at) text.replace(at, 16, "runtime.sigtrump");
	write(dir_ / "guest.S", text);
	complains({"sweep", "--guest", "guest.S", "--isa", "arm64"}, 2,
	          testing::Eq("guest.S: the guest does not define runtime.sigtramp, which the lab needs"));
}

TEST_F(CliTest, GuestThatCorruptsItsGIsFound) {
	changed("guest_asm/arm64/v6.S", "\nnanotime1.slot_clear:\n", "\n\tmov x28, xzr\nnanotime1.slot_clear:\n", "guest.S");
	const Ran ran = siglab({"sweep", "--guest", "guest.S", "--isa", "arm64"});
	EXPECT_EQ(ran.code, 1);
	EXPECT_THAT(ran.out, AllOf(HasSubstr("recovers-g broken (nil)"), HasSubstr("mov x28, xzr")));
}

// ---- Where records go to and come from ----

const std::vector<std::string> kSmall = {"sweep", "--isa", "arm", "--variant", "v6", "--vdso", "clean", "--out"};

std::vector<std::string> small_into(const std::string& out) {
	std::vector<std::string> arguments = kSmall;
	arguments.push_back(out);
	return arguments;
}

TEST_F(CliTest, UnwritableOutIsOneLine) {
	write(dir_ / "file", "");
	fs::create_directories(dir_ / "taken/record.json");
	complains(small_into("file"), 4, StartsWith("file/record.json: cannot make its folder: "));
	complains(small_into("/dev/null"), 4, StartsWith("/dev/null/record.json: cannot make its folder: "));
	complains(small_into("taken"), 4, testing::Eq("taken/record.json: cannot write it: it is a directory"));
	EXPECT_EQ(contents(dir_ / "file"), "");
	if (getuid() == 0) return;
	fs::create_directory(dir_ / "locked");
	fs::permissions(dir_ / "locked", fs::perms::owner_read | fs::perms::owner_exec);
	complains(small_into("locked"), 4, StartsWith("locked/record.json: cannot write it: "));
}

TEST_F(CliTest, AFullDiskLosesNothing) {
	fs::create_directory(dir_ / "disk");
	if (mount("tmpfs", (dir_ / "disk").c_str(), "tmpfs", 0, "size=4k") != 0) GTEST_SKIP() << "only root can make a disk that is full";
	write(dir_ / "disk/record.json", "an earlier one");
	const Ran ran = siglab(small_into("disk"));
	EXPECT_EQ(contents(dir_ / "disk/record.json"), "an earlier one");
	EXPECT_EQ(std::distance(fs::directory_iterator(dir_ / "disk"), fs::directory_iterator{}), 1) << "a part is left behind";
	umount((dir_ / "disk").c_str());
	EXPECT_EQ(ran.code, 4);
	EXPECT_EQ(ran.err, "siglab: disk/record.json: cannot write it: No space left on device\n");
	EXPECT_THAT(ran.out, HasSubstr("holds")) << "the result itself must not be lost";
}

TEST_F(CliTest, AFailingRunLeavesTheEarlierRecordAlone) {
	ASSERT_EQ(siglab(small_into("out")).code, 0);
	const std::string before = contents(dir_ / "out/record.json");
	write(dir_ / "bad.so", "hello\n");
	for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
			 {"sweep", "--vdso", "bad.so", "--out", "out"}, {"sweep", "--isa", "mips", "--out", "out"},
			 {"sweep", "--frob", "--out", "out"}}) {
		EXPECT_EQ(siglab(wrong).code, 2);
		EXPECT_EQ(contents(dir_ / "out/record.json"), before);
	}
}

TEST_F(CliTest, ReportRefusesATruncatedOrEditedRecord) {
	ASSERT_EQ(siglab(small_into("out")).code, 0);
	const std::string whole = contents(dir_ / "out/record.json");
	const auto refuses = [&](const std::string& text) {
		write(dir_ / "bad.json", text);
		complains({"report", "bad.json"}, 2, StartsWith("bad.json: "));
	};
	refuses("");
	refuses("hello");
	refuses(whole.substr(0, whole.size() / 2));
	std::string edited = whole;
	edited.replace(edited.find("exhausted"), 9, "exhauster");
	refuses(edited);
	std::string newer = whole;
	newer.replace(newer.find("siglab-record-3"), 15, "siglab-record-9");
	refuses(newer);
}

}  // namespace
}  // namespace siglab
