#include "report/abi.h"
#include "report/abi_words.h"

namespace siglab {
namespace {

// What is compared of a path, by name.
std::vector<std::pair<std::string, std::string>> facts(const AbiPath& path) {
	return {{"dirty/boundaries", dirty_text(path)}, {"first dirty", place_text(path.first_dirty())}, {"last dirty", place_text(path.last_dirty())},
	        {"registers used", registers_text(path)}, {"stack", fmt::to_string(path.stack)}, {"system calls", syscalls_text(path)}, {"end", end_text(path)}};
}

void add_rows(const AbiPath& a, const AbiPath& b, Listing& table) {
	const auto of_a = facts(a), of_b = facts(b);
	for (size_t i = 0; i < of_a.size(); ++i) {
		if (of_a[i].second != of_b[i].second) table.rows.push_back({"`" + a.function + "`", a.path, of_a[i].first, of_a[i].second, of_b[i].second});
	}
}

}  // namespace

Document abi_difference(const AbiRecord& record) {
	const AbiImage &a = record.images[0], &b = record.images[1];
	Document document{.title = fmt::format("{} and {}", a.name, b.name), .blocks = {}};
	document.heading(1, fmt::format("`{}` and `{}`", a.name, b.name));
	Listing table{{"function", "path", "what", "`" + a.name + "`", "`" + b.name + "`"}, {}};
	if (a.data != b.data) table.rows.push_back({"", "", "data", a.data, b.data});
	if (a.tables != b.tables) table.rows.push_back({"", "", "hash tables", a.tables, b.tables});
	for (const AbiPath& path : a.paths) {
		const AbiPath* other = b.find(path);
		if (other != nullptr) {
			add_rows(path, *other, table);
		} else {
			table.rows.push_back({"`" + path.function + "`", path.path, "path", "there", "not there"});
		}
	}
	for (const AbiPath& path : b.paths) {
		if (a.find(path) == nullptr) table.rows.push_back({"`" + path.function + "`", path.path, "path", "not there", "there"});
	}
	if (table.rows.empty()) {
		document.paragraph(a.hash == b.hash ? "The two are the same, byte for byte." : "The bytes differ, but nothing that is compared here does.");
	} else {
		document.table(std::move(table));
	}
	return document;
}

}  // namespace siglab
