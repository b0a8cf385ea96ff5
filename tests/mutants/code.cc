#include "code.h"

#include <fmt/format.h>

#include <array>
#include <regex>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "image/disassemble.h"
#include "image/tool.h"

namespace siglab::mutants {
namespace {

constexpr uint64_t kBase = 0x10000;        // where the assembled texts are linked; as good as any
constexpr std::string_view kObject = "texts.o", kSource = "texts.s", kLinked = "texts.elf";
constexpr size_t kHeaderLines = 4;

// Small ones in decimal, addresses and masks in hexadecimal.
std::string one_way(const std::string& digits) {
	const bool negative = digits.starts_with('-');
	const std::optional<uint64_t> value = parse_number(digits.substr(negative ? 1 : 0));
	if (!value) return digits;
	return *value < kPageSize ? fmt::format("{}{}", negative ? "-" : "", *value) : fmt::format("{}{:#x}", negative ? "-" : "", *value);
}

// "b", "b.ne", "bl", "beq", "cbz", "tbnz", "adr", "adrp": the last operand is an address.
bool names_an_address(const std::string& mnemonic) {
	static const std::regex kPattern(R"(b|bl|b\.\w\w|b(l)?(eq|ne|hs|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)|cbn?z|tbn?z|adrp?)");
	return std::regex_match(mnemonic, kPattern);
}

std::string place(const Image& image, uint64_t address) {
	constexpr std::string_view kRuntime = "runtime.";
	const std::string name = image.describe(address);
	if (name.empty()) return fmt::format("{:#x}", address);
	return name.starts_with(kRuntime) ? name.substr(kRuntime.size()) : name;
}

// As the assembler must read it so that at `here` it means what `wanted` means at its own place.
std::string relocated(const Wanted& wanted, uint64_t here, std::set<uint64_t>& pages) {
	const std::string& text = wanted.text;
	const std::string mnemonic = text.substr(0, text.find(' '));
	const size_t hash = text.rfind('#');
	if (!names_an_address(mnemonic) || hash == std::string::npos) return text;
	const uint64_t target = parse_number(text.substr(hash + 1)).value_or(0);
	if (mnemonic == "adrp") {
		// It takes a symbol only: one that the linker knows.
		const uint64_t page = round_down(here, kPageSize) + target - round_down(wanted.at, kPageSize);
		pages.insert(page);
		return fmt::format("{}page_{:x}", text.substr(0, hash), page);
	}
	return fmt::format("{}. + ({})", text.substr(0, hash), static_cast<int64_t>(target - wanted.at));
}

class Assembler {
   public:
	Assembler(const Isa& isa, std::span<const Wanted> wanted, const TempDir& dir) : isa_(isa), wanted_(wanted), dir_(dir) {}

	Result<std::vector<std::optional<uint32_t>>> run() {
		for (int round = 0; round < 3; ++round) {
			if (Status written = write_text(dir_.file(kSource), source()); !written) return written.error();
			Result<ToolRun> ran = run_tool(assembler(), dir_, WorkIn::temp);
			if (!ran) return ran.error();
			if (ran->code == 0) return link();
			if (!note_refused(ran->complaints)) return Error{Exit::environment, "the assembler says: " + ran->complaints};
		}
		return Error{Exit::environment, "the assembler goes on complaining"};
	}

   private:
	[[nodiscard]] std::string tool(std::string_view name) const { return std::string{isa_.tool_prefix} + std::string{name}; }

	[[nodiscard]] std::vector<std::string> assembler() const {
		std::vector<std::string> arguments = {tool("as"), "--fatal-warnings"};
		for (std::string& option : split(isa_.assembler_options, ' ')) arguments.push_back(std::move(option));
		arguments.insert(arguments.end(), {"-o", std::string{kObject}, std::string{kSource}});
		return arguments;
	}

	// One line for each text, so that a complaint's line number says which; a word of zeros in place of what was refused.
	[[nodiscard]] std::string source() {
		std::string text = fmt::format("\t.text\n{}\n\n", isa_.word == 4 ? "\t.syntax unified\n\t.arm" : "\t.balign 4\n");
		for (size_t i = 0; i < wanted_.size(); ++i) {
			text += refused_.contains(i) ? "\t.long 0\n" : fmt::format("\t{}\n", relocated(wanted_[i], kBase + i * kSize, pages_));
		}
		return text;
	}

	// "texts.s:12: Error: ...": false where nothing new was refused.
	bool note_refused(const std::string& complaints) {
		static const std::regex kError(R"(texts\.s:(\d+): (Error|Warning))");
		const size_t before = refused_.size();
		for (std::sregex_iterator at(complaints.begin(), complaints.end(), kError), end; at != end; ++at) {
			refused_.insert(parse_number((*at)[1].str()).value_or(0) - 1 - kHeaderLines);
		}
		return refused_.size() != before;
	}

	Result<std::vector<std::optional<uint32_t>>> link() {
		std::vector<std::string> arguments = {tool("ld"), fmt::format("-Ttext={:#x}", kBase), fmt::format("--entry={:#x}", kBase)};
		for (const uint64_t page : pages_) arguments.push_back(fmt::format("--defsym=page_{0:x}={0:#x}", page));
		arguments.insert(arguments.end(), {"-o", std::string{kLinked}, std::string{kObject}});
		const Result<ToolRun> ran = run_tool(arguments, dir_, WorkIn::temp);
		if (!ran) return ran.error();
		if (ran->code != 0) return Error{Exit::environment, "the linker says: " + ran->complaints};
		const Result<Image> image = Image::read(isa_, dir_.file(kLinked));
		if (!image) return image.error();
		std::vector<std::optional<uint32_t>> words(wanted_.size());
		for (size_t i = 0; i < wanted_.size(); ++i) {
			if (refused_.contains(i)) continue;
			uint32_t word = 0;
			std::memcpy(&word, image->loaded(kBase + i * kSize).data(), sizeof word);
			const std::string found = text_of(isa_, wanted_[i].at, word);
			if (found != canonical(wanted_[i].text)) {
				return Error{Exit::environment, fmt::format("'{}' comes out of the assembler as '{}'", wanted_[i].text, found)};
			}
			words[i] = word;
		}
		return words;
	}

	const Isa& isa_;
	std::span<const Wanted> wanted_;
	const TempDir& dir_;
	std::set<size_t> refused_;
	std::set<uint64_t> pages_;  // that an adrp names
};

}  // namespace

std::string canonical(std::string_view text) {
	static const std::regex kNumber(R"(#(-?(0x)?[0-9a-f]+))"), kNoOffset(R"(, #-?0\](?!!))"), kUnscaled(R"(^(ld|st)ur(b|h)? )");
	std::string result;
	std::string rest{text};
	for (std::smatch match; std::regex_search(rest, match, kNumber); rest = match.suffix()) result += match.prefix().str() + "#" + one_way(match[1]);
	result += rest;
	result = std::regex_replace(result, kNoOffset, "]");
	return std::regex_replace(result, kUnscaled, "$1r$2 ");
}

std::string text_of(const Isa& isa, uint64_t at, uint32_t word) {
	const std::span<const uint32_t> one{&word, 1};
	return canonical(disassemble(isa, std::as_bytes(one), at, false).text);
}

std::vector<Line> lines_of(const Image& image, std::string_view function) {
	std::vector<Line> lines;
	const Symbol* symbol = image.find(function);
	if (symbol == nullptr) return lines;
	for (uint64_t at = symbol->start(); at < symbol->start() + symbol->size; at += kSize) {
		uint32_t word = 0;
		std::memcpy(&word, image.loaded(at).data(), sizeof word);
		lines.push_back({at, word, text_of(image.isa(), at, word)});
	}
	return lines;
}

std::string shown(const Image& image, const Line& line) {
	static const std::regex kLiteral(R"(\[pc, #((0x)?[0-9a-f]+)\])");
	std::smatch match;
	if (std::regex_search(line.text, match, kLiteral)) {
		const std::span<const std::byte> from = image.loaded(line.at + 2 * kSize + parse_number(match[1].str()).value_or(0));
		uint32_t value = 0;
		if (from.size() < sizeof value) return line.text;
		std::memcpy(&value, from.data(), sizeof value);
		return fmt::format("{}={:#x}{}", match.prefix().str(), value, match.suffix().str());
	}
	const std::string mnemonic = line.text.substr(0, line.text.find(' '));
	const size_t hash = line.text.rfind('#');
	if (mnemonic == "adrp" || !names_an_address(mnemonic) || hash == std::string::npos) return line.text;
	return line.text.substr(0, hash) + place(image, parse_number(line.text.substr(hash + 1)).value_or(0));
}

Result<std::vector<std::optional<uint32_t>>> encode(const Isa& isa, std::span<const Wanted> wanted) {
	const Result<TempDir> dir = TempDir::make();
	if (!dir) return dir.error();
	return Assembler(isa, wanted, *dir).run();
}

}  // namespace siglab::mutants
