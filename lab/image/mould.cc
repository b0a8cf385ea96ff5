#include "image/mould.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "image/elf_view.h"
#include "image/tool.h"

namespace siglab {
namespace {

std::vector<std::string> exported_names(const Isa& isa) {
	std::vector<std::string> names = {std::string{isa.clock_gettime.name}};
	if (isa.vdso_restorer) names.emplace_back(*isa.vdso_restorer);
	return names;
}

// A vDSO whose functions are a word each.
std::string stub(const Isa& isa) {
	std::string text = "\t.text\n";
	for (const std::string& name : exported_names(isa)) {
		text += fmt::format("\t.globl\t{0}\n\t.type\t{0}, %function\n{0}:\n\t.word\t0\n\t.size\t{0}, . - {0}\n", name);
	}
	return text;
}

bool wide(const Isa& isa) { return isa.elf_class == ELFCLASS64; }

// Where the fields lie that a cast changes.
struct Fields {
	uint64_t load_sizes[2];   // p_filesz, p_memsz
	uint64_t value, size;     // of a symbol
	uint64_t sections, section_count;
	uint8_t word;
};
Fields fields_of(const Isa& isa) {
	if (wide(isa)) {
		return {{offsetof(Elf64_Phdr, p_filesz), offsetof(Elf64_Phdr, p_memsz)}, offsetof(Elf64_Sym, st_value), offsetof(Elf64_Sym, st_size),
		        offsetof(Elf64_Ehdr, e_shoff), offsetof(Elf64_Ehdr, e_shnum), 8};
	}
	return {{offsetof(Elf32_Phdr, p_filesz), offsetof(Elf32_Phdr, p_memsz)}, offsetof(Elf32_Sym, st_value), offsetof(Elf32_Sym, st_size),
	        offsetof(Elf32_Ehdr, e_shoff), offsetof(Elf32_Ehdr, e_shnum), 4};
}

void put(std::vector<std::byte>& bytes, uint64_t at, uint64_t value, uint8_t width) { std::memcpy(bytes.data() + at, &value, width); }

Error unknown_shape(std::string_view what) {
	return {Exit::environment, fmt::format("the linker makes vDSOs of another shape than the lab knows: {}", what)};
}

}  // namespace

Result<Mould> Mould::make(const Isa& isa, const std::string& sources) {
	const Result<TempDir> dir = TempDir::make();
	if (!dir) return dir.error();
	const std::string path = dir->file("mould.S");
	if (const Status written = write_text(path, stub(isa)); !written) return written.error();
	const Result<Image> image = assemble(isa, {ImageKind::vdso}, path, sources);
	if (!image) return image.error();
	Mould mould;
	mould.isa_ = &isa;
	if (const Status found = mould.find_parts(*image); !found) return found.error();
	return mould;
}

// The loaded part of the stub is cut before and behind its code.
Status Mould::find_parts(const Image& image) {
	const ElfView view{*isa_, image.bytes()};
	const std::vector<std::string> names = exported_names(*isa_);
	const Symbol* first = image.find(names.front());
	const std::span<const Segment> segments = image.segments();
	if (segments.size() != 1 || segments[0].range.begin.value != 0 || segments[0].file_offset != 0 || first == nullptr) return unknown_shape("segments");
	const std::span<const std::byte> loaded = image.bytes().first(segments[0].file_size);
	const uint64_t text_end = first->value + 4 * names.size();
	tail_alignment_ = isa_->word;
	const uint64_t tail_at = round_up(text_end, tail_alignment_);
	text_at_ = first->value;
	head_.assign(loaded.begin(), loaded.begin() + static_cast<std::ptrdiff_t>(text_at_));
	tail_.assign(loaded.begin() + static_cast<std::ptrdiff_t>(tail_at), loaded.end());

	const std::optional<ElfHeader> header = view.header();
	if (!header || header->program_headers + view.program_header_size() > text_at_) return unknown_shape("program headers");
	for (uint64_t i = 0; i < header->section_count; ++i) {
		const std::optional<ElfSection> section = view.section(header->sections, i);
		if (!section || section->type != SHT_DYNSYM) continue;
		const std::optional<ElfSection> strings = view.section(header->sections, section->link);
		for (uint64_t row = 0; strings && row < section->size / view.symbol_size(); ++row) {
			const std::optional<ElfSymbol> symbol = view.symbol(section->offset, row);
			const std::optional<std::string_view> name = symbol ? view.text(strings->offset + symbol->name, strings->offset + strings->size) : std::nullopt;
			const bool exports = name && std::find(names.begin(), names.end(), *name) != names.end();
			if (exports) exported_.push_back({std::string{*name}, section->offset + row * view.symbol_size()});
		}
	}
	return exported_.size() == names.size() ? Status{Done{}} : unknown_shape("exported symbols");
}

std::vector<std::byte> Mould::put_together(std::span<const std::byte> text) const {
	const Fields fields = fields_of(*isa_);
	std::vector<std::byte> bytes = head_;
	bytes.insert(bytes.end(), text.begin(), text.end());
	bytes.resize(round_up(bytes.size(), tail_alignment_));
	bytes.insert(bytes.end(), tail_.begin(), tail_.end());
	const ElfView view{*isa_, bytes};
	const uint64_t load = view.header()->program_headers;
	for (const uint64_t size : fields.load_sizes) put(bytes, load + size, bytes.size(), fields.word);
	put(bytes, fields.sections, 0, fields.word);
	put(bytes, fields.section_count, 0, 4);  // and e_shstrndx behind it
	return bytes;
}

Result<Image> Mould::cast(std::string name, std::span<const std::byte> text, std::vector<Symbol> symbols) const {
	std::vector<std::byte> bytes = put_together(text);
	const Fields fields = fields_of(*isa_);
	for (const Exported& exported : exported_) {
		const auto same = [&](const Symbol& symbol) { return symbol.name == exported.name; };
		const auto symbol = std::find_if(symbols.begin(), symbols.end(), same);
		if (symbol == symbols.end()) return Error{Exit::usage, fmt::format("{}: does not define {}", name, exported.name)};
		put(bytes, exported.row + fields.value, symbol->value, fields.word);
		put(bytes, exported.row + fields.size, symbol->size, fields.word);
	}
	return Image::parse(*isa_, std::move(name), std::move(bytes), std::move(symbols));
}

}  // namespace siglab
