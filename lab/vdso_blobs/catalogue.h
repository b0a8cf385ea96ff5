// The catalogue of synthetic vDSOs: one line each. The code is in arm64/NAME.S and arm/NAME.S.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "isa/isa_set.h"

namespace siglab {

// What the g register holds while it is dirty.
enum class Dirt : uint8_t {
	none,       // it is never dirty
	garbage,    // no address: reading through it faults
	zero,       // nil
	another_g,  // a live g that runs on another m: nothing faults
	address,    // of something mapped that is no g: what reading through it shows is not foretold
};

// What the names of labels say of an interval, behind dirty_begin and dirty_end: ".zero", ".g", ".address". Empty: the vDSO's line says it.
std::string_view dirt_suffix(Dirt dirt);
// Of a label's name behind dirty_begin. `otherwise`: where it does not say.
Dirt dirt_of_suffix(std::string_view suffix, Dirt otherwise);

// The symbol hash tables that the image is linked with.
enum class HashTable : uint8_t { sysv, gnu };

struct Vdso {
	std::string_view name;
	std::string_view does;      // in a line
	Dirt dirt = Dirt::garbage;
	IsaSet isas = IsaSet::all();
	HashTable hash = HashTable::sysv;
	bool leaks = false;         // breaks AAPCS: it does not give the g register back
};

std::span<const Vdso> all_vdsos();
const Vdso* find_vdso(std::string_view name);
std::vector<std::string> vdso_names();  // and "none": no vDSO at all

inline constexpr std::string_view kNoVdso = "none";

}  // namespace siglab
