// Arbitrary bytes as an ELF file, a line map and objdump's output: no crash, no hang, no read outside of them.
#include <cstdlib>

#include "image/alternatives.h"
#include "image/disassemble.h"
#include "image/operands.h"
#include "image/vdso_lookup.h"

namespace siglab {
namespace {

void require(bool holds) {
	if (!holds) std::abort();
}

void look_up(const Image& image) {
	const VdsoSymbol& symbol = image.isa().clock_gettime;
	const VdsoLookup right{symbol, sysv_hash(symbol.name), gnu_hash(symbol.name)};
	const VdsoLookup wrong{symbol, 0xd35ec75, 0x6e43a318};
	for (const VdsoLookup& lookup : {right, wrong}) {
		const Result<VdsoFound> found = find_in_vdso(image, lookup);
		if (!found) require(!found.error().text.empty());
	}
}

void look_at(const Image& image, uint64_t address) {
	const std::string place = image.describe(address);
	require(place.empty() || !image.segments().empty());
	const Instruction instruction = disassemble(image, address, image.thumb(address));
	require(instruction.size > 0 && !instruction.text.empty());
	require(written_registers(image, address, image.thumb(address)).size > 0);
	Cpu cpu;
	cpu.pc = address;
	(void)memory_operand(image, 0, cpu);
	const SourceLine* line = image.line(address);
	require(line == nullptr || line->number != 0);
	require(image.loaded(address).size() <= image.bytes().size());
}

void explore(const Isa& isa, std::span<const std::byte> bytes, std::string_view text) {
	Result<Image> image = Image::parse(isa, "input", {bytes.begin(), bytes.end()});
	if (!image) {
		require(image.error().exit == Exit::usage && image.error().text.find('\n') == std::string::npos);
		return;
	}
	image->set_lines(decode_lines(text, "siglab-file-0.S", text));
	look_up(*image);
	(void)wants_relocation(*image);
	(void)hash_tables(*image);
	(void)as_mapped(*image);
	for (const Segment& segment : image->segments().first(std::min<size_t>(image->segments().size(), 8))) {
		for (const uint64_t offset : {uint64_t{0}, uint64_t{1}, segment.file_size - 1, segment.range.size() - 1, segment.range.size()}) {
			look_at(*image, segment.range.begin.value + offset);
		}
	}
	for (const Symbol& symbol : image->symbols().first(std::min<size_t>(image->symbols().size(), 32))) {
		require(image->find(symbol.name) != nullptr);
		look_at(*image, symbol.start());
	}
}

}  // namespace
}  // namespace siglab

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
	const std::span<const std::byte> bytes = std::as_bytes(std::span{data, size});
	const std::string_view text{reinterpret_cast<const char*>(data), size};
	for (const siglab::Isa* isa : siglab::all_isas()) siglab::explore(*isa, bytes, text);
	// What was read prints to something that reads as the same.
	const siglab::Result<siglab::LineMap> lines = siglab::parse_lines("input", text);
	if (lines) {
		const siglab::Result<siglab::LineMap> again = siglab::parse_lines("output", siglab::print_lines(*lines));
		siglab::require(again.ok() && *again == *lines);
	}
	return 0;
}
