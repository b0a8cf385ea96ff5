// vDSOs out of kernels, whatever these are wrapped in.
#include <elf.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/file.h"
#include "image/carve.h"
#include "image/unpack.h"
#include "image/vdso_file.h"
#include "synthetic_kernel.h"

namespace siglab {
namespace {

using synthetic::Bytes;
using synthetic::Filter;
using testing::HasSubstr;
using testing::SizeIs;

Bytes blob(const Isa& isa, std::string_view name = "clobber-g") { return *read_file(fmt::format("{}/vdso/{}/{}.so", SIGLAB_IMAGES, isa.name, name)); }

Bytes both_vdsos() { return synthetic::kernel({blob(kArm64), blob(kArm)}); }

// What comes out is what went in, byte for byte.
void expect_both(const Bytes& file) {
	EXPECT_TRUE(may_be_kernel(file));
	Result<Kernel> kernel = carve(file);
	ASSERT_TRUE(kernel) << kernel.error().text;
	EXPECT_EQ(kernel->release, "6.1.0-99-test");
	ASSERT_THAT(kernel->vdsos, SizeIs(2));
	EXPECT_EQ(kernel->vdsos[0].isa, &kArm64);
	EXPECT_EQ(kernel->vdsos[1].isa, &kArm);
	EXPECT_TRUE(kernel->vdsos[0].bytes == blob(kArm64));
	EXPECT_TRUE(kernel->vdsos[1].bytes == blob(kArm));
	EXPECT_EQ(carved_name(*kernel, kernel->vdsos[1]), "6.1.0-99-test-arm");
}

TEST(Carve, RawImage) { expect_both(synthetic::arm64_image(both_vdsos())); }

TEST(Carve, CompressedImages) {
	for (const Filter filter : {Filter::gzip, Filter::xz, Filter::zstd}) expect_both(synthetic::compressed(synthetic::arm64_image(both_vdsos()), filter));
}

TEST(Carve, ZImages) {
	for (const Filter filter : {Filter::gzip, Filter::xz}) expect_both(synthetic::zimage(both_vdsos(), filter));
}

TEST(Carve, ZbootImages) {
	for (const Filter filter : {Filter::gzip, Filter::xz, Filter::zstd}) expect_both(synthetic::zboot(synthetic::arm64_image(both_vdsos()), filter));
}

TEST(Carve, Packages) {
	const Bytes image = synthetic::arm64_image(both_vdsos());
	for (const Filter filter : {Filter::gzip, Filter::xz, Filter::zstd}) expect_both(synthetic::deb(image, "./boot/vmlinuz-6.1.0-99-test", filter));
	expect_both(synthetic::deb(synthetic::zimage(both_vdsos()), "./usr/lib/modules/6.1.0-99-test/vmlinuz"));
}

TEST(Carve, AProgramThatBringsVdsosAlong) {
	Bytes program = *read_file(SIGLAB_IMAGES "/guest/arm64/v6.elf");
	const Bytes vdso = blob(kArm64);
	program.insert(program.end(), vdso.begin(), vdso.end());
	Result<Kernel> found = carve(program);
	ASSERT_TRUE(found) << found.error().text;
	ASSERT_THAT(found->vdsos, SizeIs(1));
	EXPECT_EQ(carved_name(*found, found->vdsos[0]), "unknown-arm64");
}

TEST(Carve, OtherElfFilesInAKernelAreNoVdsos) {
	Result<Kernel> found = carve(synthetic::arm64_image(synthetic::kernel({*read_file(SIGLAB_IMAGES "/guest/arm64/v6.elf")})));
	ASSERT_FALSE(found);
	EXPECT_THAT(found.error().text, HasSubstr("holds no vDSO"));
	// A vDSO as good as any, but of a machine that is none of ours.
	Bytes other = *read_file(SIGLAB_IMAGES "/vdso/arm64/clean.so");
	other[18] = std::byte{62};  // e_machine: x86-64
	EXPECT_FALSE(carve(synthetic::arm64_image(synthetic::kernel({other}))));
}

Bytes cut(Bytes bytes, size_t size) {
	bytes.resize(size);
	return bytes;
}

// Each header that makes sense may ask for much work: a kernel of nothing but headers is not looked through to its end.
TEST(Carve, OfManyHeadersSomeAreLookedAt) {
	Bytes header = blob(kArm64);
	header.resize(sizeof(Elf64_Ehdr));
	Elf64_Ehdr empty;
	std::memcpy(&empty, header.data(), sizeof empty);
	empty.e_phnum = 0, empty.e_shoff = 0;
	std::memcpy(header.data(), &empty, sizeof empty);
	const auto carved = [&](size_t headers) {
		std::vector<Bytes> files(headers, header);
		files.push_back(blob(kArm64));
		return carve(synthetic::arm64_image(synthetic::kernel(files))).ok();
	};
	EXPECT_TRUE(carved(100));
	EXPECT_FALSE(carved(1000));
}

// To look for the end of an xz stream is to read all that follows: a zImage of nothing but such beginnings is given up.
TEST(Carve, OfManyXzBeginningsSomeAreTried) {
	const std::string magic("\xfd\x37zXZ\x00", 6);
	const auto carved = [&](size_t beginnings) {
		Bytes zimage = cut(synthetic::zimage(both_vdsos(), Filter::xz), 0x28), whole = synthetic::zimage(both_vdsos(), Filter::xz);
		for (size_t i = 0; i < beginnings; ++i) synthetic::append(zimage, magic);
		zimage.insert(zimage.end(), whole.begin() + 0x28, whole.end());
		return carve(zimage).ok();
	};
	EXPECT_TRUE(carved(0));
	EXPECT_FALSE(carved(1000));
}

std::string complaint(const Bytes& file) {
	const Result<Kernel> found = carve(file);
	if (found) return "carved";
	EXPECT_EQ(found.error().exit, Exit::usage);
	EXPECT_EQ(found.error().text.find('\n'), std::string::npos);
	return found.error().text;
}

TEST(Carve, BadInput) {
	const Bytes image = synthetic::arm64_image(both_vdsos());
	EXPECT_THAT(complaint({}), HasSubstr("is no kernel that the lab knows"));
	EXPECT_THAT(complaint(Bytes(5000)), HasSubstr("is no kernel that the lab knows"));
	EXPECT_THAT(complaint(synthetic::arm64_image(synthetic::kernel({}))), HasSubstr("holds no vDSO"));
	EXPECT_THAT(complaint(synthetic::arm64_image(cut(both_vdsos(), 5000))), HasSubstr("holds no vDSO"));
	const Bytes package = synthetic::deb(image);
	for (const size_t size : {size_t{8}, size_t{70}, package.size() / 2, package.size() - 100}) {
		EXPECT_THAT(complaint(cut(package, size)), testing::AnyOf(HasSubstr("is truncated or damaged"), HasSubstr("without a data.tar"))) << size;
	}
	const Bytes gzip = synthetic::compressed(image, Filter::gzip);
	EXPECT_THAT(complaint(cut(gzip, gzip.size() / 2)), HasSubstr("is truncated or damaged"));
	EXPECT_THAT(complaint(cut(synthetic::zimage(image), 0x400)), HasSubstr("is a zImage whose payload"));
	EXPECT_THAT(complaint(cut(synthetic::zimage(image), 0x100)), HasSubstr("compressed in an unknown way"));
	EXPECT_THAT(complaint(cut(synthetic::zboot(image, Filter::gzip), 0x90)), HasSubstr("its payload leaves the file"));
	EXPECT_THAT(complaint(synthetic::deb(image, "./boot/System.map")), HasSubstr("a package without a kernel"));
}

TEST(Carve, AnXzPayloadMustNotEndBeforeItsEnd) {
	// Trailing bytes are the zImage's business; of a stream that is alone in its file they are an error of the file.
	Bytes xz = synthetic::compressed(synthetic::arm64_image(both_vdsos()), Filter::xz);
	synthetic::append(xz, "garbage");
	EXPECT_THAT(complaint(xz), HasSubstr("is truncated or damaged"));
}

TEST(VdsoFile, OneOfEachIsaIsFoundByIsa) {
	const std::string path = testing::TempDir() + "vmlinuz-test";
	ASSERT_TRUE(write_file(path, synthetic::zimage(both_vdsos())));
	for (const Isa* isa : all_isas()) {
		Result<Image> image = read_vdso(*isa, path);
		ASSERT_TRUE(image) << image.error().text;
		EXPECT_TRUE(std::equal(image->bytes().begin(), image->bytes().end(), blob(*isa).begin()));
	}
	ASSERT_TRUE(write_file(path, synthetic::zimage(synthetic::kernel({blob(kArm)}))));
	const Result<Image> none = read_vdso(kArm64, path);
	ASSERT_FALSE(none);
	EXPECT_EQ(none.error().text, path + ": holds an arm image, not an arm64 one");
}

// What the fuzzers begin with.
TEST(Carve, MakesACorpus) {
	const std::string folder = std::string{SIGLAB_CORPUS} + "/carve/";
	const Bytes small = synthetic::kernel({blob(kArm, "clean")});
	ASSERT_TRUE(write_file(folder + "image", synthetic::arm64_image(small)));
	ASSERT_TRUE(write_file(folder + "gzip", synthetic::compressed(synthetic::arm64_image(small), Filter::gzip)));
	ASSERT_TRUE(write_file(folder + "zimage-xz", synthetic::zimage(small)));
	ASSERT_TRUE(write_file(folder + "zimage-gzip", synthetic::zimage(small, Filter::gzip)));
	ASSERT_TRUE(write_file(folder + "zboot", synthetic::zboot(synthetic::arm64_image(small), Filter::zstd)));
	ASSERT_TRUE(write_file(folder + "deb", synthetic::deb(synthetic::zimage(small))));
	for (const Isa* isa : all_isas()) ASSERT_TRUE(write_file(fmt::format("{}/elf/{}", SIGLAB_CORPUS, isa->name), blob(*isa, "clean")));
}

}  // namespace
}  // namespace siglab
