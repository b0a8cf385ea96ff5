#include "cli/side_by_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "base/text.h"
#include "report/words.h"

namespace siglab::cli {
namespace {

constexpr size_t kAnyWidth = 160;
constexpr size_t kMinWidth = 60;
constexpr size_t kTab = 4;
constexpr size_t kContext = 2;   // equal lines around a difference
constexpr size_t kNumber = 5;    // of a line, and a blank
constexpr std::string_view kGutter = " | ";

std::string without_tabs(std::string_view line) {
	std::string text;
	for (const char c : line) text.append(c == '\t' ? kTab - text.size() % kTab : 1, c == '\t' ? ' ' : c);
	return text;
}

// Cut at blanks into pieces of at most `width`; those of a comment go on as comments, at the same indent.
std::vector<std::string> wrapped(std::string text, size_t width) {
	if (text.size() <= width) return {std::move(text)};
	const size_t indent = std::min(text.find_first_not_of(' '), width / 2);
	const bool comment = text.compare(indent, 2, "//") == 0;
	const std::string lead = std::string(indent, ' ') + (comment ? "//   " : "    ");
	std::vector<std::string> pieces;
	while (text.size() > width) {
		const size_t blank = text.rfind(' ', width);
		const size_t cut = blank == std::string::npos || blank <= lead.size() ? width : blank;
		pieces.push_back(text.substr(0, cut));
		text.replace(0, std::min(text.find_first_not_of(' ', cut), text.size()), lead);
	}
	pieces.push_back(std::move(text));
	return pieces;
}

// One step of the way from the left text to the right: a line of the left, of the right, or the same in both.
struct Step {
	std::optional<size_t> left, right;
	[[nodiscard]] bool same() const { return left && right; }
};

// The longest common subsequence, by its table: the files have some hundred lines.
std::vector<Step> steps_between(const std::vector<std::string>& left, const std::vector<std::string>& right) {
	std::vector<std::vector<uint32_t>> common(left.size() + 1, std::vector<uint32_t>(right.size() + 1));
	for (size_t l = left.size(); l-- > 0;) {
		for (size_t r = right.size(); r-- > 0;) {
			common[l][r] = left[l] == right[r] ? common[l + 1][r + 1] + 1 : std::max(common[l + 1][r], common[l][r + 1]);
		}
	}
	std::vector<Step> steps;
	size_t l = 0, r = 0;
	while (l < left.size() || r < right.size()) {
		if (l < left.size() && r < right.size() && left[l] == right[r]) {
			steps.push_back({l++, r++});
		} else if (r == right.size() || (l < left.size() && common[l + 1][r] >= common[l][r + 1])) {
			steps.push_back({l++, std::nullopt});
		} else {
			steps.push_back({std::nullopt, r++});
		}
	}
	return steps;
}

class SideBySide {
   public:
	SideBySide(const NamedText& left, const NamedText& right, const Terminal& terminal)
		: terminal_(terminal), left_(split(left.text, '\n')), right_(split(right.text, '\n')), steps_(steps_between(left_, right_)) {
		const size_t width = terminal.width == 0 ? kAnyWidth : std::max(terminal.width, kMinWidth);
		column_ = (width - kGutter.size()) / 2 - kNumber;
	}

	std::string text() {
		std::vector<bool> near(steps_.size());
		for (size_t i = 0; i < steps_.size(); ++i) {
			if (steps_[i].same()) continue;
			const size_t end = std::min(steps_.size(), i + kContext + 1);
			for (size_t j = i < kContext ? 0 : i - kContext; j < end; ++j) near[j] = true;
		}
		for (size_t i = 0; i < steps_.size();) {
			const bool skipped = i > 0 && !near[i - 1];
			if (near[i] && skipped) heading(i);
			if (!near[i]) {
				++i;
			} else if (steps_[i].same()) {
				add({steps_[i].left}, {steps_[i].right}, false);
				++i;
			} else {
				i = block(i);
			}
		}
		return std::move(out_);
	}

   private:
	using Lines = std::vector<std::optional<size_t>>;

	// A run of lines that differ: the left ones beside the right ones.
	size_t block(size_t i) {
		Lines left, right;
		for (; i < steps_.size() && !steps_[i].same(); ++i) {
			if (steps_[i].left) left.push_back(steps_[i].left);
			if (steps_[i].right) right.push_back(steps_[i].right);
		}
		add(left, right, true);
		return i;
	}

	// Lines with their numbers, wrapped.
	std::vector<std::string> pieces(const Lines& lines, const std::vector<std::string>& text) const {
		std::vector<std::string> all;
		for (const std::optional<size_t>& line : lines) {
			bool first = true;
			for (const std::string& piece : wrapped(without_tabs(text[*line]), column_)) {
				all.push_back(fmt::format("{:>{}} {}", first ? fmt::to_string(*line + 1) : "", kNumber - 1, piece));
				first = false;
			}
		}
		return all;
	}

	void add(const Lines& left, const Lines& right, bool differ) {
		const std::vector<std::string> l = pieces(left, left_), r = pieces(right, right_);
		for (size_t i = 0; i < std::max(l.size(), r.size()); ++i) {
			const std::string one = fmt::format("{:<{}}", i < l.size() ? l[i] : "", column_ + kNumber);
			const std::string_view two = i < r.size() ? std::string_view{r[i]} : std::string_view{};
			if (terminal_.colour && differ) {
				out_ += fmt::format("{}{}{}\n", terminal_.in(Ink::red, one), kGutter, terminal_.in(Ink::green, two));
			} else {
				out_ += stripped(fmt::format("{}{}{}", one, differ ? kGutter : "   ", two)) + '\n';
			}
		}
	}

	// Between two stretches: the label under which the next one stands.
	void heading(size_t step) {
		std::string label;
		for (size_t line = steps_[step].right.value_or(0); line-- > 0 && label.empty();) {
			const std::string& text = right_[line];
			const bool named = text.ends_with(':') && (std::isalpha(static_cast<unsigned char>(text[0])) != 0 || text[0] == '_');
			if (named) label = text.substr(0, text.size() - 1);
		}
		const std::string rule(2 * (column_ + kNumber) + kGutter.size() - std::min(label.size() + 4, column_), '-');
		out_ += terminal_.in(Ink::dim, fmt::format("{} {} -", rule, label.empty() ? "-" : label)) + '\n';
	}

	const Terminal& terminal_;
	std::vector<std::string> left_, right_;
	std::vector<Step> steps_;
	size_t column_ = 0;
	std::string out_;
};

}  // namespace

std::string side_by_side(const NamedText& left, const NamedText& right, const Terminal& terminal) {
	if (left.text == right.text) return {};
	const size_t width = terminal.width == 0 ? kAnyWidth : std::max(terminal.width, kMinWidth);
	const std::string names = fmt::format("{:<{}}{}", left.name, (width - kGutter.size()) / 2 + kGutter.size(), right.name);
	return terminal.in(Ink::bold, names) + "\n\n" + SideBySide(left, right, terminal).text();
}

}  // namespace siglab::cli
