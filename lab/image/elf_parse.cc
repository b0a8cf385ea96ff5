#include "image/elf_parse.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/elf_view.h"

namespace siglab {
namespace {

// Far beyond any vDSO or guest, and a bound on the memory that a few hostile bytes can ask for: many names may share one long string.
constexpr uint64_t kMaxSymbols = 65536;
constexpr uint64_t kMaxName = 1024;

Error malformed(std::string text) { return {Exit::usage, std::move(text)}; }

std::string machine_name(uint16_t machine) {
	for (const Isa* isa : all_isas()) {
		if (isa->elf_machine == machine) return fmt::format("an {}", isa->name);
	}
	switch (machine) {
		case EM_386: return "an i386";
		case EM_X86_64: return "an x86-64";
		case EM_RISCV: return "a RISC-V";
		case EM_PPC64: return "a ppc64";
		case EM_S390: return "an s390";
		case EM_MIPS: return "a MIPS";
		default: return fmt::format("a machine-{}", machine);
	}
}

std::string_view type_name(uint16_t type) {
	switch (type) {
		case ET_REL: return "an object file that is not linked yet (ET_REL)";
		case ET_CORE: return "a core dump (ET_CORE)";
		default: return "of an unknown type";
	}
}

// The 20 bytes that all ELF files have in common: what it is, before anything of it is read as this or that class.
Status check_identity(const Isa& isa, const ElfView& view) {
	if (view.size() == 0) return malformed("is empty");
	constexpr std::string_view kMagic = ELFMAG;
	for (uint64_t i = 0; i < kMagic.size(); ++i) {
		const std::optional<uint8_t> byte = view.load<uint8_t>(i);
		if (byte != static_cast<uint8_t>(kMagic[i])) return malformed("is not an ELF file");
	}
	const std::optional<uint16_t> machine = view.load<uint16_t>(EI_NIDENT + 2);
	if (!machine) return malformed("is truncated: it ends within the ELF header");
	if (view.load<uint8_t>(EI_DATA) != ELFDATA2LSB) return malformed("is not a little-endian ELF file");
	if (*machine != isa.elf_machine) {
		return malformed(fmt::format("is {} image, not an {} one", machine_name(*machine), isa.name));
	}
	const uint8_t elf_class = *view.load<uint8_t>(EI_CLASS);
	if (elf_class == isa.elf_class) return Done{};
	const std::string_view found = elf_class == ELFCLASS32 ? "32-bit" : elf_class == ELFCLASS64 ? "64-bit" : "unknown";
	return malformed(fmt::format("has the {} ELF class, but an {} image is {}-bit", found, isa.name, isa.word * 8));
}

Result<ElfHeader> read_header(const Isa& isa, const ElfView& view) {
	if (const Status identity = check_identity(isa, view); !identity) return identity.error();
	const std::optional<ElfHeader> header = view.header();
	if (!header) return malformed("is truncated: it ends within the ELF header");
	if (header->type != ET_DYN && header->type != ET_EXEC) {
		return malformed(fmt::format("is {}; a shared object or an executable is needed", type_name(header->type)));
	}
	if (header->program_header_count == 0) return malformed("has no PT_LOAD segment");
	if (header->program_header_size != view.program_header_size()) return malformed("has program headers of a wrong size");
	return *header;
}

Result<Segment> to_segment(const ElfView& view, const ElfProgramHeader& row) {
	if (!view.holds(row.offset, row.file_size)) {
		return malformed(fmt::format("is truncated: the segment at {:#x} leaves the file", row.address));
	}
	if (row.file_size > row.memory_size) {
		return malformed(fmt::format("has a segment at {:#x} with more in file than in memory", row.address));
	}
	if (row.memory_size > view.address_limit() - row.address) {
		return malformed(fmt::format("has a segment at {:#x} that leaves the address space", row.address));
	}
	return Segment{.range = {{row.address}, {row.address + row.memory_size}},
	               .file_offset = row.offset,
	               .file_size = row.file_size,
	               .writable = (row.flags & PF_W) != 0,
	               .executable = (row.flags & PF_X) != 0};
}

Status check_overlaps(std::vector<Segment> segments) {
	std::sort(segments.begin(), segments.end(), [](const Segment& a, const Segment& b) { return a.range.begin < b.range.begin; });
	for (size_t i = 1; i < segments.size(); ++i) {
		if (segments[i].range.begin < segments[i - 1].range.end) {
			return malformed(fmt::format("has overlapping PT_LOAD segments, at {:#x} and {:#x}", segments[i - 1].range.begin.value,
			                             segments[i].range.begin.value));
		}
	}
	return Done{};
}

Result<std::vector<Segment>> read_segments(const ElfView& view, const ElfHeader& header) {
	std::vector<Segment> segments;
	for (uint64_t i = 0; i < header.program_header_count; ++i) {
		const std::optional<ElfProgramHeader> row = view.program_header(header.program_headers, i);
		if (!row) return malformed("is truncated: the program headers leave the file");
		if (row->type != PT_LOAD || row->memory_size == 0) continue;
		const Result<Segment> segment = to_segment(view, *row);
		if (!segment) return segment.error();
		segments.push_back(*segment);
	}
	if (segments.empty()) return malformed("has no PT_LOAD segment");
	if (const Status apart = check_overlaps(segments); !apart) return apart.error();
	return segments;
}

// .symtab, or .dynsym in a stripped file; neither is an error.
Result<std::optional<ElfSection>> find_symbol_table(const ElfView& view, const ElfHeader& header) {
	std::optional<ElfSection> dynamic;
	if (header.sections == 0 || header.section_count == 0) return dynamic;
	if (header.section_size != view.section_size()) return malformed("has section headers of a wrong size");
	// They stand last in most files, so this is where a file that was cut short is found out.
	if (!view.holds(header.sections, header.section_count * view.section_size())) {
		return malformed("is truncated: the section headers leave the file");
	}
	for (uint64_t i = 0; i < header.section_count; ++i) {
		const std::optional<ElfSection> section = view.section(header.sections, i);
		if (section->type == SHT_SYMTAB) return section;
		if (section->type == SHT_DYNSYM && !dynamic) dynamic = section;
	}
	return dynamic;
}

// Where the section headers, which have been checked, say that instructions are.
std::vector<GuestRange> read_code(const ElfView& view, const ElfHeader& header) {
	std::vector<GuestRange> code;
	for (uint64_t i = 0; header.sections != 0 && i < header.section_count; ++i) {
		const std::optional<ElfSection> section = view.section(header.sections, i);
		if (section && (section->flags & SHF_EXECINSTR) != 0 && section->size != 0 && section->size <= view.size()) {
			code.push_back({{section->address}, {section->address + section->size}});
		}
	}
	return code;
}

// Sections and source files are in the table for the linker; undefined and nameless symbols say nothing about this image.
bool worth_keeping(const ElfSymbol& row) {
	return row.section != SHN_UNDEF && row.name != 0 && row.type() != STT_SECTION && row.type() != STT_FILE;
}

Result<std::vector<Symbol>> read_symbols(const ElfView& view, const ElfHeader& header, const ElfSection& table) {
	std::vector<Symbol> symbols;
	const std::optional<ElfSection> names = view.section(header.sections, table.link);
	if (table.row_size != view.symbol_size() || table.link >= header.section_count || !names) {
		return malformed("has a symbol table whose header makes no sense");
	}
	if (!view.holds(table.offset, table.size) || !view.holds(names->offset, names->size)) {
		return malformed("is truncated: the symbol table leaves the file");
	}
	const uint64_t count = table.size / table.row_size, end = names->offset + names->size;
	if (count > kMaxSymbols) return malformed(fmt::format("has more than {} symbols", kMaxSymbols));
	for (uint64_t i = 0; i < count; ++i) {
		const ElfSymbol row = *view.symbol(table.offset, i);
		if (!worth_keeping(row)) continue;
		const uint64_t at = names->offset + row.name;
		const std::optional<std::string_view> name = view.text(at, std::min(end, at + kMaxName));
		if (!name) return malformed(fmt::format("has a symbol (number {}) whose name leaves the string table or is too long", i));
		symbols.push_back({.name = std::string{*name},
		                   .value = row.value,
		                   .size = row.size,
		                   .absolute = row.section == SHN_ABS,
		                   .function = row.type() == STT_FUNC});
	}
	return symbols;
}

}  // namespace

Result<ElfContents> parse_elf(const Isa& isa, std::span<const std::byte> bytes) {
	const ElfView view{isa, bytes};
	const Result<ElfHeader> header = read_header(isa, view);
	if (!header) return header.error();
	Result<std::vector<Segment>> segments = read_segments(view, *header);
	if (!segments) return segments.error();
	const Result<std::optional<ElfSection>> table = find_symbol_table(view, *header);
	if (!table) return table.error();
	std::vector<GuestRange> code = read_code(view, *header);
	if (!*table) return ElfContents{header->type == ET_DYN, *std::move(segments), std::move(code), {}};
	Result<std::vector<Symbol>> symbols = read_symbols(view, *header, **table);
	if (!symbols) return symbols.error();
	return ElfContents{header->type == ET_DYN, *std::move(segments), std::move(code), *std::move(symbols)};
}

}  // namespace siglab
