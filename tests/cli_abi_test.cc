// siglab abi, and kernels and packages in place of vDSOs, as users run them.
#include <elf.h>

#include <cstring>

#include "cli_fixture.h"
#include "synthetic_kernel.h"

namespace siglab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class AbiCli : public CliTest {
   protected:
	static synthetic::Bytes bytes_of(const std::string& text) {
		synthetic::Bytes bytes;
		synthetic::append(bytes, text);
		return bytes;
	}
	void put(const std::string& name, const synthetic::Bytes& bytes) const { write(dir_ / name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}); }
	static synthetic::Bytes kernel() { return synthetic::kernel({bytes_of(contents(image("vdso/arm64/clobber-g.so"))), bytes_of(contents(image("vdso/arm/clobber-g.so")))}); }
};

TEST_F(AbiCli, TellsOfAVdsoByName) {
	const Ran ran = siglab({"abi", "clobber-g", "--isa", "arm64"});
	EXPECT_EQ(ran.code, 0) << ran.err;
	EXPECT_THAT(ran.out, AllOf(StartsWith("# Registers that clobber-g-arm64 uses"), HasSubstr("x28: caller's sp - 16"), HasSubstr("wrong register")));
	EXPECT_EQ(siglab({"abi", "leak", "--summary"}).code, 1) << "AAPCS is broken";
}

TEST_F(AbiCli, WritesWhatProgramsRead) {
	const Ran csv = siglab({"abi", "clobber-g", "--isa", "arm64", "--format", "csv"});
	const Ran json = siglab({"abi", "clobber-g", "--isa", "arm64", "--format", "json"});
	EXPECT_EQ(csv.code, 0) << csv.err;
	EXPECT_THAT(csv.out, HasSubstr("\nclobber-g-arm64,"));
	EXPECT_EQ(json.code, 0) << json.err;
	EXPECT_THAT(json.out, AllOf(StartsWith("{"), HasSubstr("\"clobber-g-arm64\"")));
}

TEST_F(AbiCli, AssemblesAUsersSource) {
	write(dir_ / "mine.S", contents(std::string{SIGLAB_SOURCES} + "/vdso_blobs/arm64/clobber-g.S"));
	const Ran ran = siglab({"abi", "mine.S"});
	EXPECT_EQ(ran.code, 0) << ran.err;
	EXPECT_THAT(ran.out, AllOf(StartsWith("# Registers that mine-arm64 uses"), HasSubstr("wrong register")));

	write(dir_ / "slip.S", "\t.globl __kernel_clock_gettime\n__kernel_clock_gettime:\n\tmov x0, #0\n\tnosuch x0\n");
	for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--isa", "arm64"}}) {
		std::vector<std::string> arguments{"abi", "slip.S"};
		arguments.insert(arguments.end(), more.begin(), more.end());
		const Ran wrong = siglab(arguments);
		EXPECT_EQ(wrong.code, 2);
		EXPECT_THAT(wrong.err, HasSubstr("nosuch"));
	}
}

// A function that does not come back is a line of the document, and no reason to leave out the others.
TEST_F(AbiCli, TellsOfAFunctionThatDoesNotReturn) {
	const std::string more = "\t.globl __kernel_clock_getres\n\t.type __kernel_clock_getres, %function\n__kernel_clock_getres:\n\tudf #0\n"
	                         "\t.size __kernel_clock_getres, . - __kernel_clock_getres\n";
	write(dir_ / "mine.S", contents(std::string{SIGLAB_SOURCES} + "/vdso_blobs/arm64/clean.S") + more);
	const Ran ran = siglab({"abi", "mine.S"});
	EXPECT_EQ(ran.code, 1) << ran.err;
	EXPECT_THAT(ran.out, AllOf(HasSubstr("`__kernel_clock_getres`"), HasSubstr("undefined instruction"), HasSubstr("returns 0")));
}

TEST_F(AbiCli, ReadsKernelsAndPackages) {
	put("vmlinuz", synthetic::zimage(kernel()));
	put("linux.deb", synthetic::deb(synthetic::arm64_image(kernel())));
	for (const char* file : {"vmlinuz", "linux.deb"}) {
		const Ran ran = siglab({"abi", file, "--summary"});
		EXPECT_EQ(ran.code, 0) << ran.err;
		EXPECT_THAT(ran.out, AllOf(HasSubstr("`6.1.0-99-test-arm64`"), HasSubstr("`6.1.0-99-test-arm`")));
		for (const char* isa : {"arm64", "arm"}) EXPECT_EQ(siglab({"sweep", "--vdso", file, "--isa", isa}).code, 0) << file << " " << isa;
	}
}

TEST_F(AbiCli, Extracts) {
	put("linux.deb", synthetic::deb(synthetic::arm64_image(kernel())));
	const Ran ran = siglab({"abi", "--extract", "out", "linux.deb"});
	EXPECT_EQ(ran.code, 0) << ran.err;
	EXPECT_EQ(ran.out, "out/6.1.0-99-test-arm64.so\nout/6.1.0-99-test-arm.so\n");
	EXPECT_EQ(contents(dir_ / "out/6.1.0-99-test-arm.so"), contents(image("vdso/arm/clobber-g.so")));
}

TEST_F(AbiCli, ReadsAFolderAndComparesTwo) {
	fs::create_directory(dir_ / "vdsos");
	fs::copy(image("vdso/arm/clean.so"), dir_ / "vdsos/a.so");
	fs::copy(image("vdso/arm/clobber-g.so"), dir_ / "vdsos/b.so");
	const Ran both = siglab({"abi", "vdsos", "--summary"});
	EXPECT_EQ(both.code, 0) << both.err;
	EXPECT_THAT(both.out, AllOf(HasSubstr("`a`"), HasSubstr("`b`")));
	write(dir_ / "vdsos/c.so", "no vDSO");
	const Ran ran = siglab({"abi", "--diff", "vdsos/a.so", "vdsos/b.so"});
	EXPECT_EQ(ran.code, 0) << ran.err;
	EXPECT_THAT(ran.out, HasSubstr("| registers used |"));
	complains({"abi", "vdsos"}, 2, testing::Eq("vdsos/c.so: is not an ELF file"));
	complains({"abi", "--diff", "vdsos/a.so"}, 2, StartsWith("--diff compares two images, and these are 1"));
}

// One of many that cannot be called is left out, by name; alone it is refused.
TEST_F(AbiCli, LeavesOutAnImageThatWantsRelocations) {
	std::string image64 = contents(image("vdso/arm64/clean.so"));
	Elf64_Ehdr header;
	std::memcpy(&header, image64.data(), sizeof header);
	bool patched = false;
	for (unsigned i = 0; i < header.e_phnum; ++i) {
		Elf64_Phdr segment;
		std::memcpy(&segment, image64.data() + header.e_phoff + i * sizeof segment, sizeof segment);
		for (uint64_t at = segment.p_offset; segment.p_type == PT_DYNAMIC && at < segment.p_offset + segment.p_filesz; at += sizeof(Elf64_Dyn)) {
			Elf64_Dyn row;
			std::memcpy(&row, image64.data() + at, sizeof row);
			if (row.d_tag != DT_SONAME) continue;
			row = {.d_tag = DT_RELASZ, .d_un = {.d_val = 24}};
			std::memcpy(image64.data() + at, &row, sizeof row);
			patched = true;
		}
	}
	ASSERT_TRUE(patched);
	fs::create_directory(dir_ / "vdsos");
	fs::copy(image("vdso/arm64/clean.so"), dir_ / "vdsos/a.so");
	write(dir_ / "vdsos/b.so", image64);
	complains({"abi", "vdsos/b.so"}, 2, testing::Eq("vdsos/b.so: has dynamic relocations, and a kernel maps a vDSO without any"));
	const Ran both = siglab({"abi", "vdsos", "--summary"});
	EXPECT_EQ(both.code, 0) << both.err;
	EXPECT_THAT(both.err, HasSubstr("left out: vdsos/b.so: has dynamic relocations"));
	EXPECT_THAT(both.out, HasSubstr("`a`"));
}

TEST_F(AbiCli, BadInput) {
	complains({"abi", "./nothing"}, 2, testing::Eq("./nothing: no such file"));
	write(dir_ / "text", "Linux version 6.1\n");
	complains({"abi", "text"}, 2, testing::Eq("text: is not an ELF file"));
	put("cut.deb", [] {
		synthetic::Bytes bytes = synthetic::deb(synthetic::arm64_image(kernel()));
		bytes.resize(bytes.size() / 2);
		return bytes;
	}());
	for (const char* command : {"abi", "sweep"}) {
		std::vector<std::string> arguments = {command, "cut.deb"};
		if (std::string{command} == "sweep") arguments = {command, "--vdso", "cut.deb"};
		complains(arguments, 2, StartsWith("cut.deb is truncated or damaged"));
	}
	put("arm-only", synthetic::zimage(synthetic::kernel({bytes_of(contents(image("vdso/arm/clean.so")))})));
	complains({"sweep", "--vdso", "arm-only", "--isa", "arm64"}, 2, testing::Eq("arm-only: holds an arm image, not an arm64 one"));
	complains({"abi", "arm-only", "--isa", "arm64"}, 2, testing::Eq("no image for arm64 among these"));
	fs::copy(image("guest/arm64/v6.elf"), dir_ / "guest.elf");
	complains({"abi", "guest.elf"}, 2, AllOf(StartsWith("guest.elf: "), HasSubstr("shared object")));
}

}  // namespace
}  // namespace siglab
