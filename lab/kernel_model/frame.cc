#include "kernel_model/frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace siglab::kernel {
namespace {

constexpr uint32_t kSiginfoSize = 128;

// The words that a row's values come from and go to. None for constants, and for retcode, which may not be there.
const uint64_t* words_of(const Cpu& cpu, const Frame& frame, FrameField field) {
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
		case gpr: return cpu.gpr.data();
		case sp: return &cpu.sp;
		case pc: return &cpu.pc;
		case flags: return &cpu.flags;
		case fpsr: return &cpu.fpsr;
		case fpcr: return &cpu.fpcr;
		case vec: return cpu.vec.data();
		case record_fp: return &frame.record_fp;
		case record_lr: return &frame.record_lr;
		case retcode:
		case constant:
		case count_: break;
	}
	return nullptr;
}

bool of_cpu(FrameField field) {
	using enum FrameField;
	return field == gpr || field == sp || field == pc || field == flags || field == fpsr || field == fpcr || field == vec;
}

// `count` values of `width` bytes, from `at` in guest memory and from byte `from` of a Cpu or a Frame on, where each has 64 bits.
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
	std::vector<Piece> cpu;              // sigreturn reads these
	std::vector<Piece> back;             //   and these
	std::vector<Piece> behind;           //   but not these
	std::vector<const FrameRow*> constants;
	std::vector<Extent> extents;         // all that is written
	const FrameRow* retcode = nullptr;
	uint16_t flags = 0;                  // where these are
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
	layout.flags = frame_offset(isa, FrameField::flags);
	Cpu cpu;
	Frame frame;
	for (const FrameRow& row : isa.frame_rows) {
		if (row.field == FrameField::constant) {
			layout.constants.push_back(&row);
		} else if (row.field == FrameField::retcode) {
			layout.retcode = &row;
		} else {
			const auto* word = reinterpret_cast<const std::byte*>(words_of(cpu, frame, row.field) + row.first);
			const auto* base = of_cpu(row.field) ? reinterpret_cast<const std::byte*>(&cpu) : reinterpret_cast<const std::byte*>(&frame);
			const bool behind = row.field == FrameField::record_fp || row.field == FrameField::record_lr;
			append(of_cpu(row.field) ? layout.cpu : behind ? layout.behind : layout.back,
			       {row.offset, static_cast<uint16_t>(word - base), row.count, row.width});
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

uint64_t value_at(const std::byte* at, uint8_t width) {
	const auto load = [at](auto value) -> uint64_t {
		std::memcpy(&value, at, sizeof value);
		return value;
	};
	return width == sizeof(uint32_t) ? load(uint32_t{}) : load(uint64_t{});
}

}  // namespace

const FramePlaces& places_in_frame(const Isa& isa) { return layout_of(isa).places; }

bool write_frame(const Isa& isa, const Cpu& cpu, const Frame& frame, GuestAddr at, Memory& memory) {
	const std::span<std::byte> bytes = memory.open_for_write(at, isa.frame_size + isa.frame_record_size);
	if (bytes.empty()) return false;
	const Layout& layout = layout_of(isa);
	const auto put = [&](const std::vector<Piece>& pieces, const auto& values) {
		for (const Piece& piece : pieces) {
			store(piece, reinterpret_cast<const std::byte*>(&values) + piece.from, bytes.data() + piece.at);
			memory.log_written(at + piece.at, bytes.subspan(piece.at, piece.count * piece.width));
		}
	};
	for (const Extent& extent : layout.extents) memory.touch(at + extent.begin, extent.end - extent.begin);
	std::memset(bytes.data(), 0, kSiginfoSize);
	memory.log_written(at, bytes.first(kSiginfoSize));
	put(layout.back, frame);
	put(layout.cpu, cpu);
	put(layout.behind, frame);
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

Result<uint64_t> check_frame(const Isa& isa, GuestAddr at, const Memory& memory) {
	const std::span<const std::byte> bytes = memory.view(at, isa.frame_size);
	if (bytes.empty()) return Error{Exit::deviation, fmt::format("sigreturn: no readable frame at {:#x}", at.value)};
	const Layout& layout = layout_of(isa);
	for (const FrameRow* row : layout.constants) {
		const uint64_t value = value_at(bytes.data() + row->offset, row->width);
		if (!row->checked || value == row->value) continue;
		return Error{Exit::deviation, fmt::format("sigreturn: {} is {:#x}, not {:#x}", row->name, value, row->value)};
	}
	return value_at(bytes.data() + layout.flags, isa.word);
}

void read_frame(const Isa& isa, GuestAddr at, const Memory& memory, Cpu& cpu, Frame& frame) {
	const std::byte* bytes = memory.view(at, isa.frame_size).data();
	const Layout& layout = layout_of(isa);
	for (const Piece& piece : layout.cpu) load(piece, bytes + piece.at, reinterpret_cast<std::byte*>(&cpu) + piece.from);
	for (const Piece& piece : layout.back) load(piece, bytes + piece.at, reinterpret_cast<std::byte*>(&frame) + piece.from);
}

}  // namespace siglab::kernel
