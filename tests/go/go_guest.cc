// siglab_go_guest: makes the guest go1.19 out of a program that Go built and of v5's own source.
//
//   siglab_go_guest ISA PROGRAM V5.S V5.ELF OUT LAB_DIR
//
// Models    one image: Go's segments at their own addresses, with runtime.nanotime1 and runtime.walltime as Go compiled them, and v5's
//           handler, callers and notes, which call them and read Go's own globals. v5's trampolines and copies of the globals are left out.
// Landmarks are put on Go's instructions by what these do (landmarks.h), with the field offsets that v5 declares.
// Read only Go's data too: the trampolines only read it, and a write would show as a fault.
// Errors    one line on stderr: another Go than 1.19, a pattern that is not there as often as it should be, a source that is not v5's.
#include <fmt/format.h>

#include <cstdio>

#include "guest_asm/layout.h"
#include "base/file.h"
#include "landmarks.h"

namespace siglab::go {
namespace {

constexpr std::string_view kRelease = "go1.19";

// What the harness calls the function, and what Go does.
struct Trampoline {
	std::string_view name;
	std::string_view go_name;
};
constexpr Trampoline kTrampolines[] = {{"nanotime1", "runtime.nanotime1"}, {"walltime1", "runtime.walltime"}};

Error wrong(std::string text) { return {Exit::usage, std::move(text)}; }

uint64_t word_at(const Image& image, uint64_t address) {
	uint64_t value = 0;
	const std::span<const std::byte> bytes = image.loaded(address);
	if (bytes.size() >= image.isa().word) std::memcpy(&value, bytes.data(), image.isa().word);
	return value;
}

// runtime.buildVersion, a Go string: where it is, and how long.
std::string version_of(const Image& program) {
	const Symbol* symbol = program.find("runtime.buildVersion");
	if (symbol == nullptr) return "no Go program";
	const std::string_view text = as_text(program.loaded(word_at(program, symbol->value)));
	return std::string{text.substr(0, word_at(program, symbol->value + program.isa().word))};
}

Status check_version(const Image& program) {
	const std::string version = version_of(program);
	if (version == kRelease || version.starts_with(fmt::format("{}.", kRelease))) return Done{};
	return wrong(fmt::format("{}: is {}; v5 retells {}, and nothing else can be compared with it", program.name(), version, kRelease));
}

// Assembler functions that Go code calls have a suffix where Go's calling convention is another one.
const Symbol* find_function(const Image& program, std::string_view name) {
	const Symbol* symbol = program.find(fmt::format("{}.abi0", name));
	return symbol != nullptr ? symbol : program.find(name);
}

// "go.2 + 0x36b1": an address as the segment of Go's that it lies in, and how far.
std::string place(const Image& program, uint64_t address) {
	for (size_t i = 0; i < program.segments().size(); ++i) {
		const GuestRange& range = program.segments()[i].range;
		if (range.contains({address})) return fmt::format("go.{} + {:#x}", i, address - range.begin.value);
	}
	return "0";
}

std::string segments_text(const Image& program) {
	std::string text = "\n// Go's program, segment by segment.\n";
	for (size_t i = 0; i < program.segments().size(); ++i) {
		const Segment& segment = program.segments()[i];
		text += fmt::format("\t.section\t.go.{0}, \"{1}\", %progbits\ngo.{0}:\n\t.incbin\t\"{2}\", {3}, {4}\n\t.zero\t{5}\n", i,
		                    segment.executable ? "ax" : "a", program.name(), segment.file_offset, segment.file_size,
		                    segment.range.size() - segment.file_size);
	}
	return text;
}

std::string symbol_text(const Image& program, std::string_view name, const Symbol& symbol, std::string_view type) {
	return fmt::format("\t.globl\t{0}\n\t.type\t{0}, %{1}\n\t.set\t{0}, {2}\n\t.size\t{0}, {3}\n", name, type, place(program, symbol.value),
	                   symbol.size);
}

Result<std::string> trampoline_text(const Image& program, const Trampoline& trampoline, const GoOffsets& offsets) {
	const Symbol* symbol = find_function(program, trampoline.go_name);
	if (symbol == nullptr) return wrong(fmt::format("{}: has no {}", program.name(), trampoline.go_name));
	Result<Listing> listing = list_function(program, symbol->name);
	if (!listing) return listing.error();
	Result<std::vector<Landmark>> landmarks = find_landmarks(program.isa(), *listing, offsets);
	if (!landmarks) return wrong(fmt::format("{}: {}: {}", program.name(), symbol->name, landmarks.error().text));
	std::string text = symbol_text(program, fmt::format("runtime.{}", trampoline.name), *symbol, "function");
	for (const Landmark& landmark : *landmarks) {
		text += fmt::format("\t.set\t{}.{}, {}\n", trampoline.name, landmark.mark, place(program, landmark.address));
	}
	return text;
}

Result<std::string> go_text(const Image& program, const GoOffsets& offsets) {
	std::string text = segments_text(program);
	for (const std::string_view name : kGlobals) {
		const Symbol* symbol = program.find(name);
		if (symbol == nullptr) return wrong(fmt::format("{}: has no {}", program.name(), name));
		text += symbol_text(program, name, *symbol, "object");
	}
	for (const Trampoline& trampoline : kTrampolines) {
		Result<std::string> part = trampoline_text(program, trampoline, offsets);
		if (!part) return part.error();
		text += *part;
	}
	return text;
}

// Takes the lines from the one that begins with `from` to the next one with `to` in it out of the text.
Status cut(std::string& text, const std::string& from, const std::string& to) {
	const size_t begin = text.find("\n" + from) + 1;
	const size_t last = begin == 0 ? std::string::npos : text.find(to, begin);
	if (last == std::string::npos || text.find("\n" + from, begin) != std::string::npos) {
		return wrong(fmt::format("v5's source has not exactly one '{}', or no '{}' behind it: tests/go/go_guest.cc expects both", from,
		                         to));
	}
	text.erase(begin, text.find('\n', last) + 1 - begin);
	return Done{};
}

Result<std::string> harness_text(const std::string& v5_source) {
	Result<std::vector<std::byte>> bytes = read_file(v5_source);
	if (!bytes) return bytes.error();
	std::string text{as_text(*bytes)};
	for (const Trampoline& trampoline : kTrampolines) {
		const std::string name = fmt::format("runtime.{}", trampoline.name);
		if (Status done = cut(text, fmt::format("// {}:", name), fmt::format("\t.size\t{},", name)); !done) return done.error();
	}
	for (const std::string_view name : kGlobals) {
		if (Status done = cut(text, fmt::format("{}:", name), "word\t0"); !done) return done.error();
	}
	return text;
}

// As guest_asm/guest.ld, and Go's segments behind that.
std::string linker_script(const Image& program) {
	std::string headers = "text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6);";
	std::string sections = fmt::format("\t.text {:#x} : {{ *(.text*) }} :text\n\t.data {:#x} : {{ *(.data*) *(.bss*) }} :data\n",
	                                   GUEST_TEXT, GUEST_DATA);
	for (size_t i = 0; i < program.segments().size(); ++i) {
		const Segment& segment = program.segments()[i];
		headers += fmt::format(" go{} PT_LOAD FLAGS({});", i, segment.executable ? 5 : 4);
		sections += fmt::format("\t.go.{0} {1:#x} : {{ *(.go.{0}) }} :go{0}\n", i, segment.range.begin.value);
	}
	sections += "\t/DISCARD/ : { *(.note*) *(.comment) *(.ARM.attributes) *(.ARM.exidx*) *(.eh_frame*) }\n";
	return fmt::format("PHDRS {{ {} }}\nSECTIONS\n{{\n{}}}\n", headers, sections);
}


Status make(const Isa& isa, std::span<const std::string> paths) {
	const std::string &out = paths[3], source = out + ".S", script = out + ".ld";
	Result<Image> program = Image::read(isa, paths[0]);
	if (!program) return program.error();
	if (Status checked = check_version(*program); !checked) return checked;
	Result<Image> v5 = Image::read(isa, paths[2]);
	if (!v5) return v5.error();
	Result<std::string> harness = harness_text(paths[1]);
	if (!harness) return harness.error();
	Result<std::string> go = go_text(*program, read_offsets(*v5));
	if (!go) return go.error();
	if (Status done = write_text(source, *harness + *go); !done) return done;
	if (Status done = write_text(script, linker_script(*program)); !done) return done;
	Result<Image> image = assemble(isa, {.kind = ImageKind::guest, .linker_script = script}, source, paths[4]);
	return image ? write_image(*image, out) : image.error();
}

Status run(std::span<const std::string> arguments) {
	const Isa* isa = arguments.size() == 6 ? find_isa(arguments[0]) : nullptr;
	if (isa == nullptr) return wrong("usage: siglab_go_guest arm64|arm PROGRAM V5.S V5.ELF OUT LAB_DIR");
	return make(*isa, arguments.subspan(1));
}

}  // namespace
}  // namespace siglab::go

int main(int count, char** values) {
	const std::vector<std::string> arguments(values + (count > 0 ? 1 : 0), values + count);
	const siglab::Status done = siglab::go::run(arguments);
	if (done) return 0;
	fmt::print(stderr, "{}\n", done.error().text);
	return static_cast<int>(done.error().exit);
}
