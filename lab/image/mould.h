// Mould: how the lab's recipe links a vDSO, learned from one link, and used for many.
//
// Models    images that differ from each other in their code only. A linker takes milliseconds for each; but all that it adds (headers, dynamic
//           table, hash table, names, versions, what stands behind the code) is the same for all of them, but for sizes and addresses.
// Promises  what is loaded of a cast image is byte for byte what the recipe makes of the same source, and its symbols have the same names and
//           values. A test holds both together. A cast image has no section headers: its symbols are given.
// Does not  relocate: the code must have been assembled without relocations.
#pragma once

#include "image/assemble.h"

namespace siglab {

class Mould {
   public:
	// `sources` is the lab/ folder. Errors    as assemble(); environment: the linker made something else than the mould knows.
	static Result<Mould> make(const Isa& isa, const std::string& sources);

	// Where the code begins. The data page is VVAR_SIZE in front of the image.
	[[nodiscard]] uint64_t text_at() const { return text_at_; }
	[[nodiscard]] const Isa& isa() const { return *isa_; }

	// An image with that code. `symbols`: as linked; the exported ones are among them.
	// Errors    usage: an exported function is missing.
	[[nodiscard]] Result<Image> cast(std::string name, std::span<const std::byte> text, std::vector<Symbol> symbols) const;

   private:
	// A row of the dynamic symbol table.
	struct Exported {
		std::string name;
		uint64_t row = 0;  // offset in the file
	};

	[[nodiscard]] std::vector<std::byte> put_together(std::span<const std::byte> text) const;
	Status find_parts(const Image& image);

	const Isa* isa_ = nullptr;
	std::vector<std::byte> head_, tail_;
	uint64_t text_at_ = 0;
	uint64_t tail_alignment_ = 0;
	std::vector<Exported> exported_;
};

// One of many sources in one file: its names begin with `prefix`, and `PREFIX_vvar` is defined for it.
struct VdsoPart {
	std::string name;      // the image's
	std::string prefix;
	std::string text;
};

// All of them by one run of the assembler. `definitions` stands in front of them.
// Errors    usage: the text does not assemble, or needs relocations: the first complaint. environment: the assembler cannot be run.
Result<std::vector<Image>> assemble_many(const Mould& mould, const std::string& definitions, std::span<const VdsoPart> parts);

}  // namespace siglab
