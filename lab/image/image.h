// Image: an ELF file as the lab sees it. Symbols, segments, source lines; nothing is trusted, everything is bounds-checked.
//
// Models    little-endian ELF32 (ARM) and ELF64 (AArch64), ET_DYN vDSOs and ET_EXEC guests; .symtab (labels), .dynsym, program headers.
// Does not  model relocation, sections beyond the symbol tables, big-endian files, other machines: these are refused in one line.
// Follows   the System V gABI; <elf.h>.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "image/lines.h"
#include "isa/isa.h"
#include "state/state.h"

namespace siglab {

struct Symbol {
	std::string name;
	uint64_t value = 0;   // as in the file: an address, or for absolute symbols a number. Thumb functions have bit 0 set
	uint64_t size = 0;
	bool absolute = false;
	bool function = false;

	// Without the Thumb bit. (No function of arm64 has an odd address.)
	[[nodiscard]] uint64_t start() const { return function ? value & ~uint64_t{1} : value; }
};

struct Segment {
	GuestRange range;     // memory, as in the file (an ET_DYN is linked at 0)
	uint64_t file_offset = 0;
	uint64_t file_size = 0;
	bool writable = false;
	bool executable = false;
};

class Image {
   public:
	// Errors    usage: empty, truncated, not ELF, wrong class or machine for `isa`, neither ET_DYN nor ET_EXEC, no PT_LOAD, overlapping
	//           PT_LOADs, a table that leaves the file. `name` begins the text.
	static Result<Image> parse(const Isa& isa, std::string name, std::vector<std::byte> bytes);
	// The same for a file that has no symbol table: these are its symbols, mapping symbols too.
	static Result<Image> parse(const Isa& isa, std::string name, std::vector<std::byte> bytes, std::vector<Symbol> symbols);
	// The same from a file; a file that is missing, a directory or unreadable is an error too. Reads NAME.lines beside it if there is one.
	static Result<Image> read(const Isa& isa, const std::string& path);

	[[nodiscard]] const std::string& name() const { return name_; }
	[[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
	[[nodiscard]] const Isa& isa() const { return *isa_; }
	[[nodiscard]] bool position_independent() const { return position_independent_; }
	// Those that take up memory, in the file's order.
	[[nodiscard]] std::span<const Segment> segments() const { return segments_; }
	// Where instructions are, as the section headers say; without these the executable segments.
	[[nodiscard]] std::span<const GuestRange> code() const { return code_; }
	// What the file puts into memory at `address` as linked, up to the end of its segment. Empty where it puts nothing.
	[[nodiscard]] std::span<const std::byte> loaded(uint64_t address) const;
	[[nodiscard]] const Hash128& hash() const { return hash_; }

	// From .symtab, or .dynsym if the file is stripped; without the mapping symbols ($a, $d, $t, $x), sections and files. Sorted by value,
	// then name. Of several with one name find() gives the first.
	[[nodiscard]] std::span<const Symbol> symbols() const { return symbols_; }
	[[nodiscard]] const Symbol* find(std::string_view name) const;
	// The function (or nearest label) that covers `address` as linked: "__kernel_clock_gettime+0x10". Empty where nothing does.
	[[nodiscard]] std::string describe(uint64_t address) const;
	// Whether the code at `address` is Thumb, by the mapping symbols; in a stripped file by the functions' addresses.
	[[nodiscard]] bool thumb(uint64_t address) const;
	// Where the stretch of ARM or Thumb code begins that holds `address`, but not before its segment; `address` itself where nothing says.
	[[nodiscard]] uint64_t stretch(uint64_t address) const;
	// Whether any of its code is Thumb.
	[[nodiscard]] bool has_thumb() const;

	void set_lines(LineMap lines) { lines_ = std::move(lines); }
	[[nodiscard]] const LineMap& lines() const { return lines_; }
	// The line that the instruction at `address` was made from. Null where none is known.
	[[nodiscard]] const SourceLine* line(uint64_t address) const;

   private:
	[[nodiscard]] const Segment* segment(uint64_t address) const;
	void index_symbols(std::vector<Symbol> symbols);

	const Isa* isa_ = nullptr;
	std::string name_;
	std::vector<std::byte> bytes_;
	bool position_independent_ = false;
	std::vector<Segment> segments_;
	std::vector<GuestRange> code_;
	std::vector<Symbol> symbols_;
	std::vector<uint32_t> by_name_;        // indices into symbols_
	std::map<uint64_t, bool> thumb_from_;  // address where a stretch of code begins
	LineMap lines_;
	Hash128 hash_;
};

}  // namespace siglab
