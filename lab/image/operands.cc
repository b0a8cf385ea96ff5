#include "image/operands.h"

#include <algorithm>
#include <cstring>

#include "image/disassembler.h"

namespace siglab {
namespace {

// This file's lines of what a new ISA brings along: Capstone's register numbers.
std::optional<uint8_t> gpr_number(const Isa& isa, unsigned reg) {
	if (isa.id == IsaId::arm64) {
		if (reg >= ARM64_REG_X0 && reg <= ARM64_REG_X28) return static_cast<uint8_t>(reg - ARM64_REG_X0);
		if (reg >= ARM64_REG_W0 && reg <= ARM64_REG_W30) return static_cast<uint8_t>(reg - ARM64_REG_W0);
		if (reg == ARM64_REG_X29) return uint8_t{29};
		if (reg == ARM64_REG_X30) return uint8_t{30};
		return std::nullopt;
	}
	if (reg >= ARM_REG_R0 && reg <= ARM_REG_R12) return static_cast<uint8_t>(reg - ARM_REG_R0);
	if (reg == ARM_REG_LR) return uint8_t{14};
	return std::nullopt;
}

// The words of Cpu::vec, [first, second), that a register covers.
std::pair<uint8_t, uint8_t> vec_words(const Isa& isa, unsigned reg) {
	const auto words = [](unsigned first, unsigned count) { return std::pair{static_cast<uint8_t>(first), static_cast<uint8_t>(first + count)}; };
	if (isa.id == IsaId::arm64) {
		for (const unsigned bank : {ARM64_REG_V0, ARM64_REG_Q0, ARM64_REG_D0, ARM64_REG_S0, ARM64_REG_H0, ARM64_REG_B0}) {
			if (reg >= bank && reg < bank + 32) return words(2 * (reg - bank), 2);
		}
		return {};
	}
	if (reg >= ARM_REG_D0 && reg <= ARM_REG_D31) return words(reg - ARM_REG_D0, 1);
	if (reg >= ARM_REG_Q0 && reg <= ARM_REG_Q15) return words(2 * (reg - ARM_REG_Q0), 2);
	if (reg >= ARM_REG_S0 && reg <= ARM_REG_S31) return words((reg - ARM_REG_S0) / 2, 1);
	return {};
}

const cs_insn* decode(const Image& image, uint64_t address, bool thumb) {
	const std::span<const std::byte> bytes = image.loaded(address);
	return bytes.empty() ? nullptr : disassembler(image.isa(), thumb, true).decode(bytes, address);
}

// Capstone 4 takes the registers of an MRRC for read, not written.
void add_counter_read(const Image& image, uint64_t address, bool thumb, WrittenRegisters& written) {
	const std::span<const std::byte> bytes = image.loaded(address);
	uint32_t word = 0;
	if (bytes.size() < sizeof word) return;
	std::memcpy(&word, bytes.data(), sizeof word);
	Cpu cpu;
	image.isa().enter(cpu, address | (thumb ? 1 : 0));
	const std::optional<CounterRead> read = image.isa().counter_read(word, cpu);
	if (!read) return;
	for (const uint8_t reg : {read->low, read->high.value_or(read->low)}) {
		if (!gpr_name(image.isa(), reg).empty() && reg < cpu.gpr.size()) written.gprs.push_back(reg);
	}
}

template <class T>
void sort_once(std::vector<T>& list) {
	std::sort(list.begin(), list.end());
	list.erase(std::unique(list.begin(), list.end()), list.end());
}

struct MemoryOperand {
	unsigned base = 0, index = 0;
	int64_t displacement = 0;
	unsigned shift = 0;
	bool subtracts = false, post_indexed = false;
	enum class Extend : uint8_t { none, uxtw, sxtw } extend = Extend::none;
};

std::optional<MemoryOperand> operand_of(const Isa& isa, const cs_insn& instruction) {
	if (isa.id == IsaId::arm64) {
		const cs_arm64& detail = instruction.detail->arm64;
		for (const cs_arm64_op& op : std::span{detail.operands, detail.op_count}) {
			if (op.type != ARM64_OP_MEM) continue;
			using Extend = MemoryOperand::Extend;
			const Extend extend = op.ext == ARM64_EXT_UXTW ? Extend::uxtw : op.ext == ARM64_EXT_SXTW ? Extend::sxtw : Extend::none;
			return MemoryOperand{op.mem.base, op.mem.index, op.mem.disp, op.shift.type == ARM64_SFT_LSL ? op.shift.value : 0, false, false, extend};
		}
		return std::nullopt;
	}
	const cs_arm& detail = instruction.detail->arm;
	for (const cs_arm_op& op : std::span{detail.operands, detail.op_count}) {
		if (op.type != ARM_OP_MEM) continue;
		const unsigned shift = op.shift.type == ARM_SFT_LSL ? op.shift.value : static_cast<unsigned>(op.mem.lshift);
		if (op.shift.type != ARM_SFT_INVALID && op.shift.type != ARM_SFT_LSL) return std::nullopt;
		return MemoryOperand{op.mem.base, op.mem.index, op.mem.disp, shift, op.mem.scale < 0, false};
	}
	return std::nullopt;
}

// Capstone lists no register that an mrrc writes: they are its register operands.
void add_counter_registers(const Isa& isa, const cs_insn& instruction, std::vector<uint8_t>& gprs) {
	if (isa.id != IsaId::arm || instruction.id != ARM_INS_MRRC) return;
	const cs_arm& detail = instruction.detail->arm;
	for (const cs_arm_op& op : std::span{detail.operands, detail.op_count}) {
		if (op.type != ARM_OP_REG) continue;
		if (const std::optional<uint8_t> number = gpr_number(isa, op.reg)) gprs.push_back(*number);
	}
}

// The value that an address is made of; PC is that of Arm: two instructions on, in literal loads word-aligned.
std::optional<uint64_t> value_of(const Isa& isa, unsigned reg, const Cpu& cpu, bool thumb) {
	if (const std::optional<uint8_t> number = gpr_number(isa, reg)) return cpu.gpr[*number];
	if (isa.id == IsaId::arm64) return reg == ARM64_REG_SP ? std::optional{cpu.sp} : std::nullopt;
	if (reg == ARM_REG_SP) return cpu.sp;
	if (reg == ARM_REG_PC) return round_down(cpu.pc + (thumb ? 4 : 8), 4);
	return std::nullopt;
}

}  // namespace

WrittenRegisters written_registers(const Image& image, uint64_t address, bool thumb) {
	const Isa& isa = image.isa();
	WrittenRegisters written{.size = static_cast<uint8_t>(thumb ? 2 : 4)};
	const cs_insn* instruction = decode(image, address, thumb);
	if (instruction == nullptr) {
		written.known = false;
		return written;
	}
	written.size = static_cast<uint8_t>(instruction->size);
	cs_regs read, wrote;
	uint8_t reads = 0, writes = 0;
	if (cs_regs_access(disassembler(isa, thumb, true).handle(), instruction, read, &reads, wrote, &writes) != CS_ERR_OK) return written;
	const auto is_kept = [&](uint8_t word) { return std::find(isa.callee_saved_vec.begin(), isa.callee_saved_vec.end(), word) != isa.callee_saved_vec.end(); };
	add_counter_registers(isa, *instruction, written.gprs);
	for (const uint16_t reg : std::span{wrote, writes}) {
		if (const std::optional<uint8_t> number = gpr_number(isa, reg)) written.gprs.push_back(*number);
		const auto [first, end] = vec_words(isa, reg);
		for (uint8_t word = first; word < end; ++word) {
			if (is_kept(word)) written.vecs.push_back(word);
		}
	}
	add_counter_read(image, address, thumb, written);
	sort_once(written.gprs);
	sort_once(written.vecs);
	return written;
}

std::optional<GuestAddr> memory_operand(const Image& image, uint64_t base, const Cpu& cpu) {
	const Isa& isa = image.isa();
	const bool thumb = isa.start_address(cpu) != cpu.pc;
	const cs_insn* instruction = decode(image, cpu.pc - base, thumb);
	const std::optional<MemoryOperand> operand = instruction != nullptr ? operand_of(isa, *instruction) : std::nullopt;
	if (!operand) return std::nullopt;
	const std::optional<uint64_t> from = value_of(isa, operand->base, cpu, thumb);
	if (!from) return std::nullopt;
	uint64_t address = *from + static_cast<uint64_t>(operand->displacement);
	if (operand->index != 0) {
		std::optional<uint64_t> index = value_of(isa, operand->index, cpu, thumb);
		if (!index) return std::nullopt;
		if (operand->extend == MemoryOperand::Extend::uxtw) index = static_cast<uint32_t>(*index);
		if (operand->extend == MemoryOperand::Extend::sxtw) index = static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(*index)));
		const uint64_t moved = *index << operand->shift;
		address += operand->subtracts ? ~moved + 1 : moved;
	}
	return GuestAddr{isa.word == 4 ? static_cast<uint32_t>(address) : address};
}

}  // namespace siglab
