#include "record/abi.h"

#include <algorithm>

#include "base/text.h"
#include "record/json_tree.h"

namespace siglab {
namespace {

using Ordered = nlohmann::ordered_json;

Ordered json_of(const AbiPath& path) {
	Ordered states = Ordered::array();
	for (const AbiState& state : path.states) {
		Ordered away = Ordered::object();
		for (const AbiAway& one : state.away) away[one.reg] = one.where;
		states.push_back({{"depth", state.depth}, {"g_dirty", state.g_dirty}, {"away", std::move(away)}});
	}
	Ordered steps = Ordered::array();
	for (const AbiStep& step : path.steps) steps.push_back({{"pc", hex(step.pc)}, {"state", step.state}, {"finds", step.finds}});
	return {{"function", path.function}, {"path", path.path}, {"end", path.end}, {"result", path.result}, {"good", path.good},
	        {"breaks", path.breaks}, {"boundaries", path.steps.size()}, {"dirty", path.dirty}, {"stack", path.stack},
	        {"inside_it", path.inside_it}, {"registers", path.registers}, {"syscalls", path.syscalls}, {"lost", path.lost},
	        {"states", std::move(states)}, {"steps", std::move(steps)}};
}

Ordered json_of(const AbiImage& image) {
	Ordered paths = Ordered::array(), writes = Ordered::array(), code = Ordered::object();
	for (const AbiPath& path : image.paths) paths.push_back(json_of(path));
	for (const AbiWrite& write : image.writes) writes.push_back({{"pc", hex(write.pc)}, {"registers", write.registers}, {"reached", write.reached}});
	for (const auto& [pc, line] : image.code) code[hex(pc)] = {{"symbol", line.symbol}, {"text", line.text}};
	return {{"name", image.name}, {"isa", image.isa}, {"g", image.g}, {"hash", image.hash}, {"size", image.size}, {"data", image.data},
	        {"tables", image.tables}, {"unexplored", image.unexplored}, {"finds", image.finds}, {"paths", std::move(paths)},
	        {"writes", std::move(writes)}, {"code", std::move(code)}};
}

std::optional<uint64_t> dirty_pc(const AbiPath& path, auto first, auto end) {
	const auto at = std::find_if(first, end, [&](const AbiStep& step) { return path.dirty_at(step); });
	return at == end ? std::nullopt : std::optional{at->pc};
}

}  // namespace

std::optional<uint64_t> AbiPath::first_dirty() const { return dirty_pc(*this, steps.begin(), steps.end()); }
std::optional<uint64_t> AbiPath::last_dirty() const { return dirty_pc(*this, steps.rbegin(), steps.rend()); }

const AbiPath* AbiImage::find(const AbiPath& like) const {
	const auto at = std::find_if(paths.begin(), paths.end(), [&](const AbiPath& path) { return path.function == like.function && path.path == like.path; });
	return at == paths.end() ? nullptr : &*at;
}

Exit verdict_of(const AbiRecord& record) {
	for (const AbiImage& image : record.images) {
		if (!std::all_of(image.paths.begin(), image.paths.end(), [](const AbiPath& path) { return path.good; })) return Exit::deviation;
	}
	return Exit::ok;
}

std::string print_abi_record(const AbiRecord& record) {
	Ordered images = Ordered::array();
	for (const AbiImage& image : record.images) images.push_back(json_of(image));
	const Ordered root = {{"version", "siglab-abi-1"}, {"versions", record.versions}, {"images", std::move(images)}};
	return root.dump(1, '\t', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace siglab
