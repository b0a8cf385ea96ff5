#include "report/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "report/words.h"

namespace siglab {
namespace {

constexpr std::string_view kGap = "  ";

std::string_view colour_of(Grade grade) {
	switch (grade) {
		case Grade::holds: return "\x1b[32m";
		case Grade::breaks: return "\x1b[33m";
		case Grade::loses_g: return "\x1b[1;31m";
		case Grade::vdso: return "\x1b[35m";
		case Grade::absent:
		case Grade::silent: break;
	}
	return "\x1b[2m";
}

// Padded first: escapes have no width.
std::string painted(std::string_view text, size_t width, Grade grade, bool colour) {
	std::string padded = fmt::format("{:<{}}", text, width);
	return colour && !text.empty() ? fmt::format("{}{}\x1b[0m", colour_of(grade), padded) : padded;
}

// "clobber-g-plausible" as "clobber-", "g-", "plausible": cut after a hyphen or a blank, so that a column need not be as wide as its name.
std::vector<std::string> header_lines(const std::string& name) {
	constexpr size_t kWide = 9;
	std::vector<std::string> lines(1);
	for (size_t from = 0; from < name.size();) {
		const size_t cut = name.find_first_of("- ", from);
		const std::string piece = name.substr(from, cut == std::string::npos ? cut : cut + 1 - from);
		if (!lines.back().empty() && lines.back().size() + piece.size() > kWide) lines.emplace_back();
		lines.back() += piece;
		from += piece.size();
	}
	return lines;
}

// One table as lines of text. A cell has its count and its letters: side by side if all columns fit, else in two lines.
class Grid {
   public:
	Grid(const Table& table, TextStyle style) : table_(table), style_(style) {
		for (const std::string& row : table.rows) first_ = std::max(first_, shown(row).size());
		for (const std::string& column : table.columns) headers_.push_back(header_lines(shown(column)));
		std::vector<size_t> all(table.columns.size());
		std::iota(all.begin(), all.end(), size_t{0});
		one_line_ = true;
		one_line_ = width(all) <= style.width;
	}

	[[nodiscard]] std::string text() const {
		std::string out = fmt::format("{}\n", shown(table_.title));
		std::vector<size_t> block;
		for (size_t column = 0; column < table_.columns.size(); ++column) {
			block.push_back(column);
			if (width(block) <= style_.width || block.size() == 1) continue;
			block.pop_back();
			add_block(block, out);
			block = {column};
		}
		add_block(block, out);
		return out;
	}

   private:
	[[nodiscard]] std::string first_line(const Cell& cell) const {
		const std::string broken = one_line_ ? letters(cell) : "";
		return broken.empty() ? count_text(cell) : fmt::format("{} {}", count_text(cell), broken);
	}
	[[nodiscard]] size_t column_width(size_t column) const {
		size_t wide = 0;
		for (const std::string& line : headers_[column]) wide = std::max(wide, line.size());
		for (const std::vector<Cell>& row : table_.cells) {
			wide = std::max({wide, first_line(row[column]).size(), one_line_ ? 0 : letters(row[column]).size()});
		}
		return wide;
	}
	[[nodiscard]] size_t width(const std::vector<size_t>& columns) const {
		size_t sum = first_;
		for (const size_t column : columns) sum += kGap.size() + column_width(column);
		return sum;
	}

	void add_block(const std::vector<size_t>& columns, std::string& out) const {
		size_t height = 0;
		for (const size_t column : columns) height = std::max(height, headers_[column].size());
		for (size_t i = 0; i < height; ++i) {
			add_line("", columns, out, [&](size_t column) {
				const std::vector<std::string>& lines = headers_[column];
				const size_t missing = height - lines.size();
				return fmt::format("{:<{}}", i < missing ? "" : lines[i - missing], column_width(column));
			});
		}
		out += fmt::format("{:-<{}}\n", "", width(columns));
		for (size_t row = 0; row < table_.rows.size(); ++row) add_row(row, columns, out);
	}
	void add_row(size_t row, const std::vector<size_t>& columns, std::string& out) const {
		const std::vector<Cell>& cells = table_.cells[row];
		const auto paint = [&](const std::string& text, size_t column) {
			return painted(text, column_width(column), grade(cells[column]), style_.colour);
		};
		add_line(table_.rows[row], columns, out, [&](size_t column) { return paint(first_line(cells[column]), column); });
		const bool more = std::any_of(columns.begin(), columns.end(), [&](size_t column) { return !letters(cells[column]).empty(); });
		if (one_line_ || !more) return;
		add_line("", columns, out, [&](size_t column) { return paint(letters(cells[column]), column); });
	}
	template <class CellText>
	void add_line(const std::string& name, const std::vector<size_t>& columns, std::string& out, CellText&& cell_text) const {
		std::string line = fmt::format("{:<{}}", shown(name), first_);
		for (const size_t column : columns) line += fmt::format("{}{}", kGap, cell_text(column));
		out += stripped(std::move(line)) + '\n';
	}

	const Table& table_;
	TextStyle style_;
	std::vector<std::vector<std::string>> headers_;
	size_t first_ = 4;
	bool one_line_ = false;
};

}  // namespace

std::string grid_text(const Table& table, TextStyle style) { return Grid(table, style).text(); }

}  // namespace siglab
