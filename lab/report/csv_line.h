// One line of CSV (RFC 4180). Internal to the room.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace siglab {

// Quoted where it must be: a comma, a quote or a line break inside.
inline std::string csv_field(std::string_view text) {
	if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string{text};
	std::string quoted = "\"";
	for (const char c : text) {
		if (c == '"') quoted += '"';
		quoted += c;
	}
	return quoted + '"';
}

inline void add_csv_line(std::span<const std::string> fields, std::string& out) {
	std::string_view separator = "";
	for (const std::string& text : fields) {
		out += separator;
		out += csv_field(text);
		separator = ",";
	}
	out += "\r\n";
}

}  // namespace siglab
