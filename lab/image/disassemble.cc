#include "image/disassemble.h"

#include <fmt/format.h>

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

// Data, or an instruction that Capstone does not know.
Instruction raw(std::span<const std::byte> bytes, uint8_t unit) {
	if (bytes.size() < unit) return {"(nothing)", unit};
	uint32_t value = 0;
	for (uint8_t i = 0; i < unit; ++i) value |= static_cast<uint32_t>(bytes[i]) << (8 * i);
	return {fmt::format("{} {:#0{}x}", unit == 2 ? ".short" : ".word", value, 2 + 2 * unit), unit};
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

Instruction disassemble(const Image& image, uint64_t address, bool thumb) {
	const std::span<const std::byte> bytes = image.loaded(address);
	const cs_insn* found = bytes.empty() ? nullptr : disassembler(image.isa(), thumb).decode(bytes, address);
	if (found == nullptr) return raw(bytes, thumb ? 2 : 4);
	const std::string_view mnemonic = found->mnemonic, operands = found->op_str;
	return {operands.empty() ? std::string{mnemonic} : fmt::format("{} {}", mnemonic, operands), static_cast<uint8_t>(found->size)};
}

}  // namespace siglab
