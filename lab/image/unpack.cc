#include "image/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

namespace siglab {
namespace {

constexpr size_t kMaxSize = size_t{256} << 20;

struct Magic {
	std::string_view bytes;
	std::string_view name;
};
using namespace std::string_view_literals;
constexpr Magic kMagics[] = {{"\x1f\x8b\x08"sv, "gzip"},       {"\xfd\x37zXZ\x00"sv, "xz"}, {"\x28\xb5\x2f\xfd"sv, "zstd"},
                             {"\x02\x21\x4c\x18"sv, "lz4"},    {"BZh"sv, "bzip2"},          {"\x5d\x00\x00\x00"sv, "lzma"},
                             {"\x89LZO\x00\x0d\x0a"sv, "lzo"}};
constexpr std::string_view kArMagic = "!<arch>\n";

bool begins_with(std::span<const std::byte> bytes, std::string_view magic) {
	return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin(), [](char a, std::byte b) { return static_cast<std::byte>(a) == b; });
}

struct Close {
	void operator()(archive* handle) const { archive_read_free(handle); }
};

// An archive over memory that outlives it.
class Reader {
   public:
	enum class Format : uint8_t { raw, ar, tar };

	Reader(std::span<const std::byte> bytes, Format format) : handle_(archive_read_new()) {
		archive* a = handle_.get();
		if (a == nullptr) return;
		if (format != Format::ar) archive_read_support_filter_all(a);
		switch (format) {
			case Format::raw: archive_read_support_format_raw(a); break;
			case Format::ar: archive_read_support_format_ar(a); break;
			case Format::tar: archive_read_support_format_tar(a); break;
		}
		open_ = archive_read_open_memory(a, bytes.data(), bytes.size()) == ARCHIVE_OK;
	}

	// The next entry; null at the end. Warnings (a name in a strange encoding) are no failures.
	Result<archive_entry*> next() {
		if (!open_) return broken();
		archive_entry* entry = nullptr;
		const int code = archive_read_next_header(handle_.get(), &entry);
		if (code == ARCHIVE_EOF) return static_cast<archive_entry*>(nullptr);
		if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return broken();
		return entry;
	}

	// The bytes of the entry that next() has found.
	Result<std::vector<std::byte>> contents() {
		std::vector<std::byte> all;
		std::array<std::byte, 65536> some;
		for (;;) {
			const la_ssize_t size = archive_read_data(handle_.get(), some.data(), some.size());
			if (size == 0) return all;
			if (size < 0) return broken();
			if (all.size() + static_cast<size_t>(size) > kMaxSize) return Error{Exit::usage, fmt::format("unpacks to more than {} MiB", kMaxSize >> 20)};
			all.insert(all.end(), some.begin(), some.begin() + size);
		}
	}

	[[nodiscard]] int filters() const { return archive_filter_count(handle_.get()); }

   private:
	[[nodiscard]] Error broken() const {
		const char* why = handle_ ? archive_error_string(handle_.get()) : "no memory";
		std::string text = why != nullptr ? why : "no reason given";
		for (char& c : text) c = c == '\n' ? ' ' : c;
		return {Exit::usage, fmt::format("is truncated or damaged ({})", text)};
	}

	std::unique_ptr<archive, Close> handle_;
	bool open_ = false;
};

}  // namespace

std::string_view compression_of(std::span<const std::byte> bytes) {
	for (const Magic& magic : kMagics) {
		if (begins_with(bytes, magic.bytes)) return magic.name;
	}
	return {};
}

Result<std::vector<std::byte>> decompress(std::span<const std::byte> bytes) {
	if (compression_of(bytes).empty()) return Error{Exit::usage, "is not compressed in a way that the lab knows (gzip, xz, zstd, lz4, lzma, bzip2)"};
	Reader reader(bytes, Reader::Format::raw);
	const Result<archive_entry*> entry = reader.next();
	if (!entry) return entry.error();
	// Without a filter libarchive would hand over the bytes as they are.
	if (*entry == nullptr || reader.filters() < 2) return Error{Exit::usage, fmt::format("is not the {} stream that it begins like", compression_of(bytes))};
	return reader.contents();
}

bool is_deb(std::span<const std::byte> bytes) { return begins_with(bytes, kArMagic); }

namespace {

Result<std::vector<std::byte>> data_of_deb(std::span<const std::byte> bytes) {
	Reader reader(bytes, Reader::Format::ar);
	for (;;) {
		const Result<archive_entry*> entry = reader.next();
		if (!entry) return entry.error();
		if (*entry == nullptr) return Error{Exit::usage, "is an archive without a data.tar: no Debian package"};
		const char* name = archive_entry_pathname(*entry);
		if (name != nullptr && std::string_view{name}.starts_with("data.tar")) return reader.contents();
	}
}

}  // namespace

Result<std::optional<Member>> find_in_deb(std::span<const std::byte> bytes, const std::function<bool(std::string_view path)>& wanted) {
	if (!is_deb(bytes)) return Error{Exit::usage, "is no Debian package"};
	const Result<std::vector<std::byte>> data = data_of_deb(bytes);
	if (!data) return data.error();
	Reader reader(*data, Reader::Format::tar);
	for (;;) {
		const Result<archive_entry*> entry = reader.next();
		if (!entry) return entry.error();
		if (*entry == nullptr) return std::optional<Member>{};
		const char* path = archive_entry_pathname(*entry);
		if (path == nullptr || archive_entry_filetype(*entry) != AE_IFREG || !wanted(path)) continue;
		Result<std::vector<std::byte>> contents = reader.contents();
		if (!contents) return contents.error();
		return std::optional{Member{path, *std::move(contents)}};
	}
}

}  // namespace siglab
