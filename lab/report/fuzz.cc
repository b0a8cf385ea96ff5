#include "report/fuzz.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/words.h"
#include "state/verdict.h"

namespace siglab {
namespace {

using Tally = std::map<std::string, uint64_t>;

uint64_t in(const Tally& tally, const std::string& what) {
	const auto found = tally.find(what);
	return found == tally.end() ? 0 : found->second;
}

const Tally& tally_of(const FuzzRecord& record, const std::string& name) {
	static const Tally kNothing;
	const auto found = record.tallies.find(name);
	return found == record.tallies.end() ? kNothing : found->second;
}

std::string percent(uint64_t part, uint64_t of) { return of == 0 ? "-" : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(of)); }

// "seed 1, indices 0 .. 99 of arm64 and arm", and what of it was not done.
std::string head(const FuzzRecord& record) {
	std::string text = fmt::format("seed {}, from index {}", record.seed, record.from);
	if (record.to != UINT64_MAX && record.to != 0) text += fmt::format(" to {}", record.to - 1);
	for (const FuzzShard& shard : record.shards) {
		if (shard.of > 1) text += fmt::format(", shard {}/{}", shard.number, shard.of);
	}
	if (record.breakage != "none") text += fmt::format("; each made wrong on purpose: {}", shown(record.breakage));
	return text + "\n";
}

std::string of_isa(const FuzzRecord& record, const std::string& isa) {
	const Tally& all = tally_of(record, isa);
	const uint64_t vdsos = in(all, "vdsos"), boundaries = in(all, "boundaries");
	std::string text = fmt::format("\n{}: {}, {} explored; {} with helpers, {} over a page", shown(isa), counted(vdsos, "vDSO"), grouped(in(all, "explored")),
	                               percent(in(all, "with helpers"), vdsos), percent(in(all, "over a page"), vdsos));
	if (in(all, "in the compact set") != 0) text += fmt::format(", {} in the compact instruction set", percent(in(all, "in the compact set"), vdsos));
	text += fmt::format("\n       {} boundaries of walks, {} dirty; {} deliveries, {}\n", grouped(boundaries), percent(in(all, "dirty"), boundaries),
	                    grouped(in(all, "deliveries")), counted(in(all, "states"), "state"));
	const uint64_t left_out = in(all, "not injected");
	if (left_out != 0) text += fmt::format("       {} of them lie inside IT blocks, where this engine cannot stop: not injected\n", grouped(left_out));
	return text;
}

// At how many boundaries each version broke what, with one signal.
std::string table(const FuzzRecord& record, const std::string& isa) {
	std::vector<Property> columns;
	const auto axis = record.axes.find("variant");
	const std::vector<std::string> variants = axis == record.axes.end() ? std::vector<std::string>{} : axis->second;
	for (size_t i = 0; i < kPropertyCount; ++i) {
		const auto property = static_cast<Property>(i);
		const auto breaks = [&](const std::string& variant) { return in(tally_of(record, isa + " " + variant), std::string{property_name(property)}) != 0; };
		if (std::any_of(variants.begin(), variants.end(), breaks)) columns.push_back(property);
	}
	std::string text = fmt::format("{:<12}{:>11}", "", "boundaries");
	for (const Property property : columns) text += fmt::format("{:>20}", property_name(property));
	text = stripped(text) + '\n';
	for (const std::string& variant : variants) {
		const Tally& tally = tally_of(record, isa + " " + variant);
		std::string line = fmt::format("{:<12}{:>11}", shown(variant), grouped(in(tally, "boundaries")));
		for (const Property property : columns) {
			const uint64_t broken = in(tally, std::string{property_name(property)});
			line += fmt::format("{:>20}", broken == 0 ? "holds" : grouped(broken));
		}
		text += line + '\n';
	}
	return text;
}

std::string find_text(const FuzzFind& find, const std::string& folder) {
	std::string text = fmt::format("\nindex {} on {}: {}\n  {}\n", find.index, shown(find.isa), shown(find.scenario), shown(find.deviation));
	if (!find.fault.empty()) text += fmt::format("  The fault is {}\n", shown(find.fault));
	if (find.deviations > 0 && (find.deviations > 1 || find.versions > 1)) {
		text += fmt::format("  and {} more there; {} deviate\n", grouped(find.deviations - 1), counted(find.versions, "version"));
	}
	text += fmt::format("  {} of {} are enough for: {}\n", find.pieces_left, counted(find.pieces, "piece"), shown(find.small));
	if (find.file.empty()) return text + "  (--out DIR keeps it as a .S with its token)\n";
	text += fmt::format("  {}/{}\n", shown(folder), shown(find.file));
	if (!find.token.empty()) text += fmt::format("  in {}: siglab replay {}\n", shown(folder), shown(find.token));
	return text;
}

std::string last_words(const FuzzRecord& record) {
	std::string text;
	for (const std::string& left : record.left) text += shown(left) + '\n';
	if (record.outcome != "complete") text += fmt::format("Stopped ({}): it goes on from index {}.\n", shown(record.outcome), record.shards.empty() ? 0 : record.shards[0].next);
	if (record.finds.empty()) return text + "No deviation: each version does on each of them what the catalogue says.\n";
	return text + fmt::format("{} with deviations.\n", counted(record.finds.size(), "vDSO"));
}

}  // namespace

std::string fuzz_text(const FuzzRecord& record, const std::string& folder) {
	std::string text = head(record);
	const auto isas = record.axes.find("isa");
	for (const std::string& isa : isas == record.axes.end() ? std::vector<std::string>{} : isas->second) text += of_isa(record, isa) + table(record, isa);
	for (const FuzzFind& find : record.finds) text += find_text(find, folder);
	return text + '\n' + last_words(record);
}

}  // namespace siglab
