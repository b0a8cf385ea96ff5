#include "equivalent.h"

#include <capstone/capstone.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <regex>
#include <set>

#include "base/text.h"

namespace siglab::mutants {
namespace {

// What one instruction reads and writes, by Capstone's word.
struct Effects {
	std::set<std::string> reads, writes;  // registers by name, the wide one for both halves
	bool flags_read = false, flags_written = false;
	bool jumps = false;                   // or traps, or is not known
	bool loads = false, stores = false;
	std::optional<std::pair<int64_t, int64_t>> frame;  // the bytes from SP on that it touches, if it touches these only
};

std::string wide(std::string name) {
	if (name.size() > 1 && name[0] == 'w' && (isdigit(name[1]) != 0 || name == "wzr")) name[0] = 'x';
	return name;
}

// Memory operands as text: "[sp, #8]" without a change of SP. How much is touched is in the name and the registers.
std::optional<std::pair<int64_t, int64_t>> frame_bytes(const std::string& text, int64_t word) {
	static const std::regex kFrame(R"(^(ldr|str|ldp|stp) ([xwd]|[a-z]).*\[sp(, #(-?\d+))?\]$)");
	std::smatch match;
	if (!std::regex_match(text, match, kFrame)) return std::nullopt;
	const int64_t at = match[4].matched ? std::stoll(match[4].str()) : 0;
	const bool pair = match[1].str().ends_with('p');
	return std::pair{at, at + word * (pair ? 2 : 1)};
}

class Reader {
   public:
	explicit Reader(const Isa& isa) {
		const bool wide_isa = isa.word == 8;
		if (cs_open(wide_isa ? CS_ARCH_ARM64 : CS_ARCH_ARM, CS_MODE_ARM, &handle_) != CS_ERR_OK) return;
		cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON);
	}
	Reader(const Reader&) = delete;
	Reader& operator=(const Reader&) = delete;
	~Reader() { cs_close(&handle_); }

	std::optional<Effects> effects(const Isa& isa, const Line& line) const {
		cs_insn* instruction = nullptr;
		const auto* code = reinterpret_cast<const uint8_t*>(&line.word);
		if (cs_disasm(handle_, code, sizeof line.word, line.at, 1, &instruction) != 1) return std::nullopt;
		const std::unique_ptr<cs_insn, void (*)(cs_insn*)> owned(instruction, [](cs_insn* one) { cs_free(one, 1); });
		cs_regs read{}, written{};
		uint8_t reads = 0, writes = 0;
		if (cs_regs_access(handle_, instruction, read, &reads, written, &writes) != CS_ERR_OK) return std::nullopt;
		Effects effects;
		for (uint8_t i = 0; i < reads; ++i) note(read[i], effects.reads, effects.flags_read);
		for (uint8_t i = 0; i < writes; ++i) note(written[i], effects.writes, effects.flags_written);
		static const std::regex kPlain(R"(^(mov|movz|movk|add|sub|and|bic|cmp|tst|mul|adrp|adr|ldr|ldrb|ldp|str|strb|stp|nop)$)");
		static const std::regex kStore("^st"), kLoad("^ld");
		const std::string mnemonic = line.text.substr(0, line.text.find(' '));
		effects.loads = std::regex_search(mnemonic, kLoad);
		effects.stores = std::regex_search(mnemonic, kStore);
		effects.flags_written = effects.flags_written || mnemonic == "cmp" || mnemonic == "tst";
		effects.jumps = !std::regex_match(mnemonic, kPlain) || effects.reads.contains("pc") != (line.text.find("[pc") != std::string::npos) ||
		                effects.writes.contains("pc");
		if (effects.loads || effects.stores) effects.frame = frame_bytes(line.text, isa.word);
		return effects;
	}

   private:
	void note(uint16_t reg, std::set<std::string>& names, bool& flags) const {
		const char* name = cs_reg_name(handle_, reg);
		if (name == nullptr) return;
		if (std::string_view{name} == "nzcv" || std::string_view{name} == "cpsr") {
			flags = true;
		} else {
			names.insert(wide(name));
		}
	}

	csh handle_ = 0;
};

bool meet(const std::set<std::string>& a, const std::set<std::string>& b) {
	return std::any_of(a.begin(), a.end(), [&](const std::string& name) { return name != "xzr" && b.contains(name); });
}

// Where branches of the function go to: what stands there can be reached from elsewhere.
std::set<uint64_t> targets(std::span<const Line> lines) {
	static const std::regex kTarget(R"(^(b|cb|tb)[^\[]*#(0x[0-9a-f]+)$)");
	std::set<uint64_t> found;
	for (const Line& line : lines) {
		std::smatch match;
		if (std::regex_match(line.text, match, kTarget)) found.insert(*parse_number(match[2].str()));
	}
	return found;
}

bool memory_commutes(const Effects& a, const Effects& b) {
	if (!a.stores && !b.stores) return true;
	if ((a.stores && !a.frame) || (b.stores && !b.frame)) return false;
	if (!(a.loads || a.stores) || !(b.loads || b.stores)) return true;
	return a.frame && b.frame && (a.frame->second <= b.frame->first || b.frame->second <= a.frame->first);
}

bool independent(const Isa& isa, const Mutant& mutant, std::span<const Line> lines, const Landmarks& landmarks, const Reader& reader) {
	if (mutant.which != Operator::swap) return false;
	const std::optional<Effects> first = reader.effects(isa, mutant.was[0]);
	const std::optional<Effects> second = reader.effects(isa, mutant.was[1]);
	if (!first || !second || first->jumps || second->jumps) return false;
	if (landmarks.at({mutant.was[0].at}) != nullptr || landmarks.at({mutant.was[1].at}) != nullptr) return false;
	if (targets(lines).contains(mutant.was[1].at)) return false;
	const std::string g{gpr_name(isa, isa.g)};
	const std::string g_by_capstone = isa.word == 8 ? g : "sl";
	for (const Effects* effects : {&*first, &*second}) {
		if (effects->writes.contains("sp") || effects->writes.contains(g_by_capstone)) return false;
	}
	const bool flags = (first->flags_written && (second->flags_read || second->flags_written)) || (second->flags_written && first->flags_read);
	return !flags && !meet(first->writes, second->reads) && !meet(first->writes, second->writes) && !meet(first->reads, second->writes) &&
	       memory_commutes(*first, *second);
}

// "mov x1, sp" -> {"x1", "sp"}.
std::optional<std::pair<std::string, std::string>> copy_of(const std::string& text) {
	static const std::regex kMove(R"(^mov (\w+), (\w+)$)");
	std::smatch match;
	if (!std::regex_match(text, match, kMove)) return std::nullopt;
	return std::pair{match[1].str(), match[2].str()};
}

// The one register in which two texts differ.
std::optional<std::pair<std::string, std::string>> difference(const std::string& was, const std::string& is) {
	static const std::regex kName(R"(\w+)");
	std::optional<std::pair<std::string, std::string>> found;
	std::sregex_iterator a(was.begin(), was.end(), kName), b(is.begin(), is.end(), kName);
	const std::sregex_iterator end;
	for (; a != end && b != end; ++a, ++b) {
		if (a->str() == b->str()) continue;
		if (found) return std::nullopt;
		found = std::pair{a->str(), b->str()};
	}
	return a == end && b == end ? found : std::nullopt;
}

bool reads_a_copy(const Isa& isa, const Mutant& mutant, std::span<const Line> lines, const Reader& reader) {
	if (mutant.which != Operator::register_) return false;
	const auto changed = difference(mutant.was[0].text, mutant.is[0].text);
	const std::optional<Effects> was = reader.effects(isa, mutant.was[0]), is = reader.effects(isa, mutant.is[0]);
	if (!changed || !was || !is || was->jumps || is->jumps || was->writes != is->writes) return false;
	const std::set<uint64_t> reached = targets(lines);
	for (size_t i = (mutant.at - lines[0].at) / kSize; i > 0; --i) {
		if (reached.contains(lines[i].at)) return false;
		const Line& before = lines[i - 1];
		const std::optional<Effects> effects = reader.effects(isa, before);
		if (!effects || effects->jumps) return false;
		const auto copy = copy_of(before.text);
		if (copy && (*copy == *changed || *copy == std::pair{changed->second, changed->first})) return true;
		if (effects->writes.contains(changed->first) || effects->writes.contains(changed->second)) return false;
	}
	return false;
}

}  // namespace

std::optional<std::string_view> equivalent_by(const Mutant& mutant, std::span<const Line> lines, const Landmarks& landmarks) {
	const Isa& isa = *mutant.isa;
	const Reader reader(isa);
	if (independent(isa, mutant, lines, landmarks, reader)) return "independent";
	if (reads_a_copy(isa, mutant, lines, reader)) return "copy";
	return std::nullopt;
}

}  // namespace siglab::mutants
