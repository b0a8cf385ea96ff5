// Kernels that are none: the lab's own vDSOs, wrapped as the real ones are.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace siglab::synthetic {

using Bytes = std::vector<std::byte>;

inline void append(Bytes& to, std::string_view text) {
	for (const char c : text) to.push_back(static_cast<std::byte>(c));
}

inline void put(Bytes& bytes, size_t at, std::string_view text) {
	if (bytes.size() < at + text.size()) bytes.resize(at + text.size());
	std::memcpy(bytes.data() + at, text.data(), text.size());
}

// An unpacked kernel: the banner, and each image on a page of its own.
inline Bytes kernel(const std::vector<Bytes>& vdsos, std::string_view release = "6.1.0-99-test") {
	Bytes kernel(4096);
	put(kernel, 0x100, "Linux version %s (%s)\n");
	put(kernel, 0x200, "Linux version " + std::string{release} + " (somebody@somewhere) #1 SMP");
	for (const Bytes& vdso : vdsos) {
		kernel.insert(kernel.end(), vdso.begin(), vdso.end());
		kernel.resize((kernel.size() + 4096) / 4096 * 4096);
	}
	return kernel;
}

inline Bytes arm64_image(Bytes kernel) {
	put(kernel, 0x38, std::string_view{"ARM\x64", 4});
	return kernel;
}

enum class Filter { gzip, xz, zstd };

// The bytes as one stream.
inline Bytes compressed(const Bytes& plain, Filter filter) {
	Bytes out(plain.size() + (1 << 16));
	size_t used = 0;
	archive* writer = archive_write_new();
	archive_write_set_format_raw(writer);
	switch (filter) {
		case Filter::gzip: archive_write_add_filter_gzip(writer); break;
		case Filter::xz: archive_write_add_filter_xz(writer); break;
		case Filter::zstd: archive_write_add_filter_zstd(writer); break;
	}
	archive_write_set_bytes_per_block(writer, 0);
	archive_write_open_memory(writer, out.data(), out.size(), &used);
	archive_entry* entry = archive_entry_new();
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_pathname(entry, "data");
	archive_write_header(writer, entry);
	archive_write_data(writer, plain.data(), plain.size());
	archive_entry_free(entry);
	archive_write_close(writer);
	archive_write_free(writer);
	out.resize(used);
	return out;
}

// The decompressor has the payload's magic in its code; the payload begins anywhere, and its size and more code stand behind it.
inline Bytes zimage(const Bytes& kernel, Filter filter = Filter::xz) {
	Bytes out(0x40);
	put(out, 0x24, std::string_view{"\x18\x28\x6f\x01", 4});
	out.resize(0x301);
	put(out, 0x110, std::string_view{"\xfd\x37zXZ\x00", 6});
	const Bytes payload = compressed(kernel, filter);
	out.insert(out.end(), payload.begin(), payload.end());
	append(out, "sizeand YZ more");
	out.resize(out.size() + 777);
	return out;
}

inline Bytes zboot(const Bytes& kernel, Filter filter) {
	const Bytes payload = compressed(kernel, filter);
	Bytes out(0x80);
	put(out, 0, "MZ");
	put(out, 4, "zimg");
	const uint32_t place[] = {0x80, static_cast<uint32_t>(payload.size())};
	std::memcpy(out.data() + 8, place, sizeof place);
	out.insert(out.end(), payload.begin(), payload.end());
	append(out, "behind");
	return out;
}

// An archive of files, in memory.
inline Bytes archive_of(const std::vector<std::pair<std::string, Bytes>>& files, bool ar) {
	size_t room = 1 << 16, used = 0;
	for (const auto& [name, bytes] : files) room += bytes.size() + 4096;
	Bytes out(room);
	archive* writer = archive_write_new();
	ar ? archive_write_set_format_ar_svr4(writer) : archive_write_set_format_gnutar(writer);
	archive_write_set_bytes_per_block(writer, 0);
	archive_write_open_memory(writer, out.data(), out.size(), &used);
	for (const auto& [name, bytes] : files) {
		archive_entry* entry = archive_entry_new();
		archive_entry_set_pathname(entry, name.c_str());
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_perm(entry, 0644);
		archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
		archive_write_header(writer, entry);
		archive_write_data(writer, bytes.data(), bytes.size());
		archive_entry_free(entry);
	}
	archive_write_close(writer);
	archive_write_free(writer);
	out.resize(used);
	return out;
}

inline Bytes deb(const Bytes& vmlinuz, const std::string& path = "./boot/vmlinuz-6.1.0-99-test", Filter filter = Filter::xz) {
	Bytes version;
	append(version, "2.0\n");
	const std::string name = filter == Filter::zstd ? "data.tar.zst" : filter == Filter::gzip ? "data.tar.gz" : "data.tar.xz";
	Bytes config;
	append(config, "CONFIG_ARM64=y\n");
	const Bytes data = archive_of({{"./boot/config-6.1.0-99-test", config}, {path, vmlinuz}}, false);
	return archive_of({{"debian-binary", version}, {"control.tar.xz", {}}, {name, compressed(data, filter)}}, true);
}

}  // namespace siglab::synthetic
