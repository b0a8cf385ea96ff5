#include "explore/film_raw.h"

#include <fmt/format.h>

#include <algorithm>

namespace siglab {
namespace {

constexpr std::array<std::string_view, kPlaces - kRegisters> kKernelNames = {"blocked",   "pending",   "alt.sp",   "alt.size",
                                                                             "alt.flags", "monotonic", "realtime", "owner"};

class Differences {
   public:
	explicit Differences(Raw& raw) : raw_(raw) {}

	void at(Place place, uint64_t before, uint64_t after) {
		if (before == after) return;
		raw_.places.push_back(place);
		raw_.values.push_back(after);
	}

	void registers(const Cpu& before, const Cpu& after) {
		for (Place i = 0; i < before.gpr.size(); ++i) at(i, before.gpr[i], after.gpr[i]);
		at(kPlaceSp, before.sp, after.sp);
		at(kPlaceFlags, before.flags, after.flags);
		at(kPlaceTls, before.tls, after.tls);
		at(kPlaceFpsr, before.fpsr, after.fpsr);
		at(kPlaceFpcr, before.fpcr, after.fpcr);
		if (before.vec == after.vec) return;
		for (Place i = 0; i < before.vec.size(); ++i) at(kPlaceVec + i, before.vec[i], after.vec[i]);
	}

	void besides(const Besides& was, const Besides& is) {
		for (Place i = 0; i < is.size(); ++i) at(kRegisters + i, was[i], is[i]);
	}

   private:
	Raw& raw_;
};

}  // namespace

std::vector<std::string> names_by_place(const Isa& isa) {
	std::vector<std::string> names(kPlaces);
	std::copy(isa.gpr_names.begin(), isa.gpr_names.end(), names.begin());
	constexpr std::array<std::string_view, kPlaceVec - kPlaceSp> kOthers = {"sp", "pc", "flags", "tls", "fpsr", "fpcr"};
	std::copy(kOthers.begin(), kOthers.end(), names.begin() + kPlaceSp);
	for (Place i = 0; i < isa.vec_words; ++i) names[kPlaceVec + i] = fmt::format("vec{}", i);
	std::copy(kKernelNames.begin(), kKernelNames.end(), names.begin() + kRegisters);
	return names;
}

std::vector<std::string> film_registers(const Isa& isa) {
	std::vector<std::string> names = names_by_place(isa);
	names.resize(kRegisters);
	std::erase(names, "");
	return names;
}

Besides besides_of(const Signals& signals, uint64_t owner) {
	return {signals.blocked, signals.pending, signals.altstack.sp, signals.altstack.size, signals.altstack.flags,
	        static_cast<uint64_t>(signals.clock.monotonic_ns), static_cast<uint64_t>(signals.clock.realtime_ns), owner};
}

Registers registers_of(const Cpu& cpu) {
	Registers all{};
	std::copy(cpu.gpr.begin(), cpu.gpr.end(), all.begin());
	all[kPlaceSp] = cpu.sp;
	all[kPlacePc] = cpu.pc;
	all[kPlaceFlags] = cpu.flags;
	all[kPlaceTls] = cpu.tls;
	all[kPlaceFpsr] = cpu.fpsr;
	all[kPlaceFpcr] = cpu.fpcr;
	std::copy(cpu.vec.begin(), cpu.vec.end(), all.begin() + kPlaceVec);
	return all;
}

void Raw::add(uint8_t word, const ShownStep& shown) {
	Differences differences(*this);
	differences.registers(shown.before, shown.after);
	differences.besides(shown.was, shown.is);
	uint64_t next = 0;  // behind the last word that was told
	for (const Write& write : shown.writes) {
		for (uint64_t at = round_down(write.at.value, word); at < write.at.value + write.size; at += word) {
			if (at + word == next) continue;
			if (const std::optional<uint64_t> value = shown.memory.load_word({at}, word)) words.push_back({at, *value});
			next = at + word;
		}
	}
	steps.push_back({shown.verb, shown.signal, shown.after.pc, static_cast<uint32_t>(values.size()), static_cast<uint32_t>(words.size())});
}

void Raw::start(const Cpu& cpu, const Besides& is) {
	const Registers all = registers_of(cpu);
	for (Place place = 0; place < kPlaces; ++place) {
		if (place == kPlacePc) continue;
		places.push_back(place);
		values.push_back(place < kRegisters ? all[place] : is[place - kRegisters]);
	}
	steps.push_back({Verb::none, std::nullopt, cpu.pc, static_cast<uint32_t>(values.size()), 0});
}

}  // namespace siglab
