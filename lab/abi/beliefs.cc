#include "abi/beliefs.h"

#include "image/vdso_lookup.h"

namespace siglab {
namespace {

bool is_shown(const Variant& variant, const Isa& isa) { return !variant.museum && variant.isas.on(isa); }

Beliefs::Belief from_register(bool dirty) { return dirty ? Beliefs::Belief{"wrong register", true} : Beliefs::Belief{"register", false}; }

}  // namespace

std::vector<std::string> Beliefs::versions(const Isa& isa) {
	std::vector<std::string> ids;
	for (const Variant& variant : all_variants()) {
		if (is_shown(variant, isa)) ids.emplace_back(variant.id);
	}
	return ids;
}

Beliefs::Beliefs(const Image& image) {
	const Isa& isa = image.isa();
	const VdsoSymbol& symbol = isa.clock_gettime;
	for (const Variant& variant : all_variants()) {
		if (!is_shown(variant, isa)) continue;
		const std::string_view hashed = variant.wrong_hash.isas.on(isa) ? variant.wrong_hash.name : symbol.name;
		const Result<VdsoFound> found = find_in_vdso(image, {symbol, sysv_hash(hashed), gnu_hash(hashed)});
		Version version{.variant = &variant};
		if (found && found->function) {
			version.finds = true;
			const uint64_t page = round_down(*found->function, kPageSize);
			version.range = variant.page_test == PageTest::first_load ? found->first_load : GuestRange{{page}, {page + kPageSize}};
		}
		versions_.push_back(version);
	}
}

std::vector<Beliefs::Belief> Beliefs::at(uint64_t pc, bool dirty) const {
	std::vector<Belief> beliefs;
	for (const Version& version : versions_) {
		const bool inside = version.range.contains({pc});
		const Fetch fetch = version.variant->fetch;
		if (!version.finds) {
			beliefs.push_back({"no vDSO", false});
		} else if (fetch == Fetch::tls) {
			beliefs.push_back({"TLS", false});
		} else if (fetch == Fetch::from_register || !inside) {
			beliefs.push_back(from_register(dirty));
		} else if (fetch == Fetch::nil_in_page) {
			beliefs.push_back({"nil", true});
		} else {
			beliefs.push_back({"slot", false});
		}
	}
	return beliefs;
}

}  // namespace siglab
