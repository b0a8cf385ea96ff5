#include "image/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace siglab {
namespace {

constexpr size_t kMaxSize = 64 << 20;

class Descriptor {
   public:
	explicit Descriptor(int number) : number_(number) {}
	Descriptor(const Descriptor&) = delete;
	Descriptor& operator=(const Descriptor&) = delete;
	~Descriptor() {
		if (number_ >= 0) ::close(number_);
	}
	[[nodiscard]] int number() const { return number_; }
	// False if what was written did not arrive.
	bool close() { return ::close(std::exchange(number_, -1)) == 0; }

   private:
	int number_;
};

Error cannot(Exit exit, const std::string& path, std::string_view what, int reason) {
	return {exit, fmt::format("{}: cannot {}: {}", path, what, std::strerror(reason))};
}

bool write_all(int file, std::span<const std::byte> bytes) {
	while (!bytes.empty()) {
		const ssize_t done = ::write(file, bytes.data(), bytes.size());
		if (done < 0 && errno != EINTR) return false;
		if (done > 0) bytes = bytes.subspan(static_cast<size_t>(done));
	}
	return true;
}

Result<std::vector<std::byte>> read_all(const std::string& path, int file) {
	std::vector<std::byte> bytes;
	std::array<std::byte, 65536> block;
	for (;;) {
		const ssize_t done = ::read(file, block.data(), block.size());
		if (done < 0 && errno == EINTR) continue;
		if (done < 0) return cannot(Exit::usage, path, "read it", errno);
		if (done == 0) return bytes;
		bytes.insert(bytes.end(), block.begin(), block.begin() + done);
		if (bytes.size() > kMaxSize) return Error{Exit::usage, fmt::format("{}: larger than {} MiB", path, kMaxSize >> 20)};
	}
}

}  // namespace

Result<std::vector<std::byte>> read_file(const std::string& path) {
	// Not to wait for a pipe's other end: what it is gets looked at only afterwards.
	const Descriptor file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
	if (file.number() < 0 && errno == ENOENT) return Error{Exit::usage, fmt::format("{}: no such file", path)};
	if (file.number() < 0) return cannot(Exit::usage, path, "open it", errno);
	struct stat about{};
	if (::fstat(file.number(), &about) != 0) return cannot(Exit::usage, path, "look at it", errno);
	if (S_ISDIR(about.st_mode)) return Error{Exit::usage, fmt::format("{}: is a directory", path)};
	if (!S_ISREG(about.st_mode)) return Error{Exit::usage, fmt::format("{}: is not a regular file", path)};
	return read_all(path, file.number());
}

Status write_file(const std::string& path, std::span<const std::byte> bytes) {
	static std::atomic<unsigned> counter = 0;
	const std::string part = fmt::format("{}.{}-{}.part", path, ::getpid(), counter++);
	Descriptor file{::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
	if (file.number() < 0) return cannot(Exit::environment, path, "write it", errno);
	const bool done = write_all(file.number(), bytes) && file.close() && std::rename(part.c_str(), path.c_str()) == 0;
	if (done) return Done{};
	const Error error = cannot(Exit::environment, path, "write it", errno);
	::unlink(part.c_str());
	return error;
}

bool file_exists(const std::string& path) {
	struct stat about{};
	return ::stat(path.c_str(), &about) == 0;
}

}  // namespace siglab
