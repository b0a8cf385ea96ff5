#include "kernel_model/frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace siglab::kernel {
namespace {

constexpr uint32_t kSiginfoSize = 128;

// The words of a Frame that a row's values come from and go to. None for constants, and for retcode, which may not be there.
const uint64_t* words_of(const Frame& frame, FrameField field) {
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
		case retcode:
		case constant:
		case count_: break;
	}
	return nullptr;
}

// `count` values of `width` bytes, from `at` in guest memory and from byte `from` of a Frame on, where each has 64 bits.
struct Piece {
	uint16_t at;
	uint16_t from;
	uint16_t count;
	uint8_t width;
};

// A part of a frame, in bytes from its lowest.
struct Extent {
	uint32_t begin, end;
};

// An Isa's rows as they are copied: what is adjacent on both sides is one piece. Rows of other kinds stay rows.
struct Layout {
	std::vector<Piece> back;             // sigreturn reads these
	std::vector<Piece> behind;           //   but not these
	std::vector<const FrameRow*> constants;
	std::vector<Extent> extents;         // all that is written
	const FrameRow* retcode = nullptr;
	FramePlaces places;
};

void append(std::vector<Piece>& pieces, const Piece& piece) {
	if (!pieces.empty()) {
		Piece& last = pieces.back();
		const bool adjacent = piece.at == last.at + last.count * last.width && piece.from == last.from + last.count * sizeof(uint64_t);
		if (adjacent && piece.width == last.width) {
			last.count = static_cast<uint16_t>(last.count + piece.count);
			return;
		}
	}
	pieces.push_back(piece);
}

// Rows with less than a block between them are one extent: memory is tracked by blocks.
std::vector<Extent> extents_of(const Isa& isa) {
	std::vector<Extent> extents = {{0, kSiginfoSize}};
	std::vector<FrameRow> rows(isa.frame_rows.begin(), isa.frame_rows.end());
	std::sort(rows.begin(), rows.end(), [](const FrameRow& a, const FrameRow& b) { return a.offset < b.offset; });
	for (const FrameRow& row : rows) {
		const uint32_t end = row.offset + uint32_t{row.count} * row.width;
		if (row.offset > extents.back().end + kBlockSize) extents.push_back({row.offset, end});
		extents.back().end = std::max(extents.back().end, end);
	}
	return extents;
}

Layout layout_of_rows(const Isa& isa) {
	Layout layout{.extents = extents_of(isa)};
	layout.places.info = frame_offset(isa, FrameField::signo);
	layout.places.context = frame_offset(isa, FrameField::uc_flags);
	if (isa.frame_record_size != 0) layout.places.record = frame_offset(isa, FrameField::record_fp);
	Frame frame;
	for (const FrameRow& row : isa.frame_rows) {
		if (row.field == FrameField::constant) {
			layout.constants.push_back(&row);
		} else if (row.field == FrameField::retcode) {
			layout.retcode = &row;
		} else {
			const auto* word = reinterpret_cast<const std::byte*>(words_of(frame, row.field) + row.first);
			const auto from = static_cast<uint16_t>(word - reinterpret_cast<const std::byte*>(&frame));
			const bool behind = row.field == FrameField::record_fp || row.field == FrameField::record_lr;
			append(behind ? layout.behind : layout.back, {row.offset, from, row.count, row.width});
		}
	}
	return layout;
}

const Layout& layout_of(const Isa& isa) {
	static const auto kLayouts = [] {
		std::array<Layout, kIsaCount> layouts;
		for (const Isa* each : all_isas()) layouts[static_cast<size_t>(each->id)] = layout_of_rows(*each);
		return layouts;
	}();
	return kLayouts[static_cast<size_t>(isa.id)];
}

void store(const Piece& piece, const std::byte* values, std::byte* into) {
	if (piece.width == sizeof(uint64_t)) {
		std::memcpy(into, values, piece.count * sizeof(uint64_t));
		return;
	}
	for (size_t i = 0; i < piece.count; ++i) std::memcpy(into + i * sizeof(uint32_t), values + i * sizeof(uint64_t), sizeof(uint32_t));
}

void load(const Piece& piece, const std::byte* from, std::byte* values) {
	if (piece.width == sizeof(uint64_t)) {
		std::memcpy(values, from, piece.count * sizeof(uint64_t));
		return;
	}
	for (size_t i = 0; i < piece.count; ++i) {
		uint32_t value = 0;
		std::memcpy(&value, from + i * sizeof value, sizeof value);
		const uint64_t wide = value;
		std::memcpy(values + i * sizeof wide, &wide, sizeof wide);
	}
}

uint64_t constant_at(const FrameRow& row, const std::byte* frame) {
	const std::byte* const at = frame + row.offset;
	const auto load = [at](auto value) -> uint64_t {
		std::memcpy(&value, at, sizeof value);
		return value;
	};
	return row.width == sizeof(uint32_t) ? load(uint32_t{}) : load(uint64_t{});
}

}  // namespace

const FramePlaces& places_in_frame(const Isa& isa) { return layout_of(isa).places; }

bool write_frame(const Isa& isa, const Frame& frame, GuestAddr at, Memory& memory) {
	const std::span<std::byte> bytes = memory.open_for_write(at, isa.frame_size + isa.frame_record_size);
	if (bytes.empty()) return false;
	const Layout& layout = layout_of(isa);
	const auto* values = reinterpret_cast<const std::byte*>(&frame);
	const auto put = [&](const Piece& piece) {
		store(piece, values + piece.from, bytes.data() + piece.at);
		memory.log_written(at + piece.at, bytes.subspan(piece.at, piece.count * piece.width));
	};
	for (const Extent& extent : layout.extents) memory.touch(at + extent.begin, extent.end - extent.begin);
	std::memset(bytes.data(), 0, kSiginfoSize);
	memory.log_written(at, bytes.first(kSiginfoSize));
	for (const Piece& piece : layout.back) put(piece);
	for (const Piece& piece : layout.behind) put(piece);
	for (const FrameRow* row : layout.constants) {
		std::memcpy(bytes.data() + row->offset, &row->value, row->width);
		memory.log_written(at + row->offset, bytes.subspan(row->offset, row->width));
	}
	if (layout.retcode != nullptr && frame.retcode) {
		const FrameRow& row = *layout.retcode;
		store({row.offset, 0, row.count, row.width}, reinterpret_cast<const std::byte*>(frame.retcode->data()), bytes.data() + row.offset);
		memory.log_written(at + row.offset, bytes.subspan(row.offset, row.count * row.width));
	}
	return true;
}

Status read_frame(const Isa& isa, GuestAddr at, const Memory& memory, Frame& frame) {
	const std::span<const std::byte> bytes = memory.view(at, isa.frame_size);
	if (bytes.empty()) return Error{Exit::deviation, fmt::format("sigreturn: no readable frame at {:#x}", at.value)};
	const Layout& layout = layout_of(isa);
	for (const FrameRow* row : layout.constants) {
		const uint64_t value = constant_at(*row, bytes.data());
		if (!row->checked || value == row->value) continue;
		return Error{Exit::deviation, fmt::format("sigreturn: {} is {:#x}, not {:#x}", row->name, value, row->value)};
	}
	auto* values = reinterpret_cast<std::byte*>(&frame);
	for (const Piece& piece : layout.back) load(piece, bytes.data() + piece.at, values + piece.from);
	return Done{};
}

}  // namespace siglab::kernel
