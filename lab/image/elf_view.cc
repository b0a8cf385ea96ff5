#include "image/elf_view.h"

namespace siglab {

std::optional<ElfHeader> ElfView::header() const {
	return either<Elf32_Ehdr, Elf64_Ehdr>(0, [](const auto& raw) {
		return ElfHeader{.type = raw.e_type,
		                 .program_headers = raw.e_phoff,
		                 .sections = raw.e_shoff,
		                 .program_header_size = raw.e_phentsize,
		                 .program_header_count = raw.e_phnum,
		                 .section_size = raw.e_shentsize,
		                 .section_count = raw.e_shnum,
		                 .section_names = raw.e_shstrndx};
	});
}

std::optional<ElfProgramHeader> ElfView::program_header(uint64_t table, uint64_t index) const {
	return either<Elf32_Phdr, Elf64_Phdr>(row(table, index, program_header_size()), [](const auto& raw) {
		return ElfProgramHeader{.type = raw.p_type,
		                        .flags = raw.p_flags,
		                        .offset = raw.p_offset,
		                        .address = raw.p_vaddr,
		                        .file_size = raw.p_filesz,
		                        .memory_size = raw.p_memsz};
	});
}

std::optional<ElfSection> ElfView::section(uint64_t table, uint64_t index) const {
	return either<Elf32_Shdr, Elf64_Shdr>(row(table, index, section_size()), [](const auto& raw) {
		return ElfSection{
			.name = raw.sh_name, .type = raw.sh_type, .link = raw.sh_link, .flags = raw.sh_flags, .address = raw.sh_addr, .offset = raw.sh_offset, .size = raw.sh_size,
			.row_size = raw.sh_entsize};
	});
}

std::optional<ElfSymbol> ElfView::symbol(uint64_t table, uint64_t index) const {
	return either<Elf32_Sym, Elf64_Sym>(row(table, index, symbol_size()), [](const auto& raw) {
		return ElfSymbol{
			.name = raw.st_name, .info = raw.st_info, .section = raw.st_shndx, .value = raw.st_value, .size = raw.st_size};
	});
}

std::optional<ElfDynamic> ElfView::dynamic(uint64_t table, uint64_t index) const {
	return either<Elf32_Dyn, Elf64_Dyn>(row(table, index, dynamic_size()), [](const auto& raw) {
		return ElfDynamic{.tag = raw.d_tag, .value = raw.d_un.d_val};
	});
}

std::optional<std::string_view> ElfView::text(uint64_t offset, uint64_t end) const {
	if (end > size() || offset >= end) return std::nullopt;
	const auto* first = reinterpret_cast<const char*>(bytes_.data()) + offset;
	const std::string_view rest{first, end - offset};
	const size_t length = rest.find('\0');
	if (length == std::string_view::npos) return std::nullopt;
	return rest.substr(0, length);
}

}  // namespace siglab
