#include "image/preprocess.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace siglab {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// What stands between the quotes: \" and \\ and \ooo.
std::string unescaped(std::string_view text) {
	std::string name;
	for (size_t i = 0; i < text.size(); ++i) {
		if (text[i] != '\\' || i + 1 == text.size()) {
			name += text[i];
		} else if (i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) && is_octal(text[i + 3])) {
			name += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
			i += 3;
		} else {
			name += text[++i];
		}
	}
	return name;
}

struct LineMarker {
	std::string_view number;
	std::string file;
};

std::optional<LineMarker> parse_marker(std::string_view line) {
	if (!line.starts_with("# ")) return std::nullopt;
	line.remove_prefix(2);
	const std::string_view number = line.substr(0, line.find_first_not_of(kDigits));
	line.remove_prefix(number.size());
	const size_t last = line.rfind('"');
	if (number.empty() || !line.starts_with(" \"") || last < 2) return std::nullopt;
	return LineMarker{number, unescaped(line.substr(2, last - 2))};
}

size_t index_of(std::vector<std::string>& files, const std::string& name) {
	const auto at = std::find(files.begin(), files.end(), name);
	if (at != files.end()) return static_cast<size_t>(at - files.begin());
	files.push_back(name);
	return files.size() - 1;
}

}  // namespace

std::string mark(size_t file) { return fmt::format("siglab-file-{}.S", file); }

Preprocessed with_marks(std::string_view preprocessed) {
	Preprocessed result;
	for (const std::string& line : split(preprocessed, '\n')) {
		if (const std::optional<LineMarker> marker = parse_marker(line)) {
			result.text += fmt::format("# {} \"{}\"\n", marker->number, mark(index_of(result.files, marker->file)));
		} else {
			result.text += line + '\n';
		}
	}
	return result;
}

std::string without_marks(std::string_view text, const std::vector<std::string>& files) {
	std::string result{text};
	for (size_t i = 0; i < files.size(); ++i) result = replaced(result, mark(i), files[i]);
	return result;
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
	std::string result;
	for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what)) {
		result += text.substr(0, at);
		result += by;
		text.remove_prefix(at + what.size());
	}
	return result += text;
}

}  // namespace siglab
