#include "report/abi.h"

#include "report/abi_words.h"

namespace siglab {
namespace {

constexpr std::string_view kConvention =
	"Boundary i is the state before a call's (i + 1)th instruction, so a call of n instructions has n boundaries, 0 .. n - 1; a system call is one "
	"instruction. *Dirty*: the g register (R28 on arm64, R10 on arm) does not hold what the caller had in it. Addresses are the image's own. "
	"A lost boundary of a version is one at which a signal's handler, in that version of Go, would have gone on with a wrong g or with none; -: that version does not find this image's clock_gettime, and never calls it (go#62309).";

std::vector<std::string> summary_head(const AbiRecord& record) {
	std::vector<std::string> head = {"image", "ISA", "function", "path", "dirty/boundaries", "first", "last", "registers used", "stack", "system calls", "AAPCS"};
	for (const std::string& version : record.versions) head.push_back("lost in " + version);
	return head;
}

std::vector<std::string> summary_row(const AbiImage& image, const AbiPath& path) {
	std::vector<std::string> row = {"`" + image.name + "`", image.isa, "`" + path.function + "`", path.path, dirty_text(path), place_text(path.first_dirty()),
	                                place_text(path.last_dirty()), registers_text(path), fmt::to_string(path.stack), syscalls_text(path),
	                                path.good ? "kept" : end_text(path)};
	for (size_t version = 0; version < path.lost.size(); ++version) {
		const bool calls = path.steps.empty() || image.finds[path.steps.front().finds][version] != "no vDSO";
		row.push_back(calls ? fmt::to_string(path.lost[version]) : "-");
	}
	return row;
}

// Boundaries in a row that are alike in everything but their PC.
Listing stretches(const AbiRecord& record, const AbiImage& image, const AbiPath& path) {
	Listing table{{"boundaries", "from", "instruction", "stack", "not the caller's, and where that is", "g"}, {}};
	for (const std::string& version : record.versions) table.head.push_back(version);
	for (size_t i = 0; i < path.steps.size();) {
		const AbiStep& first = path.steps[i];
		size_t end = i + 1;
		while (end < path.steps.size() && path.steps[end].state == first.state && path.steps[end].finds == first.finds) ++end;
		const AbiState& state = path.states[first.state];
		const auto line = image.code.find(first.pc);
		std::vector<std::string> row = {end - i == 1 ? fmt::to_string(i) : fmt::format("{}..{}", i, end - 1), fmt::format("`+{:#x}`", first.pc),
		                                line == image.code.end() ? "" : "`" + line->second.text + "`", fmt::to_string(state.depth), away_text(state),
		                                state.g_dirty ? "dirty" : "clean"};
		row.insert(row.end(), image.finds[first.finds].begin(), image.finds[first.finds].end());
		table.rows.push_back(std::move(row));
		i = end;
	}
	return table;
}

// More stretches than a reader reads: a cipher's rounds, mostly.
constexpr size_t kMaxRows = 120;

void add_path(const AbiRecord& record, const AbiImage& image, const AbiPath& path, Document& document) {
	document.heading(3, fmt::format("`{}`: {}", path.function, path.path));
	document.paragraph(fmt::format("{}. {} boundaries, {} dirty; {} bytes of stack; system calls: {}.", end_text(path), path.steps.size(), path.dirty, path.stack,
	                               syscalls_text(path)));
	if (path.inside_it != 0) {
		document.paragraph(fmt::format("{} boundaries lie inside Thumb IT blocks, at which this engine cannot deliver a signal.", path.inside_it));
	}
	Listing table = stretches(record, image, path);
	const size_t all = table.rows.size();
	if (all > kMaxRows) table.rows.resize(kMaxRows);
	document.table(std::move(table));
	if (all > kMaxRows) document.paragraph(fmt::format("... and {} stretches more (CSV and JSON have every boundary).", all - kMaxRows));
}

void add_static_view(const AbiImage& image, Document& document) {
	document.heading(3, "Every instruction that writes a callee-saved register");
	document.paragraph("By disassembly of the whole code, reached or not. What lies between functions as data may look like an instruction here.");
	Listing table{{"at", "in", "instruction", "writes", "reached"}, {}};
	for (const AbiWrite& write : image.writes) {
		const CodeLine& line = image.code.at(write.pc);
		table.rows.push_back({fmt::format("`+{:#x}`", write.pc), "`" + line.symbol + "`", "`" + line.text + "`", join(write.registers, " "), write.reached ? "yes" : "no"});
	}
	document.table(std::move(table));
}

void add_image(const AbiRecord& record, const AbiImage& image, Document& document) {
	document.heading(2, fmt::format("`{}`", image.name));
	document.paragraph(fmt::format("{}, {} bytes, {}, XXH3 {}. Data: {}.", image.isa, image.size, image.tables, image.hash, image.data));
	if (!image.unexplored.empty()) document.paragraph(fmt::format("Exported, but not called here: `{}`.", join(image.unexplored, "`, `")));
	Listing table{summary_head(record), {}};
	for (const AbiPath& path : image.paths) table.rows.push_back(summary_row(image, path));
	document.table(std::move(table));
	for (const AbiPath& path : image.paths) add_path(record, image, path, document);
	add_static_view(image, document);
}

Document begin(std::string title) {
	Document document{.title = title, .blocks = {}};
	document.heading(1, std::move(title));
	document.paragraph(std::string{kConvention});
	return document;
}

}  // namespace

Document abi_summary(const AbiRecord& record) {
	Document document = begin("Registers that vDSO functions use");
	Listing table{summary_head(record), {}};
	for (const AbiImage& image : record.images) {
		for (const AbiPath& path : image.paths) table.rows.push_back(summary_row(image, path));
	}
	document.table(std::move(table));
	return document;
}

Document abi_document(const AbiRecord& record) {
	const bool one = record.images.size() == 1;
	Document document = begin(one ? fmt::format("Registers that {} uses", record.images.front().name) : "Registers that vDSO functions use");
	for (const AbiImage& image : record.images) add_image(record, image, document);
	return document;
}

}  // namespace siglab
