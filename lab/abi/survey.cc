#include "abi/survey.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>

#include "abi/path_run.h"
#include "base/text.h"
#include "guest_asm/layout.h"
#include "image/disassemble.h"
#include "image/operands.h"
#include "image/vdso_lookup.h"
#include "probe/data_pages.h"

namespace siglab {
namespace {

std::string text_of(const DataPages& pages) {
	if (!pages.time) return "none in front of the image";
	std::string text = fmt::format("clocks {:#x} bytes in front of the image", *pages.time);
	if (pages.layout.counter) text += fmt::format(", raw clock {} bytes on", pages.layout.raw);
	if (pages.layout.resolution) text += fmt::format(", resolution {} bytes on", *pages.layout.resolution);
	if (pages.rng) text += fmt::format("; getrandom's {:#x} bytes in front", *pages.rng);
	return text + (pages.layout.counter ? "; reads the counter" : "; does not read the counter");
}

bool is_exported_function(const Symbol& symbol) {
	return !symbol.absolute && symbol.function && (symbol.name.starts_with("__vdso_") || symbol.name.starts_with("__kernel_"));
}

uint32_t state_size(VdsoCaller& caller, std::string_view function) {
	if (!caller.pages().rng || function.find("getrandom") == std::string_view::npos) return 0;
	const Result<CallEnding> asked = caller.call({.function = std::string{function}, .arguments = {0, 0, 0, kCallBuffer, UINT64_MAX}});
	uint32_t size = 0;
	if (asked && asked->returned()) std::memcpy(&size, asked->buffer.data(), sizeof size);
	return size;
}

std::vector<std::string> names_of(const Isa& isa, const WrittenRegisters& written) {
	std::vector<std::string> names;
	for (const uint8_t reg : written.gprs) {
		const bool kept = std::find(isa.callee_saved.begin(), isa.callee_saved.end(), reg) != isa.callee_saved.end();
		if (kept) names.emplace_back(gpr_name(isa, reg));
	}
	for (const uint8_t word : written.vecs) names.push_back(fmt::format("d{}", isa.vec_words == 64 ? word / 2 : word));
	return names;
}

// Every instruction of the code, from the first byte of each section on; what lies between functions as data may look like one.
void look_through(const Image& image, const std::set<uint64_t>& reached, std::vector<AbiWrite>& writes) {
	for (const GuestRange& range : image.code()) {
		for (uint64_t pc = range.begin.value; pc < range.end.value;) {
			const WrittenRegisters written = written_registers(image, pc, image.thumb(pc));
			std::vector<std::string> names = names_of(image.isa(), written);
			if (!names.empty()) writes.push_back({pc, std::move(names), reached.contains(pc)});
			pc += std::max<uint8_t>(written.size, 2);
		}
	}
	std::sort(writes.begin(), writes.end(), [](const AbiWrite& a, const AbiWrite& b) { return a.pc < b.pc; });
}

void note_code(const Image& image, const std::set<uint64_t>& reached, AbiImage& record) {
	const auto note = [&](uint64_t pc) { record.code.try_emplace(pc, CodeLine{image.describe(pc), disassemble(image, pc, image.thumb(pc)).text, 0, {}}); };
	std::for_each(reached.begin(), reached.end(), note);
	for (const AbiWrite& write : record.writes) note(write.pc);
}

}  // namespace

Result<AbiImage> survey(const Image& image, const std::string& name, Machine& machine) {
	const Isa& isa = image.isa();
	Result<DataPages> pages = find_data_pages(image, machine);
	if (!pages) return pages.error();
	Result<VdsoCaller> caller = VdsoCaller::open(image, *pages, machine);
	if (!caller) return caller.error();
	AbiImage record{.name = name, .isa = std::string{isa.name}, .g = std::string{gpr_name(isa, isa.g)}, .hash = print_hash(image.hash()),
	                .size = static_cast<uint32_t>(image.bytes().size()), .data = text_of(*pages), .tables = hash_tables(image)};
	const Beliefs beliefs(image);
	std::set<uint64_t> reached;
	const SurveyOf of{image, beliefs, record, reached};
	for (const Symbol& symbol : image.symbols()) {
		if (!is_exported_function(symbol)) continue;
		const std::vector<PathPlan> plans = paths_of(isa, symbol.name, state_size(*caller, symbol.name));
		if (plans.empty()) record.unexplored.push_back(symbol.name);
		std::vector<std::byte> buffer;
		for (const PathPlan& plan : plans) {
			Result<AbiPath> path = run_path(of, *caller, plan, buffer);
			if (!path) return path.error();
			record.paths.push_back(*std::move(path));
		}
	}
	if (record.paths.empty()) return Error{Exit::usage, fmt::format("{}: exports no function that the lab knows how to call", image.name())};
	look_through(image, reached, record.writes);
	note_code(image, reached, record);
	return record;
}

}  // namespace siglab
