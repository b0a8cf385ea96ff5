#include "image/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/file.h"
#include "image/elf_parse.h"

namespace siglab {
namespace {

constexpr std::string_view kLinesSuffix = ".lines";

// AAELF32, AAELF64: "$a", "$t", "$x", "$d", perhaps with ".anything" behind.
bool is_mapping(std::string_view name) {
	return name.size() >= 2 && name[0] == '$' && std::string_view{"atxd"}.find(name[1]) != std::string_view::npos &&
	       (name.size() == 2 || name[2] == '.');
}

bool in_memory(const Symbol& symbol) { return !symbol.absolute; }

}  // namespace

Result<Image> Image::parse(const Isa& isa, std::string name, std::vector<std::byte> bytes) {
	Result<ElfContents> contents = parse_elf(isa, bytes);
	if (!contents) return Error{contents.error().exit, fmt::format("{}: {}", name, contents.error().text)};
	Image image;
	image.isa_ = &isa;
	image.name_ = std::move(name);
	image.position_independent_ = contents->position_independent;
	image.segments_ = std::move(contents->segments);
	const bool no_sections = contents->code.empty();
	image.code_ = std::move(contents->code);
	for (const Segment& segment : image.segments_) {
		if (no_sections && segment.executable) image.code_.push_back(segment.range);
	}
	image.hash_ = hash_bytes(bytes);
	image.index_symbols(std::move(contents->symbols));
	image.bytes_ = std::move(bytes);
	return image;
}

Result<Image> Image::parse(const Isa& isa, std::string name, std::vector<std::byte> bytes, std::vector<Symbol> symbols) {
	Result<Image> image = parse(isa, std::move(name), std::move(bytes));
	if (!image) return image;
	image->symbols_.clear();
	image->by_name_.clear();
	image->thumb_from_.clear();
	image->index_symbols(std::move(symbols));
	return image;
}

Result<Image> Image::read(const Isa& isa, const std::string& path) {
	Result<std::vector<std::byte>> bytes = read_file(path);
	if (!bytes) return bytes.error();
	Result<Image> image = parse(isa, path, *std::move(bytes));
	const std::string lines_path = path + std::string{kLinesSuffix};
	if (!image || !file_exists(lines_path)) return image;
	const Result<std::vector<std::byte>> text = read_file(lines_path);
	if (!text) return text.error();
	Result<LineMap> lines = parse_lines(lines_path, as_text(*text));
	if (!lines) return lines.error();
	image->set_lines(*std::move(lines));
	return image;
}

void Image::index_symbols(std::vector<Symbol> symbols) {
	for (Symbol& symbol : symbols) {
		if (!is_mapping(symbol.name)) {
			symbols_.push_back(std::move(symbol));
		} else if (symbol.name[1] != 'd') {
			thumb_from_[symbol.value] = symbol.name[1] == 't';
		}
	}
	std::sort(symbols_.begin(), symbols_.end(),
	          [](const Symbol& a, const Symbol& b) { return std::tie(a.value, a.name) < std::tie(b.value, b.name); });
	for (uint32_t i = 0; i < symbols_.size(); ++i) by_name_.push_back(i);
	std::stable_sort(by_name_.begin(), by_name_.end(), [this](uint32_t a, uint32_t b) { return symbols_[a].name < symbols_[b].name; });
	if (!thumb_from_.empty()) return;
	for (const Symbol& symbol : symbols_) {
		if (symbol.function && in_memory(symbol)) thumb_from_[symbol.start()] = symbol.value != symbol.start();
	}
}

const Segment* Image::segment(uint64_t address) const {
	for (const Segment& segment : segments_) {
		if (segment.range.contains({address})) return &segment;
	}
	return nullptr;
}

std::span<const std::byte> Image::loaded(uint64_t address) const {
	const Segment* in = segment(address);
	if (in == nullptr) return {};
	const uint64_t offset = address - in->range.begin.value;
	if (offset >= in->file_size) return {};
	return std::span{bytes_}.subspan(in->file_offset + offset, in->file_size - offset);
}

const Symbol* Image::find(std::string_view name) const {
	const auto at = std::lower_bound(by_name_.begin(), by_name_.end(), name,
	                                 [this](uint32_t index, std::string_view wanted) { return symbols_[index].name < wanted; });
	return at != by_name_.end() && symbols_[*at].name == name ? &symbols_[*at] : nullptr;
}

// Labels inside a function are landmarks, not places: the function that covers the address wins over a label that is nearer.
std::string Image::describe(uint64_t address) const {
	const Segment* in = segment(address);
	if (in == nullptr) return {};
	const Symbol* best = nullptr;
	const auto before = [](uint64_t a, const Symbol& symbol) { return a < symbol.start(); };
	auto at = std::upper_bound(symbols_.begin(), symbols_.end(), address, before);
	while (at != symbols_.begin()) {
		const Symbol& symbol = *--at;
		if (!in_memory(symbol) || !in->range.contains({symbol.start()})) continue;
		if (best == nullptr) best = &symbol;
		if (!symbol.function || address - symbol.start() >= symbol.size) continue;
		best = &symbol;
		break;
	}
	if (best == nullptr) return {};
	return address == best->start() ? best->name : fmt::format("{}+{:#x}", best->name, address - best->start());
}

bool Image::thumb(uint64_t address) const {
	const auto next = thumb_from_.upper_bound(address);
	return next != thumb_from_.begin() && std::prev(next)->second;
}

uint64_t Image::stretch(uint64_t address) const {
	const auto next = thumb_from_.upper_bound(address);
	const Segment* in = segment(address);
	if (next == thumb_from_.begin() || in == nullptr) return address;
	return std::max(std::prev(next)->first, in->range.begin.value);
}

bool Image::has_thumb() const {
	return std::any_of(thumb_from_.begin(), thumb_from_.end(), [](const auto& stretch) { return stretch.second; });
}

const SourceLine* Image::line(uint64_t address) const {
	const auto next = lines_.upper_bound(address);
	if (next == lines_.begin() || segment(address) == nullptr) return nullptr;
	const SourceLine& line = std::prev(next)->second;
	return line.number == 0 ? nullptr : &line;
}

}  // namespace siglab
