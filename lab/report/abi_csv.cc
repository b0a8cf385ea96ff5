#include "report/abi.h"
#include "report/abi_words.h"
#include "report/csv_line.h"

namespace siglab {

std::string abi_csv(const AbiRecord& record) {
	std::string out;
	std::vector<std::string> head = {"image", "isa", "function", "path", "boundary", "pc", "symbol", "instruction", "stack", "g_dirty", "away"};
	for (const std::string& version : record.versions) head.push_back("finds_" + version);
	add_csv_line(head, out);
	for (const AbiImage& image : record.images) {
		for (const AbiPath& path : image.paths) {
			for (size_t i = 0; i < path.steps.size(); ++i) {
				const AbiStep& step = path.steps[i];
				const AbiState& state = path.states[step.state];
				const CodeLine& line = image.code.at(step.pc);
				std::vector<std::string> row = {image.name, image.isa, path.function, path.path, fmt::to_string(i), hex(step.pc), line.symbol, line.text,
				                                fmt::to_string(state.depth), state.g_dirty ? "true" : "false", away_text(state)};
				row.insert(row.end(), image.finds[step.finds].begin(), image.finds[step.finds].end());
				add_csv_line(row, out);
			}
		}
	}
	return out;
}

}  // namespace siglab
