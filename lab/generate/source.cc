// From a lowered program to text that an assembler takes.
#include "generate/generate.h"
#include "generate/lowering.h"
#include "guest_asm/layout.h"

namespace siglab {
namespace {

using namespace gen;

constexpr std::pair<std::string_view, uint64_t> kLayout[] = {
	{"VVAR_SEQ", VVAR_SEQ},           {"VVAR_CLOCK_MODE", VVAR_CLOCK_MODE}, {"VVAR_MULT", VVAR_MULT},
	{"VVAR_SHIFT", VVAR_SHIFT},       {"VVAR_BASETIME", VVAR_BASETIME},     {"VVAR_BASE_SHIFT", VVAR_BASE_SHIFT},
	{"CLOCK_ID_MONOTONIC", CLOCK_ID_MONOTONIC}};

std::string equ(std::string_view name, uint64_t value) { return fmt::format("\t.equ\t{}, {}\n", name, value); }

std::string system_calls(const Isa& isa) { return equ("NR_clock_gettime", isa.sys.clock_gettime) + equ("NR_rt_sigreturn", isa.sys.rt_sigreturn); }

std::string pad(const Program& program, const Dialect& dialect, uint32_t bytes) {
	if (bytes < 4) return {};
	return fmt::format("\t.fill {}, 4, {:#x}\n", bytes / 4, program.compact ? dialect.compact_nop : dialect.nop);
}

// The entry first: it decides what each helper finds in the g register. Then the helpers from the last to the first, which only call such as
// stand before them.
std::string functions(Unit& unit, const Isa& isa) {
	Lowering(unit, unit.program.frame, static_cast<uint32_t>(unit.program.helpers.size()), Dirt::none).entry(isa.clock_gettime.name);
	const std::string entry = unit.out.take();
	for (auto i = static_cast<uint32_t>(unit.program.helpers.size()); i-- > 0;) {
		const auto entered = unit.entered_with.find(i);
		if (entered == unit.entered_with.end()) continue;
		const Helper& helper = unit.program.helpers[i];
		Lowering(unit, helper.frame, i, entered->second).helper(helper);
	}
	const std::string helpers = unit.out.take();
	if (helpers.empty()) return entry;
	const std::string between = pad(unit.program, unit.dialect, unit.program.helper_pad);
	return unit.program.helpers_first ? helpers + between + entry : entry + between + helpers;
}

std::string restorer(const Isa& isa, const Dialect& dialect, const Wording& wording) {
	if (!isa.vdso_restorer) return {};
	const std::string name = fmt::format("{}{}", wording.prefix, *isa.vdso_restorer);
	std::string text = fmt::format("\t.type {}, %function\n{}:\n", name, name);
	for (const std::string_view line : dialect.restorer) text += fmt::format("\t{}\n", line);
	return text + fmt::format("\t.size {}, . - {}\n", name, name);
}

}  // namespace

std::string functions_text(const Program& program, const Isa& isa, const Wording& wording) {
	const Dialect& dialect = dialect_of(isa);
	std::string text;
	const size_t half = dialect.directives.size() / 2;
	for (const std::string_view line : dialect.directives.subspan(program.compact ? half : 0, half)) text += fmt::format("\t{}\n", line);
	text += restorer(isa, dialect, wording);
	text += pad(program, dialect, program.entry_pad);
	Listing out(wording);
	Unit unit{program, dialect, out, {}, 0};
	return text + functions(unit, isa);
}

std::string definitions_text(const Isa& isa) {
	std::string text;
	for (const auto& [name, value] : kLayout) text += equ(name, value);
	return text + system_calls(isa);
}

std::string source_text(const Program& program, const Isa& isa, std::string_view title) {
	std::string text;
	for (size_t at = 0; at < title.size();) {
		const size_t end = std::min(title.find('\n', at), title.size());
		const std::string_view line = title.substr(at, end - at);
		text += fmt::format("//{}{}\n", line.empty() ? "" : " ", line);
		at = end + 1;
	}
	text += "\n#include \"layout.h\"\n\n" + system_calls(isa) + "\n\t.text\n";
	text += fmt::format("\t.globl\t{}\n", isa.clock_gettime.name);
	if (isa.vdso_restorer) text += fmt::format("\t.globl\t{}\n", *isa.vdso_restorer);
	return text + functions_text(program, isa, {});
}

}  // namespace siglab
