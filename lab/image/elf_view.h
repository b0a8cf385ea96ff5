// ElfView: the structures of an ELF file, whatever its class, each read checked against the file's end.
//
// Models    the headers and table rows that the lab needs, widened to 64 bits. No offset, size or count is trusted.
// Does not  judge what it reads: image.cc and vdso_lookup.cc do, by their own rules. Only for these two (internal to the room).
// Follows   <elf.h>. Little-endian files on a little-endian host.
#pragma once

#include <elf.h>

#include <bit>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "isa/isa.h"

namespace siglab {

struct ElfHeader {
	uint16_t type = 0;
	uint64_t program_headers = 0, sections = 0;  // offsets in the file
	uint16_t program_header_size = 0, program_header_count = 0;
	uint16_t section_size = 0, section_count = 0, section_names = 0;  // the last: which section has the sections' names
};

struct ElfProgramHeader {
	uint32_t type = 0, flags = 0;
	uint64_t offset = 0, address = 0, file_size = 0, memory_size = 0;
};

struct ElfSection {
	uint32_t name = 0, type = 0, link = 0;
	uint64_t flags = 0, address = 0, offset = 0, size = 0, row_size = 0;
};

struct ElfSymbol {
	uint32_t name = 0;
	uint8_t info = 0;
	uint16_t section = 0;
	uint64_t value = 0, size = 0;

	[[nodiscard]] int type() const { return info & 0xf; }
	[[nodiscard]] int binding() const { return info >> 4; }
};

struct ElfDynamic {
	int64_t tag = 0;
	uint64_t value = 0;
};

class ElfView {
   public:
	static_assert(std::endian::native == std::endian::little);
	ElfView(const Isa& isa, std::span<const std::byte> bytes) : bytes_(bytes), wide_(isa.elf_class == ELFCLASS64) {}

	template <class T>
	[[nodiscard]] std::optional<T> load(uint64_t offset) const {
		if (!holds(offset, sizeof(T))) return std::nullopt;
		T value;
		std::memcpy(&value, bytes_.data() + offset, sizeof value);
		return value;
	}

	[[nodiscard]] bool holds(uint64_t offset, uint64_t size) const { return offset <= bytes_.size() && size <= bytes_.size() - offset; }
	[[nodiscard]] uint64_t size() const { return bytes_.size(); }
	// Addresses have the class's width and wrap around there.
	[[nodiscard]] uint64_t wrap(uint64_t address) const { return wide_ ? address : static_cast<uint32_t>(address); }
	[[nodiscard]] uint64_t address_limit() const { return wide_ ? UINT64_MAX : UINT32_MAX; }

	[[nodiscard]] uint64_t word_size() const { return wide_ ? 8 : 4; }
	[[nodiscard]] uint64_t program_header_size() const { return wide_ ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr); }
	[[nodiscard]] uint64_t section_size() const { return wide_ ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr); }
	[[nodiscard]] uint64_t symbol_size() const { return wide_ ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym); }
	[[nodiscard]] uint64_t dynamic_size() const { return wide_ ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn); }

	// Row 0 of the file, and row `index` of the table that starts at `table`.
	[[nodiscard]] std::optional<ElfHeader> header() const;
	[[nodiscard]] std::optional<ElfProgramHeader> program_header(uint64_t table, uint64_t index) const;
	[[nodiscard]] std::optional<ElfSection> section(uint64_t table, uint64_t index) const;
	[[nodiscard]] std::optional<ElfSymbol> symbol(uint64_t table, uint64_t index) const;
	[[nodiscard]] std::optional<ElfDynamic> dynamic(uint64_t table, uint64_t index) const;

	// The text that starts at `offset` and ends with a NUL before `end`.
	[[nodiscard]] std::optional<std::string_view> text(uint64_t offset, uint64_t end) const;

   private:
	// Offset of a row; past the file's end where it overflows, so that the read fails.
	[[nodiscard]] static uint64_t row(uint64_t table, uint64_t index, uint64_t size) {
		uint64_t bytes = 0, offset = 0;
		const bool overflows = __builtin_mul_overflow(index, size, &bytes) || __builtin_add_overflow(table, bytes, &offset);
		return overflows ? UINT64_MAX : offset;
	}
	template <class Narrow, class Wide, class Convert>
	[[nodiscard]] auto either(uint64_t offset, Convert convert) const -> std::optional<decltype(convert(Narrow{}))> {
		if (wide_) {
			if (const std::optional<Wide> raw = load<Wide>(offset)) return convert(*raw);
		} else if (const std::optional<Narrow> raw = load<Narrow>(offset)) {
			return convert(*raw);
		}
		return std::nullopt;
	}

	std::span<const std::byte> bytes_;
	bool wide_;
};

}  // namespace siglab
