#include "image/disassemble.h"

#include <capstone/capstone.h>
#include <fmt/format.h>

#include <map>
#include <string_view>
#include <utility>

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

// A Capstone handle with room for one instruction.
class Disassembler {
   public:
	explicit Disassembler(Mode mode) {
		if (cs_open(mode.arch, mode.mode, &handle_) != CS_ERR_OK) return;
		instruction_ = cs_malloc(handle_);
	}
	Disassembler(const Disassembler&) = delete;
	Disassembler& operator=(const Disassembler&) = delete;
	~Disassembler() {
		if (instruction_ != nullptr) cs_free(instruction_, 1);
		if (handle_ != 0) cs_close(&handle_);
	}

	// Null where the bytes are no instruction. Valid until the next call.
	const cs_insn* decode(std::span<const std::byte> bytes, uint64_t address) {
		if (instruction_ == nullptr) return nullptr;
		const auto* code = reinterpret_cast<const uint8_t*>(bytes.data());
		size_t size = bytes.size();
		return cs_disasm_iter(handle_, &code, &size, &address, instruction_) ? instruction_ : nullptr;
	}

   private:
	csh handle_ = 0;
	cs_insn* instruction_ = nullptr;
};

// Handles are dear to open and must not be shared between threads.
Disassembler& disassembler(const Isa& isa, bool thumb) {
	thread_local std::map<std::pair<IsaId, bool>, Disassembler> open;
	return open.try_emplace({isa.id, thumb}, mode_of(isa, thumb)).first->second;
}

// Data, or an instruction that Capstone does not know.
Instruction raw(std::span<const std::byte> bytes, uint8_t unit) {
	if (bytes.size() < unit) return {"(nothing)", unit};
	uint32_t value = 0;
	for (uint8_t i = 0; i < unit; ++i) value |= static_cast<uint32_t>(bytes[i]) << (8 * i);
	return {fmt::format("{} {:#0{}x}", unit == 2 ? ".short" : ".word", value, 2 + 2 * unit), unit};
}

}  // namespace

Instruction disassemble(const Isa& isa, std::span<const std::byte> bytes, uint64_t address, bool thumb) {
	const cs_insn* found = bytes.empty() ? nullptr : disassembler(isa, thumb).decode(bytes, address);
	if (found == nullptr) return raw(bytes, thumb ? 2 : 4);
	const std::string_view mnemonic = found->mnemonic, operands = found->op_str;
	return {operands.empty() ? std::string{mnemonic} : fmt::format("{} {}", mnemonic, operands), static_cast<uint8_t>(found->size)};
}

Instruction disassemble(const Image& image, uint64_t address, bool thumb) {
	return disassemble(image.isa(), image.loaded(address), address, thumb);
}

}  // namespace siglab
