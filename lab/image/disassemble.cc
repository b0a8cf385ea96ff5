#include "image/disassemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "image/disassembler.h"

namespace siglab {
namespace {

struct Mode {
	cs_arch arch;
	cs_mode mode;
};

// This room's line of what a new ISA brings along.
Mode mode_of(const Isa& isa, bool thumb) {
	switch (isa.id) {
		case IsaId::arm: return {CS_ARCH_ARM, thumb ? CS_MODE_THUMB : CS_MODE_ARM};
		case IsaId::arm64: break;
	}
	return {CS_ARCH_ARM64, CS_MODE_ARM};
}

Instruction text_of(const cs_insn& found) {
	const std::string_view mnemonic = found.mnemonic, operands = found.op_str;
	return {operands.empty() ? std::string{mnemonic} : fmt::format("{} {}", mnemonic, operands), static_cast<uint8_t>(found.size)};
}

// Data, or an instruction that Capstone does not know.
Instruction raw(std::span<const std::byte> bytes, uint8_t unit) {
	if (bytes.size() < unit) return {"(nothing)", unit};
	uint32_t value = 0;
	for (uint8_t i = 0; i < unit; ++i) value |= static_cast<uint32_t>(bytes[i]) << (8 * i);
	return {fmt::format("{} {:#0{}x}", unit == 2 ? ".short" : ".word", value, 2 + 2 * unit), unit};
}

// A Thumb instruction of two halfwords begins with one of these bits.
uint8_t thumb_size(std::span<const std::byte> bytes) { return bytes.size() >= 2 && std::to_integer<unsigned>(bytes[1]) >= 0xe8 ? 4 : 2; }

// IT: how many instructions behind it are conditional by it. 0: it is none.
unsigned makes_conditional(std::span<const std::byte> bytes) {
	if (bytes.size() < 2 || bytes[1] != std::byte{0xbf}) return 0;
	const unsigned mask = std::to_integer<unsigned>(bytes[0]) & 0xf;
	return mask == 0 ? 0 : 4 - static_cast<unsigned>(std::countr_zero(mask));
}

// Where the IT stands that makes the instruction at `address` conditional; `address` if none does. Read from the stretch's beginning on:
// backwards nobody can tell an instruction's two halves apart.
uint64_t it_of(const Image& image, uint64_t address) {
	uint64_t it = address;
	unsigned left = 0;
	uint64_t at = image.stretch(address);
	const uint64_t begin = at;
	const std::span<const std::byte> code = image.loaded(begin);
	while (at < address) {
		const std::span<const std::byte> bytes = code.subspan(std::min<uint64_t>(at - begin, code.size()));
		left -= left != 0 ? 1 : 0;
		if (const unsigned count = makes_conditional(bytes); count != 0) {
			left = count;
			it = at;
		}
		at += thumb_size(bytes);
	}
	return at == address && left != 0 ? it : address;
}

// Capstone remembers the IT block that it is in: so a block is read from its IT on, by one that has read nothing yet.
Instruction in_it_block(const Image& image, uint64_t it, uint64_t address) {
	const Mode mode = mode_of(image.isa(), true);
	Disassembler fresh(mode.arch, mode.mode, false);
	for (uint64_t at = it;; at += thumb_size(image.loaded(at))) {
		const cs_insn* found = fresh.decode(image.loaded(at), at);
		if (at == address || found == nullptr) return found == nullptr ? raw(image.loaded(address), 2) : text_of(*found);
	}
}

}  // namespace

// The option comes first: cs_malloc makes room for what is then asked for.
Disassembler::Disassembler(cs_arch arch, cs_mode mode, bool details) {
	if (cs_open(arch, mode, &handle_) != CS_ERR_OK) return;
	if (details) cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON);
	instruction_ = cs_malloc(handle_);
}

Disassembler::~Disassembler() {
	if (instruction_ != nullptr) cs_free(instruction_, 1);
	if (handle_ != 0) cs_close(&handle_);
}

const cs_insn* Disassembler::decode(std::span<const std::byte> bytes, uint64_t address) {
	if (instruction_ == nullptr) return nullptr;
	const auto* code = reinterpret_cast<const uint8_t*>(bytes.data());
	size_t size = bytes.size();
	return cs_disasm_iter(handle_, &code, &size, &address, instruction_) ? instruction_ : nullptr;
}

Disassembler& disassembler(const Isa& isa, bool thumb, bool details) {
	thread_local std::map<std::tuple<IsaId, bool, bool>, Disassembler> open;
	const auto key = std::tuple{isa.id, thumb, details};
	if (const auto known = open.find(key); known != open.end()) return known->second;
	const Mode mode = mode_of(isa, thumb);
	return open.emplace(std::piecewise_construct, std::forward_as_tuple(key), std::forward_as_tuple(mode.arch, mode.mode, details)).first->second;
}

Instruction disassemble(const Isa& isa, std::span<const std::byte> bytes, uint64_t address, bool thumb) {
	const cs_insn* found = bytes.empty() ? nullptr : disassembler(isa, thumb).decode(bytes, address);
	return found == nullptr ? raw(bytes, thumb ? 2 : 4) : text_of(*found);
}

Instruction disassemble(const Image& image, uint64_t address, bool thumb) {
	const std::span<const std::byte> bytes = image.loaded(address);
	if (thumb && !bytes.empty()) {
		const uint64_t it = it_of(image, address);
		if (it != address || makes_conditional(bytes) != 0) return in_it_block(image, it, address);
	}
	return disassemble(image.isa(), bytes, address, thumb);
}

}  // namespace siglab
