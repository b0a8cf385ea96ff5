#include "image/carve.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/elf_view.h"
#include "image/unpack.h"

namespace siglab {
namespace {

using Bytes = std::span<const std::byte>;
using namespace std::string_view_literals;

constexpr uint64_t kMaxVdso = 256 << 10;
constexpr size_t kZimageMagicAt = 0x24;
constexpr std::string_view kZimageMagic = "\x18\x28\x6f\x01"sv;
constexpr size_t kArm64MagicAt = 0x38;
constexpr std::string_view kArm64Magic = "ARM\x64"sv;
constexpr size_t kZbootMagicAt = 4;  // then the payload's offset and size
constexpr std::string_view kZbootMagic = "zimg"sv;
constexpr std::string_view kBanner = "Linux version ";
constexpr uint32_t kMaxTries = 64;   // Debian's zImages need two
constexpr uint32_t kMaxCandidates = 256;  // ELF files for a shared object of an ISA: a kernel has two; each may ask for much work
constexpr size_t kMaxRelease = 64;  // of utsname

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

bool has_at(Bytes bytes, size_t at, std::string_view magic) {
	return bytes.size() >= at + magic.size() && text_of(bytes).substr(at, magic.size()) == magic;
}

template <class T>
T load(Bytes bytes, size_t at) {
	T value{};
	if (at <= bytes.size() && sizeof value <= bytes.size() - at) std::memcpy(&value, bytes.data() + at, sizeof value);
	return value;
}

// ---- an unpacked kernel ----

std::string release_of(std::string_view kernel) {
	// The banner's format string stands in the kernel too ("Linux version %s"), so the first that names a number counts.
	for (size_t at = kernel.find(kBanner); at != std::string_view::npos; at = kernel.find(kBanner, at + 1)) {
		const std::string_view rest = kernel.substr(at + kBanner.size(), kMaxRelease + 1);
		const std::string_view release = rest.substr(0, rest.find(' '));
		const bool plain = std::all_of(release.begin(), release.end(), [](char c) {
			return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view{".-+_~"}.find(c) != std::string_view::npos;
		});
		if (release.size() < rest.size() && !release.empty() && release[0] >= '0' && release[0] <= '9' && plain) return std::string{release};
	}
	return {};
}

const Isa* isa_of(Bytes elf) {
	if (load<uint16_t>(elf, EI_NIDENT) != ET_DYN || load<uint8_t>(elf, EI_DATA) != ELFDATA2LSB) return nullptr;
	for (const Isa* isa : all_isas()) {
		if (load<uint16_t>(elf, EI_NIDENT + 2) == isa->elf_machine && load<uint8_t>(elf, EI_CLASS) == isa->elf_class) return isa;
	}
	return nullptr;
}

// Up to where its headers, segments and sections reach: nothing else tells how long an ELF file inside another file is.
std::optional<uint64_t> length_of(const Isa& isa, Bytes elf) {
	const ElfView view{isa, elf.first(std::min<size_t>(elf.size(), kMaxVdso))};
	const std::optional<ElfHeader> header = view.header();
	if (!header) return std::nullopt;
	uint64_t end = 0;
	const auto reaches = [&](uint64_t offset, uint64_t size) {
		if (!view.holds(offset, size)) return false;
		end = std::max(end, offset + size);
		return true;
	};
	if (!reaches(header->program_headers, header->program_header_count * view.program_header_size())) return std::nullopt;
	for (uint64_t i = 0; i < header->program_header_count; ++i) {
		const std::optional<ElfProgramHeader> row = view.program_header(header->program_headers, i);
		if (!row || !reaches(row->offset, row->file_size)) return std::nullopt;
	}
	if (header->sections != 0 && !reaches(header->sections, header->section_count * view.section_size())) return std::nullopt;
	return end;
}

bool is_vdso(const Image& image) {
	const auto named = [](const Symbol& symbol) { return symbol.name.starts_with("__vdso_") || symbol.name.starts_with("__kernel_"); };
	return image.position_independent() && std::any_of(image.symbols().begin(), image.symbols().end(), named);
}

std::vector<Carved> vdsos_in(Bytes kernel) {
	std::vector<Carved> found;
	const std::string_view text = text_of(kernel);
	uint32_t candidates = 0;
	for (size_t at = text.find(ELFMAG); at != std::string_view::npos; at = text.find(ELFMAG, at + 1)) {
		const Bytes rest = kernel.subspan(at);
		const Isa* isa = isa_of(rest);
		const std::optional<uint64_t> length = isa != nullptr ? length_of(*isa, rest) : std::nullopt;
		if (!length) continue;
		if (++candidates > kMaxCandidates) break;
		std::vector<std::byte> bytes(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(*length));
		const Result<Image> image = Image::parse(*isa, "", bytes);
		if (image && is_vdso(*image)) found.push_back({isa, std::move(bytes)});
	}
	return found;
}

Result<Kernel> carve_plain(Bytes kernel) {
	Kernel found{release_of(text_of(kernel)), vdsos_in(kernel)};
	if (found.vdsos.empty()) return Error{Exit::usage, "holds no vDSO of arm64 or arm"};
	return found;
}

// ---- what it is wrapped in ----

// Where an xz stream may end: a footer with the header's flags, behind an index that it is the size of (the .xz format, 2.1.2).
std::vector<size_t> xz_ends(Bytes stream) {
	constexpr size_t kHeader = 12, kFooter = 12;
	std::vector<size_t> ends;
	const std::string_view text = text_of(stream);
	for (size_t at = text.find("YZ"); at != std::string_view::npos; at = text.find("YZ", at + 1)) {
		const size_t end = at + 2;
		if (end % 4 != 0 || end < kHeader + kFooter || text.substr(end - 4, 2) != text.substr(6, 2)) continue;
		const uint64_t index = (uint64_t{load<uint32_t>(stream, end - 8)} + 1) * 4;
		if (index > end - kFooter - kHeader || stream[end - kFooter - index] != std::byte{0}) continue;
		ends.push_back(end);
	}
	return ends;
}

Result<Kernel> carve_stream(Bytes stream) {
	const Result<std::vector<std::byte>> plain = decompress(stream);
	return plain ? carve_plain(*plain) : plain.error();
}

// The stream begins here and ends nobody says where. `tries` bounds the work that hostile bytes can ask for.
std::optional<Kernel> carve_open_stream(Bytes stream, uint32_t& tries) {
	std::vector<size_t> ends = {stream.size()};
	if (compression_of(stream) == "xz") ends = xz_ends(stream);
	if (ends.empty()) --tries;  // looking for them took a while too
	for (const size_t end : ends) {
		if (tries == 0) break;
		--tries;
		Result<Kernel> found = carve_stream(stream.first(end));
		if (found) return *std::move(found);
	}
	return std::nullopt;
}

// The decompressor's code stands in front of its payload, with the magic numbers that it looks for. So each place is tried.
Result<Kernel> carve_zimage(Bytes zimage) {
	std::string seen;
	uint32_t tries = kMaxTries;
	for (size_t at = kZimageMagicAt; at < zimage.size() && tries != 0; ++at) {
		const Bytes rest = zimage.subspan(at);
		const std::string_view kind = compression_of(rest);
		if (kind.empty() || kind == "bzip2") continue;
		if (std::optional<Kernel> found = carve_open_stream(rest, tries)) return *std::move(found);
		seen = kind;
	}
	if (!seen.empty()) return Error{Exit::usage, fmt::format("is a zImage whose payload (the last candidate was {}) is truncated, damaged or without a vDSO", seen)};
	return Error{Exit::usage, "is a zImage whose payload is compressed in an unknown way"};
}

Result<Kernel> carve_zboot(Bytes image) {
	const uint64_t offset = load<uint32_t>(image, kZbootMagicAt + 4), size = load<uint32_t>(image, kZbootMagicAt + 8);
	if (offset > image.size() || size > image.size() - offset) return Error{Exit::usage, "is a truncated EFI zboot image: its payload leaves the file"};
	return carve_stream(image.subspan(offset, size));
}

Result<Kernel> carve_image(Bytes bytes) {
	if (has_at(bytes, kZimageMagicAt, kZimageMagic)) return carve_zimage(bytes);
	if (has_at(bytes, kArm64MagicAt, kArm64Magic)) return carve_plain(bytes);
	if (has_at(bytes, kZbootMagicAt, kZbootMagic)) return carve_zboot(bytes);
	if (!compression_of(bytes).empty()) return carve_stream(bytes);
	if (has_at(bytes, 0, ELFMAG)) return carve_plain(bytes);
	return Error{Exit::usage, "is no kernel that the lab knows: neither an arm64 Image, a zImage, an EFI zboot image, nor one of these compressed"};
}

// boot/vmlinuz-RELEASE up to Linux 6.x, usr/lib/modules/RELEASE/vmlinuz in Debian's linux-binary packages from 7.x on.
bool is_kernel_path(std::string_view path) {
	const std::string_view file = path.substr(path.rfind('/') + 1);
	return file == "vmlinuz" || file.starts_with("vmlinuz-");
}

}  // namespace

bool may_be_kernel(Bytes bytes) {
	return is_deb(bytes) || has_at(bytes, kZimageMagicAt, kZimageMagic) || has_at(bytes, kArm64MagicAt, kArm64Magic) ||
	       has_at(bytes, kZbootMagicAt, kZbootMagic) || !compression_of(bytes).empty();
}

Result<Kernel> carve(Bytes bytes) {
	if (!is_deb(bytes)) return carve_image(bytes);
	const Result<std::optional<Member>> member = find_in_deb(bytes, is_kernel_path);
	if (!member) return member.error();
	if (*member) return carve_image((*member)->bytes);
	return Error{Exit::usage, "is a package without a kernel (vmlinuz): from Linux 7 on Debian has it in linux-binary-*, not in linux-image-*"};
}

std::string carved_name(const Kernel& kernel, const Carved& vdso) {
	return fmt::format("{}-{}", kernel.release.empty() ? "unknown" : kernel.release, vdso.isa->name);
}

}  // namespace siglab
