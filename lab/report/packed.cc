#include "report/packed.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace siglab {
namespace {

struct Free {
	void operator()(archive* a) const { archive_write_free(a); }
	void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

la_ssize_t append(archive*, void* to, const void* bytes, size_t size) {
	static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
	return static_cast<la_ssize_t>(size);
}

// The filter frames its letters as `begin-base64 644 -` and `====`.
std::string unframed(const std::string& text) {
	const size_t begin = text.find('\n'), end = text.find("\n====", begin);
	return begin == std::string::npos || end == std::string::npos ? std::string{} : text.substr(begin + 1, end - begin);
}

}  // namespace

std::string packed(std::string_view text) {
	std::string letters;
	const std::unique_ptr<archive, Free> a(archive_write_new());
	const std::unique_ptr<archive_entry, Free> entry(archive_entry_new());
	if (!a || !entry) return {};
	archive_entry_set_filetype(entry.get(), AE_IFREG);
	const bool ready = archive_write_set_format_raw(a.get()) == ARCHIVE_OK && archive_write_add_filter_gzip(a.get()) == ARCHIVE_OK &&
	                   archive_write_add_filter_b64encode(a.get()) == ARCHIVE_OK &&
	                   archive_write_set_filter_option(a.get(), "gzip", "timestamp", nullptr) == ARCHIVE_OK &&
	                   archive_write_set_bytes_in_last_block(a.get(), 1) == ARCHIVE_OK &&
	                   archive_write_open(a.get(), &letters, nullptr, append, nullptr) == ARCHIVE_OK;
	const bool written = ready && archive_write_header(a.get(), entry.get()) == ARCHIVE_OK &&
	                     archive_write_data(a.get(), text.data(), text.size()) == static_cast<la_ssize_t>(text.size()) &&
	                     archive_write_close(a.get()) == ARCHIVE_OK;
	return written ? unframed(letters) : std::string{};
}

}  // namespace siglab
