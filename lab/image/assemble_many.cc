// One run of the assembler over many vDSOs: a section for each, cut out of the object file.
#include <fmt/format.h>

#include <map>

#include "base/file.h"
#include "base/text.h"
#include "guest_asm/layout.h"
#include "image/elf_view.h"
#include "image/mould.h"
#include "image/tool.h"

namespace siglab {
namespace {

constexpr std::string_view kBase = "base";  // a label in front of each part's code, which tells its section

std::string whole_text(const Mould& mould, const std::string& definitions, std::span<const VdsoPart> parts) {
	std::string text = definitions;
	for (size_t i = 0; i < parts.size(); ++i) {
		const std::string& prefix = parts[i].prefix;
		text += fmt::format("\t.section .text.{},\"ax\",%progbits\n{}{}:\n", i, prefix, kBase);
		text += fmt::format("\t.set {}_vvar, {}{} - {}\n", prefix, prefix, kBase, mould.text_at() + VVAR_SIZE);
		text += parts[i].text;
	}
	return text;
}

// What an object file says of its sections.
struct Object {
	std::map<uint16_t, std::vector<Symbol>> symbols;  // by section; values count from its beginning
	std::map<uint16_t, ElfSection> sections;
	bool relocated = false;
};

Result<Object> read_object(const Isa& isa, std::span<const std::byte> bytes) {
	const ElfView view{isa, bytes};
	const std::optional<ElfHeader> header = view.header();
	const Error malformed{Exit::environment, "the assembler wrote an object file that cannot be read"};
	if (!header) return malformed;
	Object object;
	for (uint16_t i = 0; i < header->section_count; ++i) {
		const std::optional<ElfSection> section = view.section(header->sections, i);
		if (!section) return malformed;
		object.sections[i] = *section;
		object.relocated = object.relocated || ((section->type == SHT_REL || section->type == SHT_RELA) && section->size != 0);
		if (section->type != SHT_SYMTAB) continue;
		const std::optional<ElfSection> names = view.section(header->sections, section->link);
		for (uint64_t row = 0; names && row < section->size / view.symbol_size(); ++row) {
			const std::optional<ElfSymbol> symbol = view.symbol(section->offset, row);
			if (!symbol || symbol->type() == STT_SECTION || symbol->section == SHN_UNDEF || symbol->section == SHN_ABS) continue;
			const std::optional<std::string_view> name = view.text(names->offset + symbol->name, names->offset + names->size);
			if (!name) return malformed;
			object.symbols[symbol->section].push_back(
				{.name = std::string{*name}, .value = symbol->value, .size = symbol->size, .absolute = false, .function = symbol->type() == STT_FUNC});
		}
	}
	return object;
}

// Those of one part, as the linker would place them; the mapping symbols too.
std::vector<Symbol> symbols_of(const VdsoPart& part, std::vector<Symbol> symbols, uint64_t text_at) {
	std::vector<Symbol> own;
	for (Symbol& symbol : symbols) {
		if (symbol.name.starts_with(part.prefix)) symbol.name.erase(0, part.prefix.size());
		if (symbol.name == kBase || symbol.name == "_vvar") continue;
		symbol.value += text_at;
		own.push_back(std::move(symbol));
	}
	return own;
}

Result<std::vector<std::byte>> assemble_text(const Isa& isa, const std::string& text) {
	const Result<TempDir> dir = TempDir::make();
	if (!dir) return dir.error();
	if (const Status written = write_text(dir->file("many.s"), text); !written) return written.error();
	std::vector<std::string> arguments = {fmt::format("{}as", isa.tool_prefix)};
	for (std::string& option : split(isa.assembler_options, ' ')) arguments.push_back(std::move(option));
	arguments.insert(arguments.end(), {"-o", "many.o", "many.s"});
	const Result<ToolRun> ran = run_tool(arguments, *dir, WorkIn::temp);
	if (!ran) return ran.error();
	if (ran->code != 0) {
		const std::vector<std::string> lines = split(ran->complaints, '\n');
		return Error{Exit::usage, fmt::format("does not assemble: {}", lines.size() < 2 ? ran->complaints : lines[1])};
	}
	return read_file(dir->file("many.o"));
}

}  // namespace

Result<std::vector<Image>> assemble_many(const Mould& mould, const std::string& definitions, std::span<const VdsoPart> parts) {
	const Result<std::vector<std::byte>> bytes = assemble_text(mould.isa(), whole_text(mould, definitions, parts));
	if (!bytes) return bytes.error();
	Result<Object> object = read_object(mould.isa(), *bytes);
	if (!object) return object.error();
	if (object->relocated) return Error{Exit::usage, "the code needs relocations: only a linker can do that"};
	std::map<std::string, uint16_t> section_of;
	for (const auto& [section, symbols] : object->symbols) {
		for (const Symbol& symbol : symbols) section_of.emplace(symbol.name, section);
	}
	std::vector<Image> images;
	for (const VdsoPart& part : parts) {
		const auto section = section_of.find(part.prefix + std::string{kBase});
		if (section == section_of.end()) return Error{Exit::environment, "a part is missing in the object file"};
		const ElfSection& code = object->sections[section->second];
		if (code.offset + code.size > bytes->size()) return Error{Exit::environment, "a section leaves the object file"};
		const std::span<const std::byte> text = std::span{*bytes}.subspan(code.offset, code.size);
		Result<Image> image = mould.cast(part.name, text, symbols_of(part, std::move(object->symbols[section->second]), mould.text_at()));
		if (!image) return image.error();
		images.push_back(*std::move(image));
	}
	return images;
}

}  // namespace siglab
