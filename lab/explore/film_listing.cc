#include "explore/film_listing.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "guest_asm/layout.h"
#include "image/disassemble.h"

namespace siglab {
namespace {

const Symbol* function_at(const Image& image, uint64_t address) {
	for (const Symbol& symbol : image.symbols()) {
		if (symbol.function && !symbol.absolute && symbol.start() <= address && address - symbol.start() < symbol.size) return &symbol;
	}
	return nullptr;
}

std::vector<std::string> lines_of(const std::string& source) {
	if (!source.ends_with(".S") && !source.ends_with(".s")) return {};
	Result<std::string> text = read_text(source);
	return text ? split(*text, '\n') : std::vector<std::string>{};
}

}  // namespace

std::vector<ListingStore::Place> ListingStore::images_of(const World& world) const {
	const Scenario& s = world.scenario;
	const std::string_view isa = s.isa->name;
	// "none" has all the same what a handler returns through.
	const std::string vdso = s.vdso.none() ? "clean" : vdso_text(s.vdso);
	std::vector<Place> all = {{fmt::format("{}:{}", isa, guest_text(s.guest)), world.guest, 0, s.guest.file}};
	if (s.guest.variant != nullptr) all[0].source = fmt::format("{}/guest_asm/{}/{}.S", sources_, isa, s.guest.variant->id);
	if (world.vdso) {
		all.push_back({fmt::format("{}:vdso:{}", isa, vdso), world.vdso, VDSO, s.vdso.file});
		if (s.vdso.file.empty()) all.back().source = fmt::format("{}/vdso_blobs/{}/{}.S", sources_, isa, vdso);
	}
	if (world.sigpage) {
		all.push_back({fmt::format("{}:sigpage", isa), world.sigpage, 0, fmt::format("{}/kernel_model/sigpage_{}.S", sources_, isa)});
	}
	if (world.clib) all.push_back({fmt::format("{}:longjmp", isa), world.clib, 0, fmt::format("{}/guest_asm/{}/longjmp.S", sources_, isa)});
	return all;
}

ListingStore::Listed& ListingStore::listed(const Place& place) {
	const auto [at, fresh] = all_.try_emplace(place.name);
	if (fresh) at->second = {place.image, place.base, lines_of(place.source), {}, {}};
	return at->second;
}

std::vector<std::string> ListingStore::add(const World& world, const std::set<uint64_t>& addresses) {
	const std::lock_guard lock(mutex_);
	std::vector<std::string> names;
	for (const Place& place : images_of(world)) {
		Listed& one = listed(place);
		for (const uint64_t address : addresses) {
			if (world.site({address}).image == place.image.get()) add_address(one, address);
		}
		names.push_back(place.name);
	}
	return names;
}

void ListingStore::add_address(Listed& listed, uint64_t address) {
	if (listed.listing.code.contains(address)) return;
	const Symbol* function = function_at(*listed.image, address - listed.base);
	if (function == nullptr) return add_code(listed, address, address + 1);
	const uint64_t begin = listed.base + function->start();
	listed.listing.functions[begin] = function->name;
	add_code(listed, begin, begin + function->size);
}

void ListingStore::add_code(Listed& listed, uint64_t begin, uint64_t end) {
	size_t first = listed.lines.size(), last = 0;
	for (uint64_t at = begin; at < end;) {
		const uint64_t linked = at - listed.base;
		const Instruction instruction = disassemble(*listed.image, linked, listed.image->thumb(linked));
		const SourceLine* source = listed.image->line(linked);
		const uint32_t line = source == nullptr || source->number > listed.lines.size() ? 0 : source->number;
		listed.listing.code[at] = {instruction.text, line};
		if (line != 0) {
			first = std::min<size_t>(first, line - 1);
			last = std::max<size_t>(last, line - 1);
		}
		at += std::max<uint8_t>(instruction.size, 1);
	}
	if (first < listed.lines.size()) show_lines(listed, first, last);
}

// With what stands around them up to a blank line: the contract in front, the directives behind.
void ListingStore::show_lines(Listed& listed, size_t first, size_t last) {
	const std::vector<std::string>& lines = listed.lines;
	while (first > 0 && !lines[first - 1].empty()) --first;
	while (last + 1 < lines.size() && !lines[last + 1].empty()) ++last;
	for (size_t line = first; line <= last; ++line) listed.shown.insert(line);
}

std::map<std::string, ListingRecord> ListingStore::take() {
	std::map<std::string, ListingRecord> all;
	for (auto& [name, listed] : all_) {
		for (auto at = listed.shown.begin(); at != listed.shown.end();) {
			const size_t first = *at;
			size_t end = first;
			while (at != listed.shown.end() && *at == end) ++at, ++end;
			const std::string text = join(std::span{listed.lines}.subspan(first, end - first), "\n");
			listed.listing.source.push_back({static_cast<uint32_t>(first + 1), text});
		}
		all[name] = std::move(listed.listing);
	}
	all_.clear();
	return all;
}

}  // namespace siglab
