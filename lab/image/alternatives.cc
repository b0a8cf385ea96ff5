#include "image/alternatives.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/elf_view.h"

namespace siglab {
namespace {

constexpr std::string_view kSection = ".altinstructions";
constexpr uint32_t kNop = 0xd503201f;
constexpr uint32_t kBranch = 0x14000000, kBranchMask = 0xfc000000;

// struct alt_instr: both offsets are from where they stand.
struct Alternative {
	int32_t original, replacement;
	uint16_t feature;
	uint8_t original_size, replacement_size;
};
static_assert(sizeof(Alternative) == 12);

std::optional<ElfSection> find_section(const ElfView& view, std::string_view wanted) {
	const std::optional<ElfHeader> header = view.header();
	if (!header || header->sections == 0) return std::nullopt;
	const std::optional<ElfSection> names = view.section(header->sections, header->section_names);
	if (!names) return std::nullopt;
	for (uint64_t i = 0; i < header->section_count; ++i) {
		const std::optional<ElfSection> section = view.section(header->sections, i);
		const uint64_t at = section ? names->offset + section->name : UINT64_MAX;
		if (section && view.text(at, std::min(view.size(), at + wanted.size() + 1)) == wanted) return section;
	}
	return std::nullopt;
}

bool becomes_nops(const ElfView& view, const Alternative& one, uint64_t original, uint64_t replacement) {
	if (one.original_size == 0 || one.original_size != one.replacement_size || one.original_size % 4 != 0) return false;
	for (uint64_t i = 0; i < one.original_size; i += 4) {
		if (view.load<uint32_t>(replacement + i) != kNop) return false;
	}
	return (view.load<uint32_t>(original).value_or(0) & kBranchMask) == kBranch;
}

}  // namespace

Result<Image> as_mapped(Image image) {
	std::vector<std::byte> bytes(image.bytes().begin(), image.bytes().end());
	const ElfView view{image.isa(), image.bytes()};
	const std::optional<ElfSection> table = find_section(view, kSection);
	if (!table) return image;
	bool patched = false;
	for (uint64_t at = table->offset; at + sizeof(Alternative) <= table->offset + table->size; at += sizeof(Alternative)) {
		const std::optional<Alternative> one = view.load<Alternative>(at);
		if (!one) return Error{Exit::usage, fmt::format("{}: the table of alternatives leaves the file", image.name())};
		// In a vDSO, whose one segment begins the file, an offset is an address.
		const uint64_t original = at + static_cast<uint64_t>(int64_t{one->original});
		const uint64_t replacement = at + 4 + static_cast<uint64_t>(int64_t{one->replacement});
		if (!view.holds(original, one->original_size) || !becomes_nops(view, *one, original, replacement)) continue;
		std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(replacement), one->original_size, bytes.begin() + static_cast<std::ptrdiff_t>(original));
		patched = true;
	}
	if (!patched) return image;
	Result<Image> mapped = Image::parse(image.isa(), image.name(), std::move(bytes));
	if (mapped) mapped->set_lines(image.lines());
	return mapped;
}

}  // namespace siglab
