#include "listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "base/text.h"
#include "image/disassemble.h"

namespace siglab::go {
namespace {

// The global at that address, or the number itself.
std::string name_of(const Image& image, uint64_t value) {
	for (const std::string_view name : kGlobals) {
		const Symbol* symbol = image.find(name);
		if (symbol != nullptr && symbol->value == value) return std::string{name};
	}
	return hex(value);
}

std::optional<uint64_t> number(const std::smatch& match, size_t group) { return parse_number(match[group].str()); }

void name_target(Line& line) {
	static const std::regex branch(R"((b|bl|b\.\w+|b[a-z]{2}|cbn?z) (.*, )?#(0x[0-9a-f]+))");
	std::smatch match;
	if (!std::regex_match(line.text, match, branch)) return;
	line.target = number(match, 3);
	line.text = fmt::format("{} {}@", match[1].str(), match[2].str());
}

// arm: "ldr r3, [pc, #0x20]" loads what the assembler has put behind the code. Returns where that is.
std::optional<uint64_t> name_literal(const Image& image, Line& line) {
	static const std::regex literal(R"(ldr (\w+), \[pc, #(\w+)\])");
	std::smatch match;
	if (!std::regex_match(line.text, match, literal)) return std::nullopt;
	const uint64_t at = line.address + 8 + *number(match, 2);
	const std::span<const std::byte> bytes = image.loaded(at);
	uint32_t value = 0;
	if (bytes.size() >= sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
	line.text = fmt::format("ldr {}, ={}", match[1].str(), name_of(image, value));
	return at;
}

// arm64: "adrp x27, #PAGE", then an instruction with the rest of the address.
void name_page(const Image& image, Line& adrp, Line& user) {
	static const std::regex page(R"(adrp (x\d+), #(\w+))"), rest(R"((.*)\b(x\d+)(, #(\w+))?(\]?))");
	std::smatch base, offset;
	if (!std::regex_match(adrp.text, base, page) || !std::regex_match(user.text, offset, rest) || base[1] != offset[2]) return;
	const std::string name = name_of(image, *number(base, 2) + number(offset, 4).value_or(0));
	adrp.text = fmt::format("adrp {}, {}", base[1].str(), name);
	user.text = fmt::format("{}{}, :lo12:{}{}", offset[1].str(), offset[2].str(), name, offset[5].str());
}

bool is_padding(const Line& line) { return line.text.starts_with("udf") || line.text.starts_with(".word"); }

}  // namespace

Result<Listing> list_function(const Image& image, std::string_view function) {
	const Symbol* symbol = image.find(function);
	if (symbol == nullptr || symbol->size == 0) return Error{Exit::usage, fmt::format("{}: has no function {}", image.name(), function)};
	Listing listing;
	uint64_t end = symbol->start() + symbol->size;
	for (uint64_t at = symbol->start(); at < end; at += 4) {
		Line& line = listing.emplace_back(Line{at, disassemble(image, at, false).text, {}});
		name_target(line);
		const std::optional<uint64_t> literal = name_literal(image, line);
		if (literal && *literal >= at) end = std::min(end, *literal);
	}
	for (size_t i = 0; i + 1 < listing.size(); ++i) name_page(image, listing[i], listing[i + 1]);
	while (!listing.empty() && is_padding(listing.back())) listing.pop_back();
	return listing;
}

// The longest common subsequence, by the table; what is between its members is different.
std::vector<Difference> differences(const Listing& first, const Listing& second) {
	std::vector<std::vector<size_t>> common(first.size() + 1, std::vector<size_t>(second.size() + 1));
	for (size_t i = first.size(); i-- > 0;) {
		for (size_t j = second.size(); j-- > 0;) {
			common[i][j] = first[i].text == second[j].text ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
		}
	}
	std::vector<Difference> found;
	for (size_t i = 0, j = 0; i < first.size() || j < second.size();) {
		if (i < first.size() && j < second.size() && first[i].text == second[j].text) {
			++i, ++j;
			continue;
		}
		Difference difference{i, i, j, j};
		while (i < first.size() || j < second.size()) {
			if (i < first.size() && j < second.size() && first[i].text == second[j].text) break;
			const bool skip_first = j == second.size() || (i < first.size() && common[i + 1][j] >= common[i][j + 1]);
			skip_first ? ++i : ++j;
		}
		difference.first_end = i;
		difference.second_end = j;
		found.push_back(difference);
	}
	return found;
}

std::string text_of(const Listing& listing, size_t begin, size_t end) {
	std::vector<std::string> texts;
	for (size_t i = begin; i < end; ++i) texts.push_back(listing[i].text);
	return texts.empty() ? "-" : join(texts, "; ");
}

}  // namespace siglab::go
