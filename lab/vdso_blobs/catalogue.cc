#include "vdso_blobs/catalogue.h"

namespace siglab {
namespace {

using enum IsaId;

constexpr Vdso kVdsos[] = {
	{"clean", "leaves the g register alone", Dirt::none},
	{"clobber-g", "keeps a constant in the g register", Dirt::garbage},
	{"clobber-g-brief", "dirties the g register for one boundary", Dirt::garbage},
	{"clobber-g-zero", "clears the g register: a nil that looks like an answer", Dirt::zero},
	{"clobber-g-plausible", "holds another live g's address in the g register", Dirt::another_g},
	{"clobber-all", "uses every callee-saved register, d8..d15 too", Dirt::garbage},
	{"nested-call", "dirties the g register two calls deep", Dirt::garbage},
	{"two-page", "dirties the g register in the image's second page", Dirt::garbage},
	{"gnu-hash-only", "is clobber-g without DT_HASH", Dirt::garbage, IsaSet::all(), HashTable::gnu},
	{"thumb", "is Thumb-2 code, entered through an odd address", Dirt::garbage, {arm}},
	{"thumb-it", "is Thumb-2 code with IT blocks, dirty inside of them", Dirt::garbage, {arm}},
	{"leak", "returns with the g register lost: breaks AAPCS", Dirt::garbage, IsaSet::all(), HashTable::sysv, true},
};

constexpr std::pair<Dirt, std::string_view> kSuffixes[] = {{Dirt::zero, ".zero"}, {Dirt::another_g, ".g"}, {Dirt::address, ".address"}};

}  // namespace

std::string_view dirt_suffix(Dirt dirt) {
	for (const auto& [kind, suffix] : kSuffixes) {
		if (kind == dirt) return suffix;
	}
	return {};
}

Dirt dirt_of_suffix(std::string_view suffix, Dirt otherwise) {
	for (const auto& [kind, text] : kSuffixes) {
		if (suffix == text || (suffix.starts_with(text) && suffix[text.size()] == '.')) return kind;
	}
	return otherwise;
}

std::span<const Vdso> all_vdsos() { return kVdsos; }

const Vdso* find_vdso(std::string_view name) {
	for (const Vdso& vdso : kVdsos) {
		if (vdso.name == name) return &vdso;
	}
	return nullptr;
}

std::vector<std::string> vdso_names() {
	std::vector<std::string> names = {std::string{kNoVdso}};
	for (const Vdso& vdso : kVdsos) names.emplace_back(vdso.name);
	return names;
}

}  // namespace siglab
