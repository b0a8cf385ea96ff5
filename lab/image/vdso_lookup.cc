#include "image/vdso_lookup.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/elf_view.h"

namespace siglab {
namespace {

// Go's number of a version that the image does not define: no symbol has it. (0 would match any.)
constexpr int32_t kNoVersion = -1;
constexpr uint16_t kVersionMask = 0x7fff;  // the other bit hides a symbol from static linkers; Go ignores it

// The tables as Go sees them: offsets from the image's first byte.
struct Tables {
	GuestRange first_load;
	uint64_t strings = 0, symbols = 0, version_definitions = 0;
	std::optional<uint64_t> sysv_hash, gnu_hash, versions;
};

Error malformed(std::string_view text) { return {Exit::usage, std::string{text}}; }
Error leaves(std::string_view what) { return {Exit::usage, fmt::format("{} leaves the image", what)}; }

struct Found {
	ElfProgramHeader load;
	uint64_t dynamic = 0;
};

// The first PT_LOAD and the last PT_DYNAMIC.
Result<Found> find_segments(const ElfView& view) {
	const std::optional<ElfHeader> header = view.header();
	std::optional<ElfProgramHeader> load, dynamic;
	for (uint64_t i = 0; header && i < header->program_header_count; ++i) {
		const std::optional<ElfProgramHeader> row = view.program_header(header->program_headers, i);
		if (!row) return leaves("a program header");
		if (row->type == PT_LOAD && !load) load = row;
		if (row->type == PT_DYNAMIC) dynamic = row;
	}
	if (!load) return malformed("has no PT_LOAD segment");
	if (!dynamic) return malformed("has no PT_DYNAMIC segment: a vDSO is linked with -shared");
	return Found{*load, dynamic->offset};
}

Result<Tables> read_tables(const ElfView& view, const Found& found) {
	std::optional<uint64_t> strings, symbols, definitions;
	Tables tables;
	tables.first_load = {{found.load.address}, {found.load.address + found.load.memory_size}};
	for (uint64_t i = 0;; ++i) {
		const std::optional<ElfDynamic> row = view.dynamic(found.dynamic, i);
		if (!row) return leaves("the dynamic table (it has no DT_NULL)");
		if (row->tag == DT_NULL) break;
		const uint64_t at = view.wrap(row->value + (found.load.offset - found.load.address));
		switch (row->tag) {
			case DT_STRTAB: strings = at; break;
			case DT_SYMTAB: symbols = at; break;
			case DT_HASH: tables.sysv_hash = at; break;
			case DT_GNU_HASH: tables.gnu_hash = at; break;
			case DT_VERSYM: tables.versions = at; break;
			case DT_VERDEF: definitions = at; break;
			default: break;
		}
	}
	if (!strings) return malformed("has no DT_STRTAB");
	if (!symbols) return malformed("has no DT_SYMTAB");
	if (!tables.sysv_hash && !tables.gnu_hash) return malformed("has neither DT_HASH nor DT_GNU_HASH");
	if (!definitions) return malformed("has no DT_VERDEF, which Go reads without a test: it would crash (link with a version script)");
	tables.strings = *strings;
	tables.symbols = *symbols;
	tables.version_definitions = *definitions;
	return tables;
}

// One lookup in one image: vdsoFindVersion, then vdsoParseSymbols.
class Search {
   public:
	Search(const ElfView& view, const Tables& tables, const VdsoLookup& lookup) : view_(view), tables_(tables), lookup_(lookup) {}

	Result<std::optional<uint64_t>> run() {
		const Result<int32_t> version = find_version();
		if (!version) return version.error();
		version_ = *version;
		return tables_.gnu_hash ? by_gnu_hash(*tables_.gnu_hash) : by_sysv_hash(*tables_.sysv_hash);
	}

   private:
	using Address = std::optional<uint64_t>;

	[[nodiscard]] std::optional<uint32_t> word(uint64_t table, uint64_t index) const {
		uint64_t at = 0;
		return __builtin_add_overflow(table, 4 * index, &at) ? std::nullopt : view_.load<uint32_t>(at);
	}

	// Whether the image's string is `wanted`; none if it leaves the image.
	[[nodiscard]] std::optional<bool> string_is(uint64_t offset, std::string_view wanted) const {
		const uint64_t at = tables_.strings + offset;
		if (!view_.holds(at, 1)) return std::nullopt;
		// No further than the wanted one reaches: a long string in many symbols' names would take for ever.
		const uint64_t end = std::min(view_.size(), at + wanted.size() + 1);
		if (const std::optional<std::string_view> text = view_.text(at, end)) return *text == wanted;
		return end == view_.size() ? std::nullopt : std::optional<bool>{false};
	}

	[[nodiscard]] Result<int32_t> find_version() const {
		const uint32_t hash = sysv_hash(lookup_.symbol.version);
		for (uint64_t at = tables_.version_definitions;;) {
			const auto definition = view_.load<Elf64_Verdef>(at);  // the same in both classes
			if (!definition) return leaves("a version definition");
			if ((definition->vd_flags & VER_FLG_BASE) == 0) {
				const auto name = view_.load<Elf64_Verdaux>(at + definition->vd_aux);
				if (!name) return leaves("a version definition");
				const std::optional<bool> same = definition->vd_hash == hash ? string_is(name->vda_name, lookup_.symbol.version) : false;
				if (!same) return leaves("a version's name");
				if (*same) return definition->vd_ndx & kVersionMask;
			}
			if (definition->vd_next == 0) return kNoVersion;
			at += definition->vd_next;  // forward only, so it ends
		}
	}

	// Go's apply(): the symbol's address if it is the one.
	[[nodiscard]] Result<Address> apply(uint64_t index) const {
		const std::optional<ElfSymbol> symbol = view_.symbol(tables_.symbols, index);
		if (!symbol) return leaves("a symbol");
		const bool callable = symbol->type() == STT_FUNC || symbol->type() == STT_NOTYPE;
		const bool visible = symbol->binding() == STB_GLOBAL || symbol->binding() == STB_WEAK;
		if (!callable || !visible || symbol->section == SHN_UNDEF) return Address{};
		const std::optional<bool> same = string_is(symbol->name, lookup_.symbol.name);
		if (!same) return leaves("a symbol's name");
		if (!*same) return Address{};
		if (tables_.versions && version_ != 0) {
			const auto version = view_.load<uint16_t>(*tables_.versions + 2 * index);
			if (!version) return leaves("a symbol's version");
			if ((*version & kVersionMask) != version_) return Address{};
		}
		return Address{symbol->value};
	}

	// nbucket, nchain, bucket[nbucket], chain[nchain].
	[[nodiscard]] Result<Address> by_sysv_hash(uint64_t table) const {
		const std::optional<uint32_t> buckets = word(table, 0), chains = word(table, 1);
		if (!buckets || !chains) return leaves("DT_HASH");
		if (*buckets == 0) return Address{};
		std::optional<uint32_t> index = word(table, 2 + uint64_t{lookup_.sysv_hash % *buckets});
		const uint64_t longest = std::min(uint64_t{*chains}, view_.size() / 4);
		for (uint64_t steps = 0; index && *index != 0; ++steps) {
			if (steps >= longest) return malformed("has a hash chain that runs in a circle: Go would never come back");
			Result<Address> found = apply(*index);
			if (!found || *found) return found;
			index = *index < *chains ? word(table, 2 + uint64_t{*buckets} + *index) : std::nullopt;
		}
		if (!index) return leaves("a hash chain");
		return Address{};
	}

	// nbucket, the first symbol that is hashed, the Bloom filter's size in words of the ISA, its shift; the filter; bucket[nbucket];
	// chain[]: each symbol's hash, with bit 0 set in the last of a bucket.
	[[nodiscard]] Result<Address> by_gnu_hash(uint64_t table) const {
		const std::optional<uint32_t> buckets = word(table, 0), first = word(table, 1), bloom = word(table, 2);
		if (!buckets || !first || !bloom) return leaves("DT_GNU_HASH");
		if (*buckets == 0) return malformed("has a DT_GNU_HASH without buckets: Go would divide by zero");
		const uint64_t bucket = 4 + *bloom * (view_.word_size() / 4);
		const std::optional<uint32_t> start = word(table, bucket + lookup_.gnu_hash % *buckets);
		if (!start) return leaves("DT_GNU_HASH");
		if (*start < *first) return Address{};
		for (uint64_t index = *start;; ++index) {
			const std::optional<uint32_t> hash = word(table, bucket + *buckets + (index - *first));
			if (!hash) return leaves("a hash chain");
			if ((*hash | 1) == (lookup_.gnu_hash | 1)) {
				Result<Address> found = apply(index);
				if (!found || *found) return found;
			}
			if ((*hash & 1) != 0) return Address{};
		}
	}

	const ElfView& view_;
	const Tables& tables_;
	const VdsoLookup& lookup_;
	int32_t version_ = kNoVersion;
};

}  // namespace

uint32_t sysv_hash(std::string_view name) {
	uint32_t hash = 0;
	for (const char c : name) {
		hash = (hash << 4) + static_cast<unsigned char>(c);
		const uint32_t high = hash & 0xf0000000;
		hash = (hash ^ (high >> 24)) & ~high;
	}
	return hash;
}

uint32_t gnu_hash(std::string_view name) {
	uint32_t hash = 5381;
	for (const char c : name) hash = hash * 33 + static_cast<unsigned char>(c);
	return hash;
}

bool wants_relocation(const Image& image) {
	const ElfView view{image.isa(), image.bytes()};
	const Result<Found> found = find_segments(view);
	for (uint64_t i = 0; found; ++i) {
		const std::optional<ElfDynamic> row = view.dynamic(found->dynamic, i);
		if (!row || row->tag == DT_NULL) break;
		const bool size = row->tag == DT_RELASZ || row->tag == DT_RELSZ || row->tag == DT_PLTRELSZ;
		if (size && row->value != 0) return true;
	}
	return false;
}

std::string hash_tables(const Image& image) {
	const ElfView view{image.isa(), image.bytes()};
	const Result<Found> found = find_segments(view);
	const Result<Tables> tables = found ? read_tables(view, *found) : Result<Tables>(found.error());
	if (!tables) return "none";
	if (!tables->sysv_hash) return "DT_GNU_HASH";
	return tables->gnu_hash ? "DT_HASH, DT_GNU_HASH" : "DT_HASH";
}

Result<VdsoFound> find_in_vdso(const Image& image, const VdsoLookup& lookup) {
	const auto named = [&image](const Error& error) { return Error{error.exit, fmt::format("{}: {}", image.name(), error.text)}; };
	const ElfView view{image.isa(), image.bytes()};
	const Result<Found> found = find_segments(view);
	if (!found) return named(found.error());
	const Result<Tables> tables = read_tables(view, *found);
	if (!tables) return named(tables.error());
	const Result<std::optional<uint64_t>> function = Search{view, *tables, lookup}.run();
	if (!function) return named(function.error());
	return VdsoFound{*function, tables->first_load};
}

}  // namespace siglab
