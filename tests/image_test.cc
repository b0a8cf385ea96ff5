// The room lab/image, on real assembled images and on everything that can be wrong with one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "guest_asm/layout.h"
#include "image/assemble.h"
#include "image/disassemble.h"
#include "image/elf_view.h"
#include "image/preprocess.h"
#include "image/tool.h"
#include "image/vdso_lookup.h"

namespace siglab {
namespace {

using std::string;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Bytes = std::vector<std::byte>;

// The constants of Go's vdso_linux_arm64.go up to 1.21: those of another name, __vdso_clock_gettime (go#62309).
constexpr uint32_t kWrongSysv = 0xd35ec75, kWrongGnu = 0x6e43a318;

string lab() { return SIGLAB_SOURCES; }

string blob(const Isa& isa, const string& name) { return lab() + "/vdso_blobs/" + string{isa.name} + "/" + name + ".S"; }

TempDir temp_dir() {
	Result<TempDir> dir = TempDir::make();
	EXPECT_TRUE(dir.ok());
	return *std::move(dir);
}

void write(const string& path, std::string_view text) { EXPECT_TRUE(write_file(path, std::as_bytes(std::span{text})).ok()); }

Image must_assemble(const Isa& isa, const Recipe& recipe, const string& source) {
	Result<Image> image = assemble(isa, recipe, source, lab());
	if (!image) ADD_FAILURE() << image.error().text;
	return image ? *std::move(image) : Image{};
}

const Image& vdso(const Isa& isa, HashStyle style = HashStyle::sysv) {
	static std::map<std::pair<IsaId, HashStyle>, Image> made;
	auto at = made.find({isa.id, style});
	if (at == made.end()) {
		at = made.emplace(std::pair{isa.id, style}, must_assemble(isa, {ImageKind::vdso, style}, blob(isa, "clobber-g"))).first;
	}
	return at->second;
}

Image assemble_text(const Isa& isa, ImageKind kind, std::string_view text) {
	const TempDir dir = temp_dir();
	write(dir.file("text.S"), text);
	return must_assemble(isa, {kind, HashStyle::sysv}, dir.file("text.S"));
}

string assemble_error(const Isa& isa, ImageKind kind, const string& name, std::string_view text) {
	const TempDir dir = temp_dir();
	write(dir.file(name), text);
	const Result<Image> image = assemble(isa, {kind, HashStyle::sysv}, dir.file(name), lab());
	EXPECT_FALSE(image.ok());
	if (image) return {};
	EXPECT_EQ(image.error().exit, Exit::usage);
	return replaced(image.error().text, dir.path() + "/", "");
}

Bytes copy_of(const Image& image) { return {image.bytes().begin(), image.bytes().end()}; }

template <class T>
void patch(Bytes& bytes, uint64_t offset, T value) {
	ASSERT_LE(offset + sizeof value, bytes.size());
	std::memcpy(bytes.data() + offset, &value, sizeof value);
}

// One line, with the file's name in front.
string parse_error(const Isa& isa, Bytes bytes) {
	const Result<Image> image = Image::parse(isa, "NAME", std::move(bytes));
	EXPECT_FALSE(image.ok());
	if (image) return {};
	EXPECT_EQ(image.error().exit, Exit::usage);
	EXPECT_THAT(image.error().text, StartsWith("NAME: "));
	EXPECT_THAT(image.error().text, Not(HasSubstr("\n")));
	return image.error().text;
}

VdsoLookup right_lookup(const Isa& isa) {
	return {isa.clock_gettime, sysv_hash(isa.clock_gettime.name), gnu_hash(isa.clock_gettime.name)};
}

string lookup_error(const Isa& isa, Bytes bytes, const VdsoLookup& lookup) {
	const Result<Image> image = Image::parse(isa, "NAME", std::move(bytes));
	EXPECT_TRUE(image.ok());
	if (!image) return image.error().text;
	const Result<VdsoFound> found = find_in_vdso(*image, lookup);
	EXPECT_FALSE(found.ok());
	if (found) return {};
	EXPECT_EQ(found.error().exit, Exit::usage);
	EXPECT_THAT(found.error().text, StartsWith("NAME: "));
	EXPECT_THAT(found.error().text, Not(HasSubstr("\n")));
	return found.error().text;
}

// Where the fields of an image stand, to break them one at a time.
struct Offsets {
	uint64_t phdr_type, phdr_offset, phdr_vaddr, phdr_filesz, phdr_memsz, phdr_size, phoff, shoff, phnum, phentsize;
};

Offsets offsets(const Isa& isa) {
	if (isa.elf_class == ELFCLASS64) {
		return {0, 8, 16, 32, 40, sizeof(Elf64_Phdr), sizeof(Elf64_Ehdr), 40, 56, 54};
	}
	return {0, 4, 8, 16, 20, sizeof(Elf32_Phdr), sizeof(Elf32_Ehdr), 32, 44, 42};
}

// Where the entry `tag` of the dynamic table stands in the file. (Our vDSOs are linked at 0: addresses are offsets.)
uint64_t dynamic_offset(const Image& image, int64_t tag) {
	const ElfView view{image.isa(), image.bytes()};
	const uint64_t table = view.program_header(view.header()->program_headers, 1)->offset;
	for (uint64_t i = 0; view.dynamic(table, i) && view.dynamic(table, i)->tag != DT_NULL; ++i) {
		if (view.dynamic(table, i)->tag == tag) return table + i * view.dynamic_size();
	}
	ADD_FAILURE() << "no dynamic entry " << tag;
	return 0;
}

uint64_t dynamic_value(const Image& image, int64_t tag) {
	return ElfView{image.isa(), image.bytes()}.dynamic(dynamic_offset(image, tag), 0)->value;
}

// Makes the entry mean nothing: 0x60000001 is a tag nobody knows.
Bytes without_dynamic(const Image& image, int64_t tag) {
	Bytes bytes = copy_of(image);
	patch<uint32_t>(bytes, dynamic_offset(image, tag), 0x60000001);
	return bytes;
}

class OnEveryIsa : public testing::TestWithParam<const Isa*> {
   protected:
	const Isa& isa() const { return *GetParam(); }
	const Isa& other() const { return GetParam() == &kArm ? kArm64 : kArm; }
};
INSTANTIATE_TEST_SUITE_P(, OnEveryIsa, testing::ValuesIn(all_isas().begin(), all_isas().end()),
                         [](const auto& isa) { return string{isa.param->name}; });

// ---- Good images ----

TEST_P(OnEveryIsa, AVdsoIsOnePieceAtZeroWithItsSymbols) {
	const Image& image = vdso(isa());
	EXPECT_TRUE(image.position_independent());
	ASSERT_EQ(image.segments().size(), 1u);
	EXPECT_EQ(image.segments()[0].range.begin, GuestAddr{0});
	EXPECT_TRUE(image.segments()[0].executable);
	EXPECT_FALSE(image.segments()[0].writable);
	const Symbol* function = image.find(isa().clock_gettime.name);
	ASSERT_NE(function, nullptr);
	EXPECT_TRUE(function->function);
	const Symbol* dirty = image.find("dirty_begin");
	ASSERT_NE(dirty, nullptr);
	EXPECT_FALSE(dirty->function);
	EXPECT_FALSE(dirty->absolute);
	EXPECT_EQ(image.find("dirty"), nullptr);
	EXPECT_EQ(image.find(""), nullptr);
	for (const Symbol& symbol : image.symbols()) EXPECT_FALSE(symbol.name.starts_with('$')) << symbol.name;
	EXPECT_EQ(image.hash(), hash_bytes(image.bytes()));
}

TEST_P(OnEveryIsa, AnAddressIsDescribedByItsFunctionNotByALabelInIt) {
	const Image& image = vdso(isa());
	const Symbol& function = *image.find(isa().clock_gettime.name);
	const Symbol& label = *image.find("dirty_begin");
	EXPECT_EQ(image.describe(function.value), function.name);
	EXPECT_EQ(image.describe(label.value), function.name + "+0x8");
	EXPECT_EQ(image.describe(image.segments()[0].range.end.value), "");
	EXPECT_EQ(image.describe(UINT64_MAX), "");
}

TEST_P(OnEveryIsa, WithoutAFunctionTheNearestLabelBeforeDescribes) {
	const Image image = assemble_text(isa(), ImageKind::guest,
	                                  "\t.text\n\tnop\nfirst:\tnop\nsecond:\tnop\n\tnop\n\t.equ\tnumber, 0x10004\n");
	EXPECT_EQ(image.describe(GUEST_TEXT), "");
	EXPECT_EQ(image.describe(GUEST_TEXT + 4), "first");
	EXPECT_EQ(image.describe(GUEST_TEXT + 12), "second+0x4");
	ASSERT_NE(image.find("number"), nullptr);
	EXPECT_TRUE(image.find("number")->absolute);
	EXPECT_EQ(image.find("number")->value, 0x10004u);
}

TEST_P(OnEveryIsa, AGuestLiesWhereTheLayoutSays) {
	const Image image = assemble_text(isa(), ImageKind::guest, "\t.data\nvariable:\t.word 1\n\t.text\nf:\tnop\n\t.size f, 4\n");
	EXPECT_FALSE(image.position_independent());
	ASSERT_EQ(image.segments().size(), 2u);
	EXPECT_EQ(image.segments()[0].range.begin, GuestAddr{GUEST_TEXT});
	EXPECT_EQ(image.segments()[1].range.begin, GuestAddr{GUEST_DATA});
	EXPECT_TRUE(image.segments()[1].writable);
	EXPECT_EQ(image.find("variable")->value, uint64_t{GUEST_DATA});
	EXPECT_EQ(image.loaded(GUEST_DATA).size(), 4u);
	EXPECT_TRUE(image.loaded(GUEST_DATA + 4).empty());
}

TEST_P(OnEveryIsa, EveryInstructionKnowsItsLine) {
	const string text = "#include \"layout.h\"\n\t.macro twice\n\tnop\n\tnop\n\t.endm\n\t.text\nf:\n  \tnop // here\n\ttwice\n\tnop\n";
	const Image image = assemble_text(isa(), ImageKind::guest, text);
	const auto number = [&image](uint64_t offset) { return image.line(GUEST_TEXT + offset) ? image.line(GUEST_TEXT + offset)->number : 0; };
	EXPECT_EQ(number(0), 8u);
	EXPECT_EQ(image.line(GUEST_TEXT)->text, "nop // here");
	EXPECT_EQ(number(4), 9u);
	EXPECT_EQ(number(8), 9u) << "both instructions of a macro come from the line that uses it";
	EXPECT_EQ(number(12), 10u);
	EXPECT_EQ(number(16), 0u);
	EXPECT_EQ(image.line(0), nullptr);
	EXPECT_EQ(image.line(UINT64_MAX), nullptr);
}

TEST_P(OnEveryIsa, IncludedCodeHasNoLineOfThisSource) {
	const TempDir dir = temp_dir();
	write(dir.file("other.h"), "\tnop\n\tnop\n");
	write(dir.file("main.S"), "\t.text\nf:\tnop\n#include \"other.h\"\n\tnop\n");
	const Image image = must_assemble(isa(), {}, dir.file("main.S"));
	ASSERT_NE(image.line(GUEST_TEXT), nullptr);
	EXPECT_EQ(image.line(GUEST_TEXT + 4), nullptr);
	EXPECT_EQ(image.line(GUEST_TEXT + 8), nullptr);
	ASSERT_NE(image.line(GUEST_TEXT + 12), nullptr);
	EXPECT_EQ(image.line(GUEST_TEXT + 12)->number, 4u);
}

TEST_P(OnEveryIsa, TheBytesDoNotDependOnThePathAndPathsMayHoldAnything) {
	const TempDir dir = temp_dir();
	const string odd = dir.file("a \"quoted\" 'folder' \\ $HOME; %s @ \xc3\xa9");
	std::filesystem::create_directory(odd);
	std::filesystem::copy_file(blob(isa(), "clobber-g"), odd + "/-x \"y\".S");
	const Image image = must_assemble(isa(), {ImageKind::vdso, HashStyle::sysv}, odd + "/-x \"y\".S");
	EXPECT_EQ(image.hash(), vdso(isa()).hash());
	EXPECT_EQ(image.lines(), vdso(isa()).lines());
	EXPECT_GT(image.lines().size(), 10u);
	EXPECT_EQ(as_text(image.bytes()).find(".debug_"), std::string_view::npos);
	EXPECT_EQ(as_text(image.bytes()).find(dir.path()), std::string_view::npos);
}

TEST_P(OnEveryIsa, AWrittenImageReadsBackWithItsLines) {
	const TempDir dir = temp_dir();
	const string path = dir.file("out");
	ASSERT_TRUE(write_image(vdso(isa()), path).ok());
	const Result<Image> image = Image::read(isa(), path);
	ASSERT_TRUE(image.ok()) << image.error().text;
	EXPECT_EQ(image->hash(), vdso(isa()).hash());
	EXPECT_EQ(image->lines(), vdso(isa()).lines());
	EXPECT_EQ(image->name(), path);
	EXPECT_EQ(std::distance(std::filesystem::directory_iterator{dir.path()}, {}), 2) << "nothing unfinished is left";
	write(path + ".lines", "0x10 1 fine\nnonsense\n");
	const Result<Image> broken = Image::read(isa(), path);
	ASSERT_FALSE(broken.ok());
	EXPECT_EQ(broken.error().text, path + ".lines:2: not 'address number text'");
	EXPECT_EQ(write_image(vdso(isa()), path + "/such").error().exit, Exit::environment) << "a file is no folder";
}

TEST_P(OnEveryIsa, AStrippedImageHasItsDynamicSymbols) {
	const TempDir dir = temp_dir();
	ASSERT_TRUE(write_image(vdso(isa()), dir.file("out")).ok());
	const Result<ToolRun> ran = run_tool({string{isa().tool_prefix} + "objcopy", "--strip-all", dir.file("out")}, dir, WorkIn::temp);
	ASSERT_TRUE(ran.ok() && ran->code == 0);
	const Result<Image> image = Image::read(isa(), dir.file("out"));
	ASSERT_TRUE(image.ok()) << image.error().text;
	EXPECT_EQ(image->find("dirty_begin"), nullptr);
	ASSERT_NE(image->find(isa().clock_gettime.name), nullptr);
	EXPECT_EQ(image->describe(image->find(isa().clock_gettime.name)->value + 4), string{isa().clock_gettime.name} + "+0x4");
}

TEST_P(OnEveryIsa, AnImageWithoutSectionsHasNoSymbolsButIsFoundIn) {
	Bytes bytes = copy_of(vdso(isa()));
	patch<uint32_t>(bytes, offsets(isa()).shoff, 0);
	const Result<Image> image = Image::parse(isa(), "NAME", std::move(bytes));
	ASSERT_TRUE(image.ok()) << image.error().text;
	EXPECT_TRUE(image->symbols().empty());
	EXPECT_EQ(image->describe(image->segments()[0].range.begin.value), "");
	EXPECT_TRUE(find_in_vdso(*image, right_lookup(isa()))->function.has_value());
}

TEST_P(OnEveryIsa, ACopyOutlivesItsOriginal) {
	std::optional<Image> original = vdso(isa());
	const Image copy = *original;
	original.reset();
	EXPECT_NE(copy.find("dirty_begin"), nullptr);
	EXPECT_EQ(copy.describe(copy.find("dirty_begin")->value), string{isa().clock_gettime.name} + "+0x8");
}

TEST(Sigpage, HasAnArmAndAThumbTrampoline) {
	const Image image = must_assemble(kArm, {ImageKind::sigpage, HashStyle::sysv}, lab() + "/kernel_model/sigpage_arm.S");
	EXPECT_EQ(image.find("rt_sigreturn.arm")->value, uint64_t{SIGPAGE});
	EXPECT_EQ(image.find("rt_sigreturn.thumb")->value, uint64_t{SIGPAGE + SIGPAGE_THUMB + 1});
	ASSERT_EQ(image.segments().size(), 1u);
	EXPECT_EQ(image.segments()[0].range.begin, GuestAddr{SIGPAGE});
	EXPECT_FALSE(image.thumb(SIGPAGE));
	EXPECT_FALSE(image.thumb(SIGPAGE - 1));
	EXPECT_TRUE(image.thumb(SIGPAGE + SIGPAGE_THUMB));
	EXPECT_EQ(image.describe(SIGPAGE + SIGPAGE_THUMB), "rt_sigreturn.thumb");
	EXPECT_EQ(image.describe(SIGPAGE + SIGPAGE_THUMB + 2), "rt_sigreturn.thumb+0x2");
	const Instruction thumb = disassemble(image, SIGPAGE + SIGPAGE_THUMB, true);
	EXPECT_EQ(thumb.text, "movs r7, #0xad");
	EXPECT_EQ(thumb.size, 2);
}

TEST(ThumbVdso, IsKnownFromItsFunctionWhenStripped) {
	const TempDir dir = temp_dir();
	write(dir.file("t.S"), "\t.syntax unified\n\t.thumb\n\t.text\n\t.globl __vdso_clock_gettime\n\t.type __vdso_clock_gettime, %function\n"
	                       "__vdso_clock_gettime:\n\tbx lr\n\t.size __vdso_clock_gettime, 2\n");
	const Image image = must_assemble(kArm, {ImageKind::vdso, HashStyle::sysv}, dir.file("t.S"));
	const uint64_t function = *find_in_vdso(image, right_lookup(kArm))->function;
	EXPECT_EQ(function & 1, 1u);
	ASSERT_TRUE(write_image(image, dir.file("out")).ok());
	ASSERT_TRUE(run_tool({string{kArm.tool_prefix} + "objcopy", "--strip-all", dir.file("out")}, dir, WorkIn::temp).ok());
	const Result<Image> stripped = Image::read(kArm, dir.file("out"));
	ASSERT_TRUE(stripped.ok());
	EXPECT_TRUE(stripped->thumb(function - 1));
	EXPECT_EQ(stripped->describe(function - 1), "__vdso_clock_gettime");
}

// A symbol may say that Thumb begins where nothing is in memory, gigabytes before the code.
TEST(ThumbVdso, IsReadFromItsSegmentOnNotFromASymbolBeforeIt) {
	constexpr uint64_t kFar = 0xf0000000;
	Bytes bytes = copy_of(vdso(kArm));
	const Offsets at = offsets(kArm);
	patch<uint32_t>(bytes, ElfView{kArm, bytes}.header()->program_headers + at.phdr_vaddr, kFar);
	const Result<Image> image = Image::parse(kArm, "NAME", std::move(bytes), {{.name = "$t", .value = 0}});
	ASSERT_TRUE(image.ok()) << image.error().text;
	EXPECT_EQ(image->stretch(kFar + 2), kFar);
	EXPECT_EQ(image->stretch(2), 2u);
	EXPECT_GT(disassemble(*image, kFar + 2, true).size, 0u);
}

TEST(Disassembly, ShowsInstructionsAndElseTheirBytes) {
	const Image arm64 = assemble_text(kArm64, ImageKind::guest, "\t.text\n\tldp x28, x30, [sp], #16\n\t.word 0xffffffff\n\t.byte 1, 2\n");
	EXPECT_EQ(disassemble(arm64, GUEST_TEXT, false).text, "ldp x28, x30, [sp], #0x10");
	EXPECT_EQ(disassemble(arm64, GUEST_TEXT + 4, false).text, ".word 0xffffffff");
	EXPECT_EQ(disassemble(arm64, GUEST_TEXT + 8, false).text, "(nothing)");
	EXPECT_EQ(disassemble(arm64, 0, false).text, "(nothing)");
	const Image arm = assemble_text(kArm, ImageKind::guest,
	                                "\t.syntax unified\n\t.text\n\t.arm\n\tldr r10, [r0, #4]\n"
	                                "\t.thumb\n\tmovw r1, #0x1234\n\t.short 0xe800, 0\n");
	EXPECT_EQ(disassemble(arm, GUEST_TEXT, false).text, "ldr sl, [r0, #4]");
	EXPECT_EQ(disassemble(arm, GUEST_TEXT + 4, true).text, "movw r1, #0x1234");
	EXPECT_EQ(disassemble(arm, GUEST_TEXT + 4, true).size, 4);
	EXPECT_EQ(disassemble(arm, GUEST_TEXT + 8, true).text, ".short 0xe800");
}

// ---- Bad ELF files ----

TEST_P(OnEveryIsa, WhatIsNoElfFileIsSaidInOneLine) {
	EXPECT_EQ(parse_error(isa(), {}), "NAME: is empty");
	EXPECT_EQ(parse_error(isa(), Bytes(4096)), "NAME: is not an ELF file");
	EXPECT_EQ(parse_error(isa(), Bytes(1, std::byte{0x7f})), "NAME: is not an ELF file");
	Bytes script(20);
	std::memcpy(script.data(), "#!/bin/sh", 9);
	EXPECT_EQ(parse_error(isa(), script), "NAME: is not an ELF file");
}

TEST_P(OnEveryIsa, AnotherMachineIsNamed) {
	EXPECT_EQ(parse_error(isa(), copy_of(vdso(other()))),
	          "NAME: is an " + string{other().name} + " image, not an " + string{isa().name} + " one");
	Bytes bytes = copy_of(vdso(isa()));
	constexpr std::pair<uint16_t, const char*> kMachines[] = {{EM_X86_64, "an x86-64"}, {EM_386, "an i386"}, {EM_RISCV, "a RISC-V"},
	                                                          {EM_PPC64, "a ppc64"}, {EM_S390, "an s390"}, {EM_MIPS, "a MIPS"}};
	for (const auto& [machine, name] : kMachines) {
		patch<uint16_t>(bytes, 18, machine);
		EXPECT_THAT(parse_error(isa(), bytes), HasSubstr(fmt::format("is {} image, not", name)));
	}
	patch<uint16_t>(bytes, 18, 4711);
	EXPECT_THAT(parse_error(isa(), bytes), HasSubstr("is a machine-4711 image, not"));
	bytes = copy_of(vdso(isa()));
	patch<uint8_t>(bytes, EI_CLASS, other().elf_class);
	EXPECT_THAT(parse_error(isa(), bytes), HasSubstr("ELF class, but"));
	bytes = copy_of(vdso(isa()));
	patch<uint8_t>(bytes, EI_DATA, ELFDATA2MSB);
	EXPECT_EQ(parse_error(isa(), bytes), "NAME: is not a little-endian ELF file");
}

TEST_P(OnEveryIsa, OnlyLinkedFilesWithSomethingToLoadAreImages) {
	Bytes bytes = copy_of(vdso(isa()));
	patch<uint16_t>(bytes, 16, ET_REL);
	EXPECT_THAT(parse_error(isa(), bytes), HasSubstr("is an object file that is not linked yet"));
	patch<uint16_t>(bytes, 16, ET_CORE);
	EXPECT_THAT(parse_error(isa(), bytes), HasSubstr("core dump"));
	const Offsets at = offsets(isa());
	bytes = copy_of(vdso(isa()));
	patch<uint32_t>(bytes, at.phoff + at.phdr_type, PT_NOTE);
	EXPECT_EQ(parse_error(isa(), bytes), "NAME: has no PT_LOAD segment");
	bytes = copy_of(vdso(isa()));
	patch<uint16_t>(bytes, at.phnum, 0);
	EXPECT_EQ(parse_error(isa(), bytes), "NAME: has no PT_LOAD segment");
	patch<uint16_t>(bytes, at.phnum, 0xffff);
	EXPECT_THAT(parse_error(isa(), bytes), HasSubstr("is truncated"));
	bytes = copy_of(vdso(isa()));
	patch<uint16_t>(bytes, at.phentsize, 1);
	EXPECT_EQ(parse_error(isa(), bytes), "NAME: has program headers of a wrong size");
}

TEST_P(OnEveryIsa, SegmentsMustFitAndNotOverlap) {
	const Offsets at = offsets(isa());
	const auto broken = [&](uint64_t row, uint64_t field, uint32_t value) {
		Bytes bytes = copy_of(vdso(isa()));
		// The second row becomes a PT_LOAD of its own, above the first.
		patch<uint32_t>(bytes, at.phoff + at.phdr_size + at.phdr_type, PT_LOAD);
		patch<uint32_t>(bytes, at.phoff + at.phdr_size + at.phdr_vaddr, 0x8000);
		patch<uint32_t>(bytes, at.phoff + row * at.phdr_size + field, value);
		return bytes;
	};
	EXPECT_TRUE(Image::parse(isa(), "NAME", broken(1, at.phdr_vaddr, 0x9000)).ok());
	EXPECT_EQ(parse_error(isa(), broken(1, at.phdr_vaddr, 0x10)), "NAME: has overlapping PT_LOAD segments, at 0x0 and 0x10");
	EXPECT_EQ(parse_error(isa(), broken(0, at.phdr_memsz, 0x8001)), "NAME: has overlapping PT_LOAD segments, at 0x0 and 0x8000");
	EXPECT_THAT(parse_error(isa(), broken(0, at.phdr_offset, 0xffffffff)), HasSubstr("is truncated: the segment at 0x0 leaves the file"));
	EXPECT_THAT(parse_error(isa(), broken(0, at.phdr_filesz, 0xfffffff0)), HasSubstr("is truncated: the segment at 0x0 leaves the file"));
	EXPECT_THAT(parse_error(isa(), broken(0, at.phdr_memsz, 1)), HasSubstr("more in file than in memory"));
	if (isa().word == 8) return;
	EXPECT_THAT(parse_error(isa(), broken(1, at.phdr_vaddr, 0xfffffff0)), HasSubstr("leaves the address space"));
}

TEST_P(OnEveryIsa, EveryShorterFileIsRefused) {
	const Bytes whole = copy_of(vdso(isa()));
	size_t refused = 0;
	for (size_t size = 0; size < whole.size(); ++size) {
		const Result<Image> image = Image::parse(isa(), "NAME", Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)));
		refused += image.ok() ? 0 : 1;
	}
	EXPECT_EQ(refused, whole.size()) << "the section headers stand last";
	EXPECT_THAT(parse_error(isa(), Bytes(whole.begin(), whole.begin() + 30)), HasSubstr("is truncated: it ends within the ELF header"));
	EXPECT_THAT(parse_error(isa(), Bytes(whole.begin(), whole.end() - 1)), HasSubstr("is truncated: the section headers leave the file"));
}

TEST_P(OnEveryIsa, EveryByteMayBeWrong) {
	const Bytes whole = copy_of(vdso(isa(), HashStyle::gnu));
	for (size_t i = 0; i < whole.size(); ++i) {
		for (const std::byte value : {std::byte{0}, std::byte{0x7f}, std::byte{0xff}}) {
			Bytes bytes = whole;
			bytes[i] = value;
			const Result<Image> image = Image::parse(isa(), "NAME", std::move(bytes));
			if (!image) continue;
			const Result<VdsoFound> found = find_in_vdso(*image, right_lookup(isa()));
			EXPECT_TRUE(found.ok() || found.error().exit == Exit::usage);
		}
	}
}

TEST_P(OnEveryIsa, WhatIsNoReadableFileIsSaid) {
	const TempDir dir = temp_dir();
	const auto error = [this](const string& path) {
		const Result<Image> image = Image::read(isa(), path);
		EXPECT_FALSE(image.ok());
		return image ? string{} : image.error().text;
	};
	EXPECT_EQ(error(dir.path()), dir.path() + ": is a directory");
	EXPECT_EQ(error(dir.file("nope")), dir.file("nope") + ": no such file");
	EXPECT_EQ(error("/dev/zero"), "/dev/zero: is not a regular file");
	write(dir.file("empty"), "");
	EXPECT_EQ(error(dir.file("empty")), dir.file("empty") + ": is empty");
	EXPECT_THAT(error(dir.file("empty/below")), HasSubstr("Not a directory"));
}

// ---- Go's lookup ----

TEST(Hashes, AreThoseOfTheNamesAndGosArm64OnesWereNot) {
	EXPECT_EQ(sysv_hash("__vdso_clock_gettime"), 0xd35ec75u);
	EXPECT_EQ(gnu_hash("__vdso_clock_gettime"), 0x6e43a318u);
	EXPECT_EQ(sysv_hash("__kernel_clock_gettime"), 0xb0cd725u);
	EXPECT_EQ(gnu_hash("__kernel_clock_gettime"), 0xdfa941fdu);
	EXPECT_EQ(sysv_hash("LINUX_2.6"), 0x3ae75f6u);
	EXPECT_EQ(sysv_hash("LINUX_2.6.39"), 0x75fcb89u);
	EXPECT_EQ(sysv_hash(""), 0u);
	EXPECT_EQ(gnu_hash(""), 5381u);
	EXPECT_EQ(sysv_hash("\xff\xff\xff\xff\xff\xff\xff\xff"), sysv_hash("\xff\xff\xff\xff\xff\xff\xff\xff") & 0x0fffffff);
}

TEST_P(OnEveryIsa, TheRightHashesFindTheFunctionInBothKindsOfTable) {
	for (const HashStyle style : {HashStyle::sysv, HashStyle::gnu}) {
		const Result<VdsoFound> found = find_in_vdso(vdso(isa(), style), right_lookup(isa()));
		ASSERT_TRUE(found.ok()) << found.error().text;
		EXPECT_EQ(found->function, vdso(isa(), style).find(isa().clock_gettime.name)->value);
		EXPECT_EQ(found->first_load, vdso(isa(), style).segments()[0].range);
	}
}

TEST(Go62309, TheWrongHashesFindNothingInAGnuTable) {
	const VdsoLookup wrong{kArm64.clock_gettime, kWrongSysv, kWrongGnu};
	const Result<VdsoFound> found = find_in_vdso(vdso(kArm64, HashStyle::gnu), wrong);
	ASSERT_TRUE(found.ok()) << found.error().text;
	EXPECT_FALSE(found->function.has_value());
}

TEST(Go62309, InASysvTableItDependsOnTheNumberOfBuckets) {
	const Image& image = vdso(kArm64);
	const uint32_t buckets = *ElfView{kArm64, image.bytes()}.load<uint32_t>(dynamic_value(image, DT_HASH));
	const bool agree = kWrongSysv % buckets == sysv_hash(kArm64.clock_gettime.name) % buckets;
	const Result<VdsoFound> found = find_in_vdso(image, {kArm64.clock_gettime, kWrongSysv, kWrongGnu});
	ASSERT_TRUE(found.ok()) << found.error().text;
	EXPECT_EQ(found->function.has_value(), agree);
	std::vector<uint32_t> lucky;
	for (uint32_t n = 1; n < 32; ++n) {
		if (kWrongSysv % n == sysv_hash("__kernel_clock_gettime") % n) lucky.push_back(n);
	}
	EXPECT_EQ(lucky, (std::vector<uint32_t>{1, 2, 3, 4, 6, 8, 12, 16, 24}));
}

TEST_P(OnEveryIsa, AnotherVersionOrNameIsNotFound) {
	for (const HashStyle style : {HashStyle::sysv, HashStyle::gnu}) {
		VdsoLookup lookup = right_lookup(isa());
		lookup.symbol.version = "LINUX_9.9";
		EXPECT_FALSE(find_in_vdso(vdso(isa(), style), lookup)->function.has_value());
		lookup = right_lookup(isa());
		lookup.symbol.name = "__vdso_clock_gettime_of_another_name";
		EXPECT_FALSE(find_in_vdso(vdso(isa(), style), lookup)->function.has_value());
	}
	// Without DT_VERSYM any version will do.
	const Result<Image> image = Image::parse(isa(), "NAME", without_dynamic(vdso(isa()), DT_VERSYM));
	VdsoLookup lookup = right_lookup(isa());
	lookup.symbol.version = "LINUX_9.9";
	EXPECT_TRUE(find_in_vdso(*image, lookup)->function.has_value());
}

TEST_P(OnEveryIsa, LocalAndUndefinedSymbolsAndObjectsAreNotFound) {
	const Image& image = vdso(isa());
	const ElfView view{isa(), image.bytes()};
	const uint64_t table = dynamic_value(image, DT_SYMTAB);
	const uint64_t info = isa().word == 8 ? offsetof(Elf64_Sym, st_info) : offsetof(Elf32_Sym, st_info);
	const uint64_t section = isa().word == 8 ? offsetof(Elf64_Sym, st_shndx) : offsetof(Elf32_Sym, st_shndx);
	const uint64_t wanted = image.find(isa().clock_gettime.name)->value;
	uint64_t row = 0;
	while (view.symbol(table, row)->value != wanted) ++row;
	const uint64_t at = table + row * view.symbol_size();
	const auto found = [&](auto offset, auto value) {
		Bytes bytes = copy_of(image);
		patch(bytes, at + offset, value);
		return find_in_vdso(*Image::parse(isa(), "NAME", std::move(bytes)), right_lookup(isa()))->function.has_value();
	};
	const auto info_of = [](int binding, int type) { return static_cast<uint8_t>(binding << 4 | type); };
	EXPECT_TRUE(found(info, info_of(STB_GLOBAL, STT_FUNC)));
	EXPECT_TRUE(found(info, info_of(STB_WEAK, STT_NOTYPE)));
	EXPECT_FALSE(found(info, info_of(STB_LOCAL, STT_FUNC)));
	EXPECT_FALSE(found(info, info_of(STB_GLOBAL, STT_OBJECT)));
	EXPECT_FALSE(found(section, uint16_t{SHN_UNDEF}));
}

TEST_P(OnEveryIsa, WhatGoWouldCrashOnIsAnError) {
	const Image& image = vdso(isa());
	const VdsoLookup lookup = right_lookup(isa());
	EXPECT_THAT(lookup_error(isa(), without_dynamic(image, DT_VERDEF), lookup), HasSubstr("has no DT_VERDEF, which Go reads"));
	EXPECT_EQ(lookup_error(isa(), without_dynamic(image, DT_STRTAB), lookup), "NAME: has no DT_STRTAB");
	EXPECT_EQ(lookup_error(isa(), without_dynamic(image, DT_SYMTAB), lookup), "NAME: has no DT_SYMTAB");
	EXPECT_EQ(lookup_error(isa(), without_dynamic(image, DT_HASH), lookup), "NAME: has neither DT_HASH nor DT_GNU_HASH");
	const Offsets at = offsets(isa());
	Bytes bytes = copy_of(image);
	patch<uint32_t>(bytes, at.phoff + at.phdr_size + at.phdr_type, PT_NULL);
	EXPECT_THAT(lookup_error(isa(), bytes, lookup), HasSubstr("has no PT_DYNAMIC"));
	patch<uint32_t>(bytes, at.phoff + at.phdr_size + at.phdr_type, PT_DYNAMIC);
	patch<uint32_t>(bytes, at.phoff + at.phdr_size + at.phdr_offset, 0xfffffff0);
	EXPECT_THAT(lookup_error(isa(), bytes, lookup), HasSubstr("the dynamic table (it has no DT_NULL) leaves the image"));
	for (const int64_t tag : {DT_STRTAB, DT_SYMTAB, DT_HASH, DT_VERSYM, DT_VERDEF}) {
		bytes = copy_of(image);
		patch<uint32_t>(bytes, dynamic_offset(image, tag) + isa().word, 0xfffffff0);
		EXPECT_THAT(lookup_error(isa(), bytes, lookup), EndsWith("leaves the image")) << tag;
	}
}

TEST_P(OnEveryIsa, AGuestIsNoVdso) {
	const Image guest = assemble_text(isa(), ImageKind::guest, "\t.text\n\tnop\n");
	EXPECT_THAT(find_in_vdso(guest, right_lookup(isa())).error().text, HasSubstr("has no PT_DYNAMIC"));
}

TEST_P(OnEveryIsa, AHashChainThatRunsInACircleEnds) {
	const Image& image = vdso(isa());
	const uint64_t table = dynamic_value(image, DT_HASH);
	const uint32_t buckets = *ElfView{isa(), image.bytes()}.load<uint32_t>(table);
	const uint32_t chains = *ElfView{isa(), image.bytes()}.load<uint32_t>(table + 4);
	VdsoLookup lookup = right_lookup(isa());
	lookup.symbol.name = "__another_name_in_the_same_bucket";
	Bytes bytes = copy_of(image);
	for (uint32_t i = 1; i < chains; ++i) patch<uint32_t>(bytes, table + 4 * (2 + buckets + i), i);
	EXPECT_THAT(lookup_error(isa(), bytes, lookup), HasSubstr("hash chain that runs in a circle"));
	patch<uint32_t>(bytes, table + 4, 0xffffffff);  // a length that nobody can count to
	EXPECT_THAT(lookup_error(isa(), bytes, lookup), HasSubstr("hash chain that runs in a circle"));
	for (uint32_t i = 1; i < chains; ++i) patch<uint32_t>(bytes, table + 4 * (2 + buckets + i), 0x7fffffff);
	EXPECT_THAT(lookup_error(isa(), bytes, lookup), EndsWith("leaves the image"));
	patch<uint32_t>(bytes, table, 0);
	EXPECT_FALSE(find_in_vdso(*Image::parse(isa(), "NAME", bytes), lookup)->function.has_value()) << "no bucket, no symbol";
}

TEST_P(OnEveryIsa, AGnuTableMayBeWrongToo) {
	const Image& image = vdso(isa(), HashStyle::gnu);
	const uint64_t table = dynamic_value(image, DT_GNU_HASH);
	Bytes bytes = copy_of(image);
	patch<uint32_t>(bytes, table, 0);
	EXPECT_THAT(lookup_error(isa(), bytes, right_lookup(isa())), HasSubstr("Go would divide by zero"));
	patch<uint32_t>(bytes, table, 0xffffffff);
	EXPECT_EQ(lookup_error(isa(), bytes, right_lookup(isa())), "NAME: DT_GNU_HASH leaves the image");
	bytes = copy_of(image);
	patch<uint32_t>(bytes, table + 8, 0xffffffff);
	EXPECT_EQ(lookup_error(isa(), bytes, right_lookup(isa())), "NAME: DT_GNU_HASH leaves the image");
	// No chain ends: from the last symbol on it would read what follows.
	bytes = copy_of(image);
	const ElfView view{isa(), image.bytes()};
	const uint32_t buckets = *view.load<uint32_t>(table), bloom = *view.load<uint32_t>(table + 8);
	for (uint64_t at = table + 16 + bloom * view.word_size() + 4 * buckets; at + 4 <= bytes.size(); at += 4) patch<uint32_t>(bytes, at, 2);
	const Result<Image> parsed = Image::parse(isa(), "NAME", bytes);
	EXPECT_FALSE(parsed.ok() && find_in_vdso(*parsed, right_lookup(isa())).ok());
}

// ---- Sources that do not become images ----

TEST_P(OnEveryIsa, AnAssemblersErrorsNameTheUsersFileAndLine) {
	const string text = assemble_error(isa(), ImageKind::guest, "my \"own\".S", "#include \"layout.h\"\n\t.text\n\tnop\n\tbogus x1\n");
	EXPECT_THAT(text, StartsWith("my \"own\".S: does not assemble; "));
	EXPECT_THAT(text, HasSubstr("\nmy \"own\".S:4: Error: "));
	EXPECT_THAT(text, Not(HasSubstr("siglab-")));
}

TEST_P(OnEveryIsa, AnIncludedFilesErrorsNameThatFile) {
	const TempDir dir = temp_dir();
	write(dir.file("other.h"), "\n\tbogus\n");
	write(dir.file("main.S"), "\t.text\n#include \"other.h\"\n");
	const Result<Image> image = assemble(isa(), {}, dir.file("main.S"), lab());
	ASSERT_FALSE(image.ok());
	EXPECT_THAT(image.error().text, HasSubstr(dir.file("other.h") + ":2: Error: "));
}

TEST_P(OnEveryIsa, ThePreprocessorsAndTheLinkersErrorsAreTheUsersToo) {
	string text = assemble_error(isa(), ImageKind::guest, "a.S", "\n#include \"nope.h\"\n");
	EXPECT_THAT(text, StartsWith("a.S: does not preprocess; cpp says:\na.S:2:"));
	text = assemble_error(isa(), ImageKind::guest, "a.S", "\t.text\nf:\n\tbl nope\n");
	EXPECT_THAT(text, StartsWith("a.S: does not link; "));
	EXPECT_THAT(text, HasSubstr("a.S:3: undefined reference to `nope'"));
	EXPECT_THAT(text, Not(HasSubstr("siglab-")));
	EXPECT_THAT(assemble_error(isa(), ImageKind::vdso, "a.S", "\t.data\n\t.word 1\n"), HasSubstr("a vDSO has no data of its own"));
	string many = "\t.text\n";
	for (int i = 0; i < 100; ++i) many += "\tbogus\n";
	EXPECT_THAT(assemble_error(isa(), ImageKind::guest, "a.S", many), EndsWith("\n... and 80 lines more"));
}

TEST_P(OnEveryIsa, ASourceThatMakesNothingOrIsNoFileIsRefused) {
	EXPECT_EQ(assemble_error(isa(), ImageKind::guest, "a.S", ""), "a.S: has no PT_LOAD segment");
	const TempDir dir = temp_dir();
	EXPECT_EQ(assemble(isa(), {}, dir.path(), lab()).error().text, dir.path() + ": is a directory");
	EXPECT_EQ(assemble(isa(), {}, dir.file("a.S"), lab()).error().text, dir.file("a.S") + ": no such file");
	write(dir.file("a.S"), "\t.text\n\tnop\n");
	EXPECT_EQ(assemble(isa(), {}, dir.file("a.S"), dir.path()).error().exit, Exit::environment);
}

TEST(Tools, ThatAreNotThereAreAnEnvironmentError) {
	const TempDir dir = temp_dir();
	const Result<ToolRun> ran = run_tool({"siglab-no-such-tool"}, dir, WorkIn::temp);
	ASSERT_FALSE(ran.ok());
	EXPECT_EQ(ran.error().exit, Exit::environment);
	EXPECT_THAT(ran.error().text, StartsWith("siglab-no-such-tool: not found in PATH"));
	const Result<ToolRun> killed = run_tool({"sh", "-c", "kill -9 $$"}, dir, WorkIn::temp);
	EXPECT_EQ(killed.error().text, "sh: was killed by signal 9");
	const Result<ToolRun> said = run_tool({"sh", "-c", "pwd; echo \"$1\" >&2; exit 3", "sh", "a  'b\" $c"}, dir, WorkIn::temp);
	ASSERT_TRUE(said.ok());
	EXPECT_EQ(said->code, 3);
	EXPECT_EQ(said->output, dir.path() + "\n");
	EXPECT_EQ(said->complaints, "a  'b\" $c\n");
}

TEST(Tools, ATemporaryDirectoryGoesAwayWithItsOwner) {
	string path;
	{
		const TempDir dir = temp_dir();
		path = dir.path();
		write(dir.file("x"), "y");
		TempDir moved = temp_dir();
		const TempDir other = std::move(moved);
		EXPECT_TRUE(std::filesystem::exists(other.path()));
	}
	EXPECT_FALSE(std::filesystem::exists(path));
}

// ---- Texts ----

TEST(Lines, PrintAndParse) {
	const LineMap lines = {{0x10, {3, "mov x0, #1"}}, {0x14, {4, "1:\tb 1b"}}, {0x18, {}}};
	EXPECT_EQ(print_lines(lines), "0x10 3 mov x0, #1\n0x14 4 1:\tb 1b\n0x18 0 \n");
	EXPECT_EQ(*parse_lines("x", print_lines(lines)), lines);
	EXPECT_TRUE(parse_lines("x", "")->empty());
	for (const char* bad : {"\n", "0x10\n", "0x10 x y\n", "0xq 1 y\n", "0x10 4294967296 y", "0x10 0x3 y", "-1 1 y"}) {
		EXPECT_EQ(parse_lines("x", bad).error().text, "x:1: not 'address number text'") << bad;
	}
}

TEST(Lines, AreDecodedFromObjdump) {
	const string text =
		"\nx.elf:     file format elf32-littlearm\n\nContents of the .debug_line section:\n\nCU: m:\n"
		"File name    Line number    Starting address    View    Stmt\n"
		"m   1   0   x\nm   1   0x4   x\nm   2   0x4   1   x\n\n./other.h:\nother.h   7   0x8   x\nm   9   0xc   x\nm   -   0x10\n\n"
		"m 3 0x20 x\nm - 0x24\nm 4 0x24 x END\nm 5 zzz x\n";
	const LineMap expected = {{0, {1, "one"}}, {4, {2, "two"}}, {8, {}}, {0xc, {9, ""}}, {0x10, {}}, {0x20, {3, "three"}}, {0x24, {4, ""}}};
	EXPECT_EQ(decode_lines(text, "m", "one\n\t two \r\nthree"), expected);
}

TEST(Preprocessed, NamesBecomeMarksAndMarksNamesAgain) {
	const Preprocessed result = with_marks(
		"# 0 \"a \\\"b\\\".S\"\n# 1 \"<built-in>\"\n# 12 \"a \\\"b\\\".S\" 2\n# a comment\n# 3\nx \"y\"\n"
		"# 1 \"\\303\\251\\\\\" 1 3");
	EXPECT_EQ(result.files, (std::vector<string>{"a \"b\".S", "<built-in>", "\xc3\xa9\\"}));
	EXPECT_EQ(result.text,
	          "# 0 \"siglab-file-0.S\"\n# 1 \"siglab-file-1.S\"\n# 12 \"siglab-file-0.S\"\n"
	          "# a comment\n# 3\nx \"y\"\n# 1 \"siglab-file-2.S\"\n");
	EXPECT_EQ(without_marks("siglab-file-0.S:3: siglab-file-2.S", result.files), "a \"b\".S:3: \xc3\xa9\\");
	EXPECT_EQ(with_marks("# 1 \"").text, "# 1 \"\n");
}

}  // namespace
}  // namespace siglab
