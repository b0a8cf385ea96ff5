#include "kernel_model/frame.h"

#include <fmt/format.h>

#include <cstring>

namespace siglab::kernel {
namespace {

constexpr size_t kSiginfoSize = 128;

// The words that a row's values come from and go to. One place for both directions.
template <class AnyFrame>
auto* words_of(AnyFrame& frame, FrameField field) {
	using enum FrameField;
	switch (field) {
		case signo: return &frame.signo;
		case error: return &frame.error;
		case code: return &frame.code;
		case pid: return &frame.pid;
		case uid: return &frame.uid;
		case uc_flags: return &frame.uc_flags;
		case uc_link: return &frame.uc_link;
		case stack_sp: return &frame.stack_sp;
		case stack_flags: return &frame.stack_flags;
		case stack_size: return &frame.stack_size;
		case mask: return &frame.mask;
		case trap_no: return &frame.trap_no;
		case error_code: return &frame.error_code;
		case oldmask: return &frame.oldmask;
		case fault_address: return &frame.fault_address;
		case gpr: return frame.cpu.gpr.data();
		case sp: return &frame.cpu.sp;
		case pc: return &frame.cpu.pc;
		case flags: return &frame.cpu.flags;
		case fpsr: return &frame.cpu.fpsr;
		case fpcr: return &frame.cpu.fpcr;
		case vec: return frame.cpu.vec.data();
		case record_fp: return &frame.record_fp;
		case record_lr: return &frame.record_lr;
		case retcode: return frame.retcode ? frame.retcode->data() : nullptr;
		case constant: break;
	}
	return decltype(&frame.signo){nullptr};
}

// Between a row's bytes and its values, which are 64 bits wide here. Rows are 4 or 8 bytes wide.
void store_row(const FrameRow& row, const uint64_t* from, std::byte* into) {
	if (row.width == sizeof(uint64_t)) {
		std::memcpy(into, from, row.count * sizeof(uint64_t));
		return;
	}
	for (uint8_t i = 0; i < row.count; ++i) std::memcpy(into + i * sizeof(uint32_t), from + i, sizeof(uint32_t));
}

void load_row(const FrameRow& row, const std::byte* from, uint64_t* into) {
	if (row.width == sizeof(uint64_t)) {
		std::memcpy(into, from, row.count * sizeof(uint64_t));
		return;
	}
	for (uint8_t i = 0; i < row.count; ++i) {
		uint32_t value = 0;
		std::memcpy(&value, from + i * sizeof value, sizeof value);
		into[i] = value;
	}
}

bool behind_the_frame(FrameField field) {
	return field == FrameField::record_fp || field == FrameField::record_lr || field == FrameField::retcode;
}

}  // namespace

bool write_frame(const Isa& isa, const Frame& frame, GuestAddr at, Memory& memory) {
	const std::span<std::byte> bytes = memory.open_for_write(at, isa.frame_size + isa.frame_record_size);
	if (bytes.empty()) return false;
	std::memset(bytes.data(), 0, kSiginfoSize);
	memory.written(at, bytes.first(kSiginfoSize));
	for (const FrameRow& row : isa.frame_rows) {
		if (row.field == FrameField::retcode && !frame.retcode) continue;
		const uint64_t constant = row.value;
		const uint64_t* from = row.field == FrameField::constant ? &constant : words_of(frame, row.field) + row.first;
		store_row(row, from, bytes.data() + row.offset);
		memory.written(at + row.offset, bytes.subspan(row.offset, row.count * row.width));
	}
	return true;
}

Result<Frame> read_frame(const Isa& isa, GuestAddr at, const Memory& memory) {
	const std::span<const std::byte> bytes = memory.view(at, isa.frame_size);
	if (bytes.empty()) return Error{Exit::deviation, fmt::format("sigreturn: no readable frame at {:#x}", at.value)};
	Result<Frame> result(std::in_place);
	Frame& frame = *result;
	for (const FrameRow& row : isa.frame_rows) {
		if (behind_the_frame(row.field)) continue;
		const std::byte* from = bytes.data() + row.offset;
		if (row.field == FrameField::constant) {
			uint64_t value = 0;
			load_row(row, from, &value);
			if (!row.checked || value == row.value) continue;
			return Error{Exit::deviation, fmt::format("sigreturn: {} is {:#x}, not {:#x}", row.name, value, row.value)};
		}
		load_row(row, from, words_of(frame, row.field) + row.first);
	}
	return result;
}

}  // namespace siglab::kernel
